"""What can be done about one task: cancel it, or take the next step after a failure."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from kaimedia.domain import ErrorCode, ProviderKind, Task
from kaimedia.errors import InvalidRequest, KaimediaError, ProviderError, StaleTransition
from kaimedia.studio import Studio, cancel_question, is_resumable, retry_question, stop_question
from kaimedia.ui import draft, open_rows, state, words
from kaimedia.ui.shell import answering


def cancel_button(studio: Studio, task: Task) -> None:
    """Stop a running task; one that is sent already is asked about first."""
    st.button("Cancel", key=f"cancel_{task.task_id}", type="tertiary", on_click=_cancel, args=(studio, task))


def is_asked_to_cancel(task: Task) -> bool:
    """True while the question about stopping is to be answered."""
    return state.asked.get() == (task.task_id, "cancel")


def show_cancel_question(studio: Studio, task: Task) -> None:
    """What stopping means, where the task runs."""
    _sure(
        stop_question(task.provider),  # the card may show it as it stood before it was sent
        "Stop watching" if task.provider is ProviderKind.KIE else "Stop",
        f"stop_{task.task_id}",
        _stop,
        (studio, task.task_id),
        keep="Keep watching" if task.provider is ProviderKind.KIE else "Keep going",
    )


def reason(task: Task) -> None:
    """Why a task failed and what to do about it."""
    why = task.error_message or "The provider gave no reason."
    step = words.next_step(task, is_resumable=is_resumable(task))
    st.html(
        f'<p class="k-task-reason">{words.escaped(why)}</p><p class="k-quiet">{words.escaped(step)}</p>',
    )


def failed_actions(studio: Studio, task: Task) -> None:
    """The next steps of a failed task as buttons."""
    code = task.error_code or ErrorCode.PROVIDER_FAILED
    if code is ErrorCode.OUTCOME_UNKNOWN:
        _unknown_doors(studio, task)
    else:
        _doors(studio, task, code)


def _sure(
    question: str,
    action: str,
    key: str,
    callback: Callable[..., None],
    args: tuple[object, ...],
    *,
    keep: str = "Back",
) -> None:
    st.html(f'<p class="k-sure" role="alert">{words.escaped(question)}</p>')
    with st.container(horizontal=True, gap="xsmall"):
        st.button(action, key=key, on_click=callback, args=args)
        st.button(keep, key=f"keep_{key}", type="tertiary", on_click=_ask, args=(None,))


def _ask(question: tuple[str, str] | None) -> None:
    state.asked.set(question)


@answering
def _cancel(studio: Studio, task: Task) -> None:
    try:
        studio.cancel(task.task_id, even_if_sent=False)
    except StaleTransition:
        if cancel_question(studio.task(task.task_id)) is None:
            raise
        open_rows.set_open(task.task_id, True)
        state.asked.set((task.task_id, "cancel"))  # sent since the card was drawn, or long ago
    else:
        state.tell("Canceled. Nothing was charged.", icon=":material/check_circle:")


@answering
def _stop(studio: Studio, task_id: str) -> None:
    state.asked.set(None)
    studio.cancel(task_id)


def _doors(studio: Studio, task: Task, code: ErrorCode) -> None:
    with st.container(horizontal=True, gap="xsmall"):
        if is_resumable(task):
            text = "Fetch again" if code is ErrorCode.NOT_SAVED else "Watch again"
            st.button(
                text, key=f"again_{task.task_id}", icon=":material/refresh:", on_click=_resume, args=(studio, task)
            )
        elif code is not ErrorCode.RETIRED_MODEL:
            st.button(
                "Try again",
                key=f"again_{task.task_id}",
                icon=":material/refresh:",
                on_click=_retry,
                args=(studio, task),
            )
        _edit_button(studio, task)
        dismiss_button(studio, task)
    if not is_resumable(task) and task.provider != "sandbox" and code is not ErrorCode.RETIRED_MODEL:
        st.html('<p class="k-quiet">Try again starts a new, paid task.</p>')


def _edit_button(studio: Studio, task: Task) -> None:
    st.button("Edit prompt", key=f"edit_{task.task_id}", icon=":material/edit:", on_click=_edit, args=(studio, task))


def dismiss_button(studio: Studio, task: Task, key: str = "dismiss") -> None:
    """Put a failed task out of sight."""
    st.button("Dismiss", key=f"{key}_{task.task_id}", type="tertiary", on_click=_dismiss, args=(studio, task))


def held_actions(studio: Studio, task: Task) -> None:
    """The two answers about a task that waits, because the database is a copy."""
    with st.container(horizontal=True, gap="xsmall"):
        key = f"send_{task.task_id}"
        st.button("Send", key=key, type="tertiary", on_click=_send_held, args=(studio, task.task_id))
        dismiss_button(studio, task)


@answering
def _send_held(studio: Studio, task_id: str) -> None:
    studio.holds.send_one(task_id)


def _unknown_doors(studio: Studio, task: Task) -> None:
    asked = state.asked.get()
    question = retry_question(task)
    if asked == (task.task_id, "resend") and question is not None:
        _sure(
            question,
            "Send again anyway",
            f"resend_{task.task_id}",
            _retry,
            (studio, task),
        )
        return
    if asked == (task.task_id, "look_up"):
        _look_up(studio, task)
        return
    with st.container(horizontal=True, gap="xsmall"):
        st.button(
            "I have the task ID",
            key=f"look_up_{task.task_id}",
            icon=":material/search:",
            on_click=_ask,
            args=((task.task_id, "look_up"),),
        )
        st.button("Send again", key=f"again_{task.task_id}", on_click=_ask, args=((task.task_id, "resend"),))
        dismiss_button(studio, task)


def _look_up(studio: Studio, task: Task) -> None:
    key = f"provider_id_{task.task_id}"
    with st.form(f"look_up_form_{task.task_id}", border=False):  # so that Enter works
        st.text_input("Task ID from kie.ai’s logs", key=key, placeholder="As shown at kie.ai, Logs", autocomplete="off")
        note = state.field_note.get()
        if note is not None and note.field == "provider_task_id":
            st.html(f'<p class="k-field-note" role="alert">{words.escaped(f"{note.message} {note.next_step}")}</p>')
        with st.container(horizontal=True, gap="xsmall"):
            st.form_submit_button(
                "Track this task", key=f"resolve_{task.task_id}", on_click=_resolve, args=(studio, task, key)
            )
            st.form_submit_button("Back", key=f"back_{task.task_id}", type="tertiary", on_click=_leave_look_up)


def _leave_look_up() -> None:
    state.field_note.set(None)
    state.asked.set(None)


@answering
def _resolve(studio: Studio, task: Task, key: str) -> None:
    try:
        studio.resolve(task.task_id, st.session_state.get(key) or "")
    except InvalidRequest as error:
        state.field_note.set(state.FieldNote(error.field, error.message, _step_of(error)))
        return
    except ProviderError as error:
        state.field_note.set(state.FieldNote("provider_task_id", error.message, error.next_step))
        return
    state.field_note.set(None)
    state.asked.set(None)


def _step_of(error: InvalidRequest) -> str:
    return "" if error.next_step == error.default_next_step else error.next_step


@answering
def _retry(studio: Studio, task: Task) -> None:
    state.asked.set(None)
    try:
        studio.retry(task.task_id)
    except KaimediaError as error:
        if not error.retryable:
            raise
        state.tell(f"{error.message} Nothing was sent; try again.", icon=":material/error:", is_error=True)
        return


@answering
def _resume(studio: Studio, task: Task) -> None:
    studio.retry(task.task_id)


@answering
def _edit(studio: Studio, task: Task) -> None:
    draft.reuse(studio, task.request, task.modality)
    state.go_whole.set(True)


@answering
def _dismiss(studio: Studio, task: Task) -> None:
    state.asked.set(None)
    studio.dismiss(task.task_id)
