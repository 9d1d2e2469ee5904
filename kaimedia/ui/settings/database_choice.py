"""Shown when the database is missing, moved or a copy: the choice of a database, or a banner with actions."""

from __future__ import annotations

import streamlit as st

from kaimedia import recovery, runtime
from kaimedia.domain import CopyReason, utc_now
from kaimedia.errors import ClosedReason, DatabaseClosed
from kaimedia.studio import Held, Studio
from kaimedia.ui import state, ui_text
from kaimedia.ui.settings import database_card
from kaimedia.ui.shell import notify_errors, show_problem

_COMMAND = "Only the administrator can decide, on the server: `python -m kaimedia restore` lists the copies."


def is_open() -> bool:
    """True when the pages can be drawn; first draws the choice of a database or a banner about tasks on hold.

    Raises:
        KaimediaError: the app cannot open for another reason.
    """
    try:
        studio = runtime.studio()
    except DatabaseClosed as error:
        _choice(error)
        return False
    if (problem := studio.health.database_problem()) is not None:
        _moved(problem)
    elif studio.holds.count():
        _held(studio, studio.holds.summary())
    return True


def _choice(error: DatabaseClosed) -> None:
    with st.container(horizontal_alignment="center"), st.container(width=760, gap="small", key="database_choice"):
        st.html('<div class="k-page-head"><h1>Choose a database</h1></div>')
        show_problem(error.message, "Nothing was changed or sent. The current file is kept.")
        if not recovery.is_allowed():
            st.html(f'<p class="k-quiet">{ui_text.escaped(_COMMAND)}</p>')
            return
        database_card.copies(recovery.copies())
        st.button("Start empty", key="start_empty", icon=":material/note_add:", on_click=_start_empty)
        st.html('<p class="k-quiet">An empty database starts a new gallery. You can switch to a copy later.</p>')


@notify_errors
def _start_empty() -> None:
    recovery.start_empty()
    state.notify("Started with an empty database.", icon=":material/check_circle:")


def _moved(problem: DatabaseClosed) -> None:
    with st.container(key="database_moved", gap="xsmall"):
        show_problem(problem.message, f"{problem.next_step} Accepted tasks are still tracked.")
        if problem.reason is ClosedReason.MOVED and recovery.is_allowed():
            st.button("Reopen", key="open_again", icon=":material/refresh:", on_click=_open_again)


@notify_errors
def _open_again() -> None:
    recovery.open_again()
    state.notify("The database is open again.", icon=":material/check_circle:")


def _held(studio: Studio, held: Held) -> None:
    count = len(held.tasks)
    with st.container(key="held_banner", gap="xsmall"):
        st.html(
            f'<div class="k-problem k-held" role="alert"><b>{ui_text.escaped(held_heading(held))}</b>'
            f"<span>{ui_text.escaped(held_text(held))}</span></div>"
        )
        with st.container(horizontal=True, gap="xsmall"):
            st.button(
                f"Dismiss {count}" if count > 1 else "Dismiss it",
                key="held_dismiss",
                icon=":material/close:",
                on_click=_dismiss,
                args=(studio,),
            )
            st.button(
                f"Send all {count}" if count > 1 else "Send it",
                key="held_send",
                icon=":material/send:",
                on_click=_send,
                args=(studio,),
            )


def held_heading(held: Held) -> str:
    """The banner's heading: what happened, and how many tasks are on hold."""
    count = len(held.tasks)
    tasks = "1 task was" if count == 1 else f"{count} tasks were"
    return f"This database is a copy. {tasks} not sent from it."


def held_text(held: Held) -> str:
    """The banner's text: how the copy was detected, what may be missing, and what each choice means."""
    parts = []
    if held.copy is not None:
        how = {
            CopyReason.MARKED: "It is a backup that was restored",
            CopyReason.BEHIND: "More tasks were sent from here than it records",
            CopyReason.ELSEWHERE: "It was written as a different file or on another server",
        }[held.copy.reason]
        parts.append(f"{how} (noticed {ui_text.ago(held.copy.found_at, utc_now())}).")
        if missing := held.copy.unknown_sends:
            parts.append(f"Up to {missing} {'task' if missing == 1 else 'tasks'} sent since may be missing from it.")
    parts.append("The original may have already sent these tasks. Send them only if it has not: you pay for each one.")
    if held.watched:
        parts.append(
            f"{held.watched} accepted {'task is' if held.watched == 1 else 'tasks are'} still tracked, which is free."
        )
    return " ".join(parts)


@notify_errors
def _send(studio: Studio) -> None:
    number = studio.holds.send()
    state.notify(f"{number} {'task is' if number == 1 else 'tasks are'} being sent.", icon=":material/send:")


@notify_errors
def _dismiss(studio: Studio) -> None:
    number = studio.holds.dismiss()
    state.notify(f"{number} {'task was' if number == 1 else 'tasks were'} dismissed. Nothing was sent.")
