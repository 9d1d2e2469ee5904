"""The copies of the database on the Settings page: make one, look at them, go on with one."""

from __future__ import annotations

import streamlit as st

from kaimedia import recovery
from kaimedia.domain import utc_now
from kaimedia.studio import CopyFile, Studio
from kaimedia.ui import state, words
from kaimedia.ui.shell import answering, guarded

MOST_SHOWN = 10
POSTGRES = "PostgreSQL is copied and restored by its own tools, pg_dump and pg_restore."


def show(studio: Studio) -> None:
    """Draw the list and its buttons."""
    st.fragment(_card)(studio)


def _card(studio: Studio) -> None:
    with guarded("database"):
        if state.go_whole.take():
            st.rerun()
        if not recovery.is_sqlite():
            st.html(f'<p class="k-quiet">{POSTGRES}</p>')
            return
        found = recovery.copies()
        newest = words.ago(found[0].made_at, utc_now()) if found else "never"
        st.html(
            f'<dl class="k-facts"><dt>Copies</dt><dd>{len(found)}</dd><dt>Last copy</dt><dd>{newest}</dd></dl>'
            '<p class="k-quiet">Copied once a day while the app runs; the newest seven are kept.</p>'
        )
        with st.container(horizontal=True, gap="xsmall"):
            st.button("Copy now", key="copy_now", icon=":material/content_copy:", on_click=_copy_now, args=(studio,))
        if found and recovery.is_allowed():
            with st.expander("Go on with a copy", icon=":material/history:"):
                st.html(
                    '<p class="k-quiet">The database in use is kept beside it. What the copy has not sent is held '
                    "until you decide, so nothing is paid twice.</p>"
                )
                copies(found)


def copies(found: list[CopyFile]) -> None:
    """A row for each copy, with the button that goes on with it."""
    for place, copy in enumerate(found[:MOST_SHOWN]):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"copy_row_{place}"):
            st.html(_described(copy), width="stretch")
            if copy.is_usable and state.chosen_copy.get() != copy.name:
                st.button("Use this copy", key=f"use_copy_{place}", on_click=state.chosen_copy.set, args=(copy.name,))
        if state.chosen_copy.get() == copy.name:
            _confirm(copy)
    if len(found) > MOST_SHOWN:
        st.html(f'<p class="k-quiet">{len(found) - MOST_SHOWN} older ones are in the backup folder.</p>')


def _described(copy: CopyFile) -> str:
    made = f"{copy.made_at:%d %b %Y, %H:%M} UTC · {words.ago(copy.made_at, utc_now())}"
    if copy.problem is not None:
        content, tone = f"Cannot be used: {copy.problem}", "red"
    else:
        content, tone = f"{words.items(copy.media or 0)}, {copy.tasks} tasks, {copy.waiting} of them waiting", "mint"
    return (
        f'<p class="k-status" data-tone="{tone}"><span class="k-tone">{words.escaped(made)}'
        f"<span><br>{words.escaped(content)} · {words.file_size(copy.size_bytes)} · {words.escaped(copy.name)}</span>"
        "</span></p>"
    )


def _confirm(copy: CopyFile) -> None:
    st.html(
        '<p class="k-sure" role="alert">Go on with this copy? What was made since is not in it; its files stay in the '
        "media folder.</p>"
    )
    with st.container(horizontal=True, gap="xsmall"):
        st.button("Use this copy", key="use_copy_sure", type="primary", on_click=_use, args=(copy.name,))
        st.button("Keep the present one", key="use_copy_back", type="tertiary", on_click=_back)


def _back() -> None:
    state.chosen_copy.set("")


@answering
def _copy_now(studio: Studio) -> None:
    studio.back_up()
    state.tell("The database was copied.", icon=":material/check_circle:")


@answering
def _use(name: str) -> None:
    state.chosen_copy.set("")
    recovery.use_copy(name)
    state.go_whole.set(True)
    state.tell("The app goes on with the copy.", icon=":material/history:")
