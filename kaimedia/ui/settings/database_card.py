"""Database copies on the Settings page: create, list, and switch to one."""

from __future__ import annotations

import streamlit as st

from kaimedia import recovery
from kaimedia.domain import utc_now
from kaimedia.studio import CopyFile, Studio
from kaimedia.ui import state, ui_text
from kaimedia.ui.shell import guarded, notify_errors

MAX_SHOWN = 10
POSTGRES = "Back up and restore PostgreSQL with its own tools, pg_dump and pg_restore."


def show(studio: Studio) -> None:
    """Draw the list and its buttons."""
    st.fragment(_card)(studio)


def _card(studio: Studio) -> None:
    with guarded("database"):
        if state.needs_rerun.take():
            st.rerun()
        if not recovery.is_sqlite():
            st.html(f'<p class="k-quiet">{POSTGRES}</p>')
            return
        found = recovery.copies()
        newest = ui_text.ago(found[0].made_at, utc_now()) if found else "never"
        st.html(
            f'<dl class="k-facts"><dt>Copies</dt><dd>{len(found)}</dd><dt>Last copy</dt><dd>{newest}</dd></dl>'
            '<p class="k-quiet">Copied once a day while the app runs; the newest seven are kept.</p>'
        )
        with st.container(horizontal=True, gap="xsmall"):
            st.button("Copy now", key="copy_now", icon=":material/content_copy:", on_click=_copy_now, args=(studio,))
        if found and recovery.is_allowed():
            with st.expander("Switch to a copy", icon=":material/history:"):
                st.html(
                    '<p class="k-quiet">The current database is kept. Tasks the copy has not sent are put on hold '
                    "until you decide, so nothing is charged twice.</p>"
                )
                copies(found)


def copies(found: list[CopyFile]) -> None:
    """One row per copy, with a button to switch to it."""
    for place, copy in enumerate(found[:MAX_SHOWN]):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"copy_row_{place}"):
            st.html(_described(copy), width="stretch")
            if copy.is_usable and state.chosen_copy.get() != copy.name:
                st.button("Use this copy", key=f"use_copy_{place}", on_click=state.chosen_copy.set, args=(copy.name,))
        if state.chosen_copy.get() == copy.name:
            _confirm(copy)
    if len(found) > MAX_SHOWN:
        st.html(f'<p class="k-quiet">{len(found) - MAX_SHOWN} older copies are in the backup folder.</p>')


def _described(copy: CopyFile) -> str:
    made = f"{copy.made_at:%d %b %Y, %H:%M} UTC · {ui_text.ago(copy.made_at, utc_now())}"
    if copy.problem is not None:
        content, tone = f"Cannot be used: {copy.problem}", "red"
    else:
        content, tone = f"{ui_text.items(copy.media or 0)}, {copy.tasks} tasks, {copy.waiting} of them waiting", "mint"
    return (
        f'<p class="k-status" data-tone="{tone}"><span class="k-tone">{ui_text.escaped(made)}'
        f"<span><br>{ui_text.escaped(content)} · {ui_text.file_size(copy.size_bytes)}"
        f" · {ui_text.escaped(copy.name)}</span>"
        "</span></p>"
    )


def _confirm(copy: CopyFile) -> None:
    st.html(
        '<p class="k-sure" role="alert">Switch to this copy? It does not include anything made since then. '
        "Those files stay in the media storage.</p>"
    )
    with st.container(horizontal=True, gap="xsmall"):
        st.button("Use this copy", key="use_copy_sure", type="primary", on_click=_use, args=(copy.name,))
        st.button("Cancel", key="use_copy_cancel", type="tertiary", on_click=_back)


def _back() -> None:
    state.chosen_copy.set("")


@notify_errors
def _copy_now(studio: Studio) -> None:
    studio.health.back_up()
    state.notify("The database was copied.", icon=":material/check_circle:")


@notify_errors
def _use(name: str) -> None:
    state.chosen_copy.set("")
    recovery.use_copy(name)
    state.needs_rerun.set(True)
    state.notify("The app now uses the copy.", icon=":material/history:")
