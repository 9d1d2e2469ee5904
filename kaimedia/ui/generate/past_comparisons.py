"""The dialog with the comparisons so far: what was compared, when, and which model won."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import streamlit as st

from kaimedia.domain import utc_now
from kaimedia.studio import Comparison, Studio
from kaimedia.ui import state, ui_text
from kaimedia.ui.generate import opened_comparison
from kaimedia.ui.state import OpenDialog

PAGE = 20
PROMPT_CHARS = 80


def show_all(studio: Studio, dialog: OpenDialog) -> None:
    """Draw the list, the newest first; a press opens one."""
    wanted = state.past_comparisons.get()
    found = studio.comparisons.newest(wanted + 1)
    labels = {spec.id: spec.label for spec in studio.catalog.models()}
    now = utc_now()
    if not found:
        st.html('<p class="k-quiet">There are no comparisons yet.</p>')
    with st.container(key="past_comparisons", gap="xsmall"):
        for each in found[:wanted]:
            batch_id = each.progress.batch.id
            st.button(
                _label(each, labels, now), key=f"past_{batch_id}", width="stretch", on_click=_open, args=(batch_id,)
            )
    if len(found) > wanted:
        st.button("Show older", key="past_more", on_click=state.past_comparisons.set, args=(wanted + PAGE,))


def _label(each: Comparison, labels: Mapping[str, str], now: datetime) -> str:
    """The prompt as a title, then the models, the winner and when."""
    batch = each.progress.batch
    title = ui_text.plain_markdown(ui_text.one_line(batch.name, PROMPT_CHARS)) or "Untitled"
    return f"**{title}**  \n{ui_text.plain_markdown(facts(each, labels, now))}"


def facts(each: Comparison, labels: Mapping[str, str], now: datetime) -> str:
    """ "Veo 3.1 Fast won against Runway · 3 h ago"; a blind one that is open names no model."""
    winner = each.winner
    names = {entry.task.task_id: labels.get(entry.task.model, entry.task.model) for entry in each.entries}
    if winner is not None:
        won = names.pop(winner.task.task_id)
        text = f"{won} won against {_listed(list(names.values()))}" if names else f"{won} won"
    elif each.is_revealed and names:
        text = _listed(list(names.values()))
    else:
        text = f"{len(names)} models" + (", blind" if each.progress.batch.is_blind else "")
    if each.progress.is_active:
        text += " · in progress"
    return f"{text} · {ui_text.ago(each.progress.batch.created_at, now)}"


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _open(batch_id: int) -> None:
    state.gallery_dialog.set(None)
    opened_comparison.open_one(batch_id)
