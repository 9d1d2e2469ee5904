"""Actions of one task: cancel it, or take the next step after a failure."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from kaimedia.domain import ErrorCode, Task
from kaimedia.errors import InvalidRequest, KaimediaError, ProviderError, StaleTransition
from kaimedia.providers.registry import is_free, label_of
from kaimedia.studio import Studio, cancel_question, is_resumable, next_step, retry_question, stop_question
from kaimedia.ui import state, ui_text
from kaimedia.ui.generate import draft, open_rows, price_confirmation
from kaimedia.ui.rescue import outcome_facts
from kaimedia.ui.shell import notify_errors


def cancel_button(studio: Studio, task: Task) -> None:
    """Cancel a running task; one that was already sent needs a confirmation first."""
    st.button("Cancel", key=f"cancel_{task.task_id}", type="tertiary", on_click=_cancel, args=(studio, task))


def is_confirming_cancel(task: Task) -> bool:
    """True while the cancel confirmation is open."""
    return state.open_question.get() == (task.task_id, "cancel")


def show_cancel_question(studio: Studio, task: Task) -> None:
    """Draw the cancel confirmation for the provider the task runs on."""
    _confirmation(
        stop_question(task.provider),  # the card may still show its state from before it was sent
        "Stop" if is_free(task.provider) else "Stop tracking",
        f"stop_{task.task_id}",
        _stop,
        (studio, task.task_id),
        cancel="Back",  # “Cancel” would also mean the task
    )


def reason(task: Task) -> None:
    """Why a task failed and what to do about it."""
    why = task.error_message or "The provider gave no reason."
    st.html(
        f'<p class="k-task-reason">{ui_text.escaped(why)}</p><p class="k-quiet">{ui_text.escaped(next_step(task))}</p>',
    )


def failed_actions(studio: Studio, task: Task, *, is_hidden: bool = False) -> None:
    """The next steps of a failed task as buttons; where its model is hidden, without those that tell it."""
    code = task.error_code or ErrorCode.PROVIDER_FAILED
    if code is ErrorCode.OUTCOME_UNKNOWN:
        _unknown_outcome_actions(studio, task, is_hidden=is_hidden)
    else:
        _actions(studio, task, code, is_hidden=is_hidden)


def _confirmation(
    question: str,
    action: str,
    key: str,
    callback: Callable[..., None],
    args: tuple[object, ...],
    *,
    cancel: str = "Cancel",
) -> None:
    st.html(f'<p class="k-sure" role="alert">{ui_text.escaped(question)}</p>')
    with st.container(horizontal=True, gap="xsmall"):
        st.button(action, key=key, on_click=callback, args=args)
        st.button(cancel, key=f"cancel_{key}", type="tertiary", on_click=_ask, args=(None,))


def _ask(question: tuple[str, str] | None) -> None:
    state.open_question.set(question)


@notify_errors
def _cancel(studio: Studio, task: Task) -> None:
    try:
        studio.tasks.cancel(task.task_id, even_if_sent=False)
    except StaleTransition:
        if cancel_question(studio.tasks.get(task.task_id)) is None:
            raise
        open_rows.set_open(task.task_id, True)
        state.open_question.set((task.task_id, "cancel"))  # sent since the card was drawn, or long ago
    else:
        state.notify("Canceled. Nothing was charged.", icon=":material/check_circle:")


@notify_errors
def _stop(studio: Studio, task_id: str) -> None:
    state.open_question.set(None)
    studio.tasks.cancel(task_id)


def _actions(studio: Studio, task: Task, code: ErrorCode, *, is_hidden: bool) -> None:
    with st.container(horizontal=True, gap="xsmall"):
        if is_resumable(task):
            text = "Fetch again" if code is ErrorCode.NOT_SAVED else "Check again"
            st.button(
                text, key=f"again_{task.task_id}", icon=":material/refresh:", on_click=_resume, args=(studio, task)
            )
        elif code is not ErrorCode.RETIRED_MODEL:
            st.button(
                "Try again",
                key=f"again_{task.task_id}",
                icon=":material/refresh:",
                on_click=_try_again,
                args=(studio, task),
            )
        if not is_hidden:  # it puts the model into the form
            _edit_button(studio, task)
        dismiss_button(studio, task)
    if not is_resumable(task) and not is_free(task.provider) and code is not ErrorCode.RETIRED_MODEL:
        st.html('<p class="k-quiet">Trying again starts a new paid task.</p>')


def _edit_button(studio: Studio, task: Task) -> None:
    st.button("Edit prompt", key=f"edit_{task.task_id}", icon=":material/edit:", on_click=_edit, args=(studio, task))


def dismiss_button(studio: Studio, task: Task, key: str = "dismiss") -> None:
    """The button that hides a failed task."""
    st.button("Dismiss", key=f"{key}_{task.task_id}", type="tertiary", on_click=_dismiss, args=(studio, task))


def held_actions(studio: Studio, task: Task) -> None:
    """The two choices for a task on hold because the database is a copy."""
    with st.container(horizontal=True, gap="xsmall"):
        key = f"send_{task.task_id}"
        st.button("Send", key=key, type="tertiary", on_click=_send_held, args=(studio, task.task_id))
        dismiss_button(studio, task)


@notify_errors
def _send_held(studio: Studio, task_id: str) -> None:
    studio.holds.send_one(task_id)


def _unknown_outcome_actions(studio: Studio, task: Task, *, is_hidden: bool) -> None:
    asked = state.open_question.get()
    question = retry_question(task)
    if not is_hidden:  # its price would tell the model
        outcome_facts.show(studio, task)
    if asked == (task.task_id, "resend") and question is not None:
        _confirmation(
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
    if task.credits_estimated and not is_free(task.provider) and not is_hidden:
        lost = f"Dismissing it counts about {ui_text.credits(task.credits_estimated)} as lost."
        st.html(f'<p class="k-quiet">{ui_text.escaped(lost)}</p>')


def _look_up(studio: Studio, task: Task) -> None:
    key = f"provider_id_{task.task_id}"
    with st.form(f"look_up_form_{task.task_id}", border=False):  # so that Enter works
        source = f"{label_of(task.provider)}’s logs"
        st.text_input(f"Task ID from {source}", key=key, placeholder=f"From {source}", autocomplete="off")
        note = state.field_note.get()
        if note is not None and note.field == "provider_task_id":
            st.html(f'<p class="k-field-note" role="alert">{ui_text.escaped(f"{note.message} {note.next_step}")}</p>')
        with st.container(horizontal=True, gap="xsmall"):
            st.form_submit_button(
                "Track this task", key=f"resolve_{task.task_id}", on_click=_resolve, args=(studio, task, key)
            )
            st.form_submit_button(
                "Cancel", key=f"cancel_look_up_{task.task_id}", type="tertiary", on_click=_leave_look_up
            )


def _leave_look_up() -> None:
    state.field_note.set(None)
    state.open_question.set(None)


@notify_errors
def _resolve(studio: Studio, task: Task, key: str) -> None:
    try:
        studio.tasks.resolve(task.task_id, st.session_state.get(key) or "")
    except InvalidRequest as error:
        state.field_note.set(state.FieldNote(error.field, error.message, _step_of(error)))
        return
    except ProviderError as error:
        state.field_note.set(state.FieldNote("provider_task_id", error.message, error.next_step))
        return
    state.field_note.set(None)
    state.open_question.set(None)


def _step_of(error: InvalidRequest) -> str:
    return error.next_step if error.has_own_step else ""


@notify_errors
def _retry(studio: Studio, task: Task) -> None:
    state.open_question.set(None)
    try:
        studio.tasks.retry(task.task_id)
    except KaimediaError as error:
        if not error.retryable:
            raise
        state.notify(f"{error.message} Nothing was sent; try again.", icon=":material/error:", is_error=True)
        return


@notify_errors
def _try_again(studio: Studio, task: Task) -> None:
    wanted = price_confirmation.priced(studio, task.request, retry_of=task.task_id)
    if price_confirmation.is_needed(studio, wanted):
        price_confirmation.open_for(wanted)
        state.needs_rerun.set(True)  # the queue is drawn alone; the dialog is not part of it
    else:
        _retry(studio, task)


@notify_errors
def _resume(studio: Studio, task: Task) -> None:
    studio.tasks.retry(task.task_id)


@notify_errors
def _edit(studio: Studio, task: Task) -> None:
    draft.reuse(studio, task.request, task.modality)
    state.needs_rerun.set(True)


@notify_errors
def _dismiss(studio: Studio, task: Task) -> None:
    state.open_question.set(None)
    studio.tasks.dismiss(task.task_id)
