"""A comparison in the place of the newest result, refreshed each second while a model is still working."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from kaimedia.domain import utc_now
from kaimedia.errors import NotFound
from kaimedia.studio import Comparison, Studio
from kaimedia.ui import navigation, notices, state, ui_text, undo_bar
from kaimedia.ui.components import comparison, media_urls
from kaimedia.ui.gallery import dialogs as gallery_dialogs
from kaimedia.ui.gallery import opened_media
from kaimedia.ui.generate import comparison_data, draft, opened_comparison
from kaimedia.ui.shell import guarded, notify_errors

POLL_S = 1.0


def show(studio: Studio, batch_id: int) -> None:
    """Draw a comparison; events redraw only this part."""
    found = _found(studio, batch_id)
    if found is None:
        with st.container(key="comparison_gone"):
            st.html('<p class="k-quiet" role="status">This comparison no longer exists.</p>')
            st.button("Show results", key="comparison_gone_close", on_click=opened_comparison.close)
        gallery_dialogs.show(studio)
        return
    st.fragment(_view, run_every=POLL_S if found.progress.is_active else None)(studio, batch_id)


def _found(studio: Studio, batch_id: int) -> Comparison | None:
    try:
        return studio.comparisons.get(batch_id)
    except NotFound:
        return None


def _view(studio: Studio, batch_id: int) -> None:
    with guarded("comparison"):
        navigation.follow()
        if state.needs_rerun.take():
            st.rerun()
        found = studio.comparisons.get(batch_id)
        _hold_files(found)
        with st.container(key="comparison_place", gap=None):
            st.html('<span class="vh" id="newest-result"></span>')  # where finished tasks of the queue lead to
            comparison.show(
                comparison_data.of(studio, found, utc_now(), opened=state.comparisons_opened.get()),
                on_event=lambda event: handle(studio, batch_id, event),
            )
        undo_bar.show(studio)
        gallery_dialogs.show(studio)
        notices.show_waiting()


def _hold_files(found: Comparison) -> None:
    """Where no route of ours serves files, the page holds those that are shown in memory."""
    if not media_urls.are_routed():
        for media in (media for entry in found.entries for media in entry.media[:1] if media.deleted_at is None):
            opened_media.note(media.id)


@notify_errors
def handle(studio: Studio, batch_id: int, event: Mapping[str, Any]) -> None:
    """Handle one event of the component. For callbacks only; unknown events and invalid values are ignored."""
    task_id = event.get("task")
    match event.get("do"):
        case "vote" if task_id is None or isinstance(task_id, str):
            studio.batches.vote(batch_id, task_id or None)
        case "keep":
            undo_bar.note(tuple(studio.comparisons.keep_winner(batch_id)))
        case "again":
            _run_again(studio, batch_id)
        case "open" if isinstance(event.get("item"), int):
            state.go_to_params.set({"item": str(int(event["item"]))})
            state.go_to.set("gallery")
        case "close":
            opened_comparison.close()
            state.needs_rerun.set(True)


def _run_again(studio: Studio, batch_id: int) -> None:
    """Put the winner's request into the form, in better quality. Nothing is sent."""
    winner = studio.comparisons.get(batch_id).winner
    proposal = studio.comparisons.better(winner.task) if winner else None
    if winner is None or proposal is None:
        return
    left = draft.reuse(studio, proposal.request, winner.task.modality)
    state.compared_with(winner.task.modality).set(())  # it is one task now
    state.batch_on.set(False)
    text = "In the form, in better quality. Check the price, then press Generate."
    state.notify(" ".join([text, ui_text.left_out(left)]) if left else text, icon=":material/hd:")
    state.needs_rerun.set(True)
