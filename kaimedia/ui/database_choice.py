"""What stands before the pages when the database is not what it was: the choice, or a line with the answers."""

from __future__ import annotations

import streamlit as st

from kaimedia import bootstrap, recovery
from kaimedia.domain import CopyReason, utc_now
from kaimedia.errors import ClosedReason, DatabaseClosed
from kaimedia.studio import Held, Studio
from kaimedia.ui import database_card, state, words
from kaimedia.ui.shell import answering, show_problem

_COMMAND = "Whoever runs this app decides on its machine: `python -m kaimedia restore` lists the copies."


def is_open() -> bool:
    """True when the pages can be drawn; the choice, or a line about held tasks, is drawn first.

    Raises:
        KaimediaError: the app cannot open for another reason.
    """
    try:
        studio = bootstrap.studio()
    except DatabaseClosed as error:
        _choice(error)
        return False
    if (problem := studio.database_problem()) is not None:
        _moved(problem)
    elif studio.holds.count():
        _held(studio, studio.holds.look())
    return True


def _choice(error: DatabaseClosed) -> None:
    with st.container(horizontal_alignment="center"), st.container(width=760, gap="small", key="database_choice"):
        st.html('<div class="k-page-head"><h1>Choose a database</h1></div>')
        show_problem(error.message, "Nothing was changed and nothing is sent. The file that is there now is kept.")
        if not recovery.is_allowed():
            st.html(f'<p class="k-quiet">{words.escaped(_COMMAND)}</p>')
            return
        database_card.copies(recovery.copies())
        st.button("Start empty", key="start_empty", icon=":material/note_add:", on_click=_start_empty)
        st.html('<p class="k-quiet">An empty database begins a new gallery. You can come back to a copy later.</p>')


@answering
def _start_empty() -> None:
    recovery.start_empty()
    state.tell("Started with an empty database.", icon=":material/check_circle:")


def _moved(problem: DatabaseClosed) -> None:
    with st.container(key="database_moved", gap="xsmall"):
        show_problem(problem.message, f"{problem.next_step} Accepted tasks are still watched.")
        if problem.reason is ClosedReason.MOVED and recovery.is_allowed():
            st.button("Open again", key="open_again", icon=":material/refresh:", on_click=_open_again)


@answering
def _open_again() -> None:
    recovery.open_again()
    state.tell("The database is open again.", icon=":material/check_circle:")


def _held(studio: Studio, held: Held) -> None:
    count = len(held.tasks)
    with st.container(key="held_banner", gap="xsmall"):
        st.html(
            f'<div class="k-problem k-held" role="alert"><b>{words.escaped(held_heading(held))}</b>'
            f"<span>{words.escaped(held_text(held))}</span></div>"
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
    """What happened, and how much waits."""
    count = len(held.tasks)
    tasks = "1 task was" if count == 1 else f"{count} tasks were"
    return f"This database is a copy. {tasks} not sent from it."


def held_text(held: Held) -> str:
    """How that was found, what is known to be missing, and what each answer means."""
    said = []
    if held.copy is not None:
        how = {
            CopyReason.MARKED: "It is a backup that was put in place",
            CopyReason.BEHIND: "More was sent from here than it knows of",
            CopyReason.ELSEWHERE: "It was written as another file, or on another server",
        }[held.copy.reason]
        said.append(f"{how} (noticed {words.ago(held.copy.found_at, utc_now())}).")
        if missing := held.copy.unknown_sends:
            said.append(f"Up to {missing} {'task' if missing == 1 else 'tasks'} sent since may be missing from it.")
    said.append("The original may have sent and paid these already. Send them only if it has not: each is charged.")
    if held.watched:
        said.append(
            f"{held.watched} accepted {'task is' if held.watched == 1 else 'tasks are'} watched, which is free."
        )
    return " ".join(said)


@answering
def _send(studio: Studio) -> None:
    number = studio.holds.send()
    state.tell(f"{number} {'task is' if number == 1 else 'tasks are'} being sent.", icon=":material/send:")


@answering
def _dismiss(studio: Studio) -> None:
    number = studio.holds.dismiss()
    state.tell(f"{number} {'task was' if number == 1 else 'tasks were'} dismissed. Nothing was sent.")
