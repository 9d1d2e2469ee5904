"""The models card: how old the comparison with the provider's own list is, what it found, and a button to compare."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import utc_now
from kaimedia.providers.registry import label_of
from kaimedia.studio import ModelListState, Studio
from kaimedia.studio.listing_texts import named
from kaimedia.ui import state, ui_text
from kaimedia.ui.shell import guarded, notify_errors

REFRESH_S = 1.0  # while a comparison runs


def show(studio: Studio) -> None:
    """Draw the facts and the button; while a comparison runs, the facts follow it."""
    found = studio.model_lists.state()
    is_running = found.is_running
    st.fragment(_facts, run_every=REFRESH_S if is_running else None)(studio, is_running)
    st.button(
        f"Check {_whose(found)} model list now",
        key="check_models",
        icon=":material/sync:",
        disabled=is_running,
        on_click=_check,
        args=(studio,),
    )
    text = f"Checked once a day while a key is set. Free. Nothing changes by itself: {_what_changes(found)}"
    st.html(f'<p class="k-quiet">{ui_text.escaped(text)}</p>')


def _whose(found: ModelListState) -> str:
    return f"{label_of(found.provider)}’s"


def _what_changes(found: ModelListState) -> str:
    return f"models that {label_of(found.provider)} adds or removes are marked in the list of models."


def _facts(studio: Studio, was_running: bool) -> None:
    with guarded("models"):
        found = studio.model_lists.state()
        if was_running and not found.is_running:
            st.rerun()
        rows = facts(found)
        st.html(
            '<dl class="k-facts k-paths">'
            + "".join(f"<dt>{ui_text.escaped(name)}</dt><dd>{ui_text.escaped(value)}</dd>" for name, value in rows)
            + "</dl>"
        )
        if found.check.failure:
            when = ui_text.ago(found.check.failed_at, utc_now()) if found.check.failed_at else ""
            text = f"The last check failed {when}. {found.check.failure}"
            st.html(f'<p class="k-status" data-tone="red" role="status">{ui_text.escaped(text)}</p>')


def facts(found: ModelListState) -> list[tuple[str, str]]:
    """Names and values, in the order they are shown. What is not known is said, never shown as nothing."""
    checked_at = found.check.checked_at
    last = "Checking…" if found.is_running else ui_text.ago(checked_at, utc_now()) if checked_at else "never"
    rows = [("Last checked", last)]
    if checked_at is None:
        return rows
    return [
        *rows,
        ("In both lists", str(found.known)),
        ("Not yet known here", _listed(found.new)),
        (f"No longer in {_whose(found)} list", _listed(found.missing)),
    ]


def _listed(ids: tuple[str, ...]) -> str:
    return f"{len(ids)}: {named(ids)}" if ids else "none"


@notify_errors
def _check(studio: Studio) -> None:
    studio.model_lists.reading.begin()
    state.notify("Checking the list of models.", icon=":material/sync:")
