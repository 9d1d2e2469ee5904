"""One card: a running task, or a failed one with its doors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import streamlit as st

from kaimedia.domain import ErrorCode, Modality, Phase, Status, Task
from kaimedia.errors import InvalidRequest, KaimediaError, StaleTransition
from kaimedia.kie.spec import ModelSpec
from kaimedia.studio import Studio, is_resumable
from kaimedia.ui import draft, state, words
from kaimedia.ui.shell import answering


def show(studio: Studio, task: Task, spec: ModelSpec | None, now: datetime) -> None:
    """Draw one card in the place given."""
    kind = "v" if task.modality is Modality.VIDEO else "i"
    is_failed = task.status is Status.FAILED
    with st.container(key=f"task_{kind}{'_failed' if is_failed else ''}_{task.task_id}", gap="xsmall"):
        label = spec.label if spec else task.model
        if is_failed:
            _failed(studio, task, label)
        else:
            _running(studio, task, spec, label, now)


def _running(studio: Studio, task: Task, spec: ModelSpec | None, label: str, now: datetime) -> None:
    part, text = words.progress_words(task, spec, now)
    ratio = task.request.aspect_ratio.replace(":", " / ")
    st.html(
        f'<div class="k-task-head"><i class="k-spin"></i><b>{words.escaped(words.asked_for(task))}</b>'
        f"<span>{words.escaped(label)}</span><small>{words.escaped(words.usual_line(task, spec))}</small></div>"
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        st.html(f'<div class="k-tile" style="aspect-ratio:{words.escaped(ratio)}"><i></i></div>', width="content")
        with st.container(gap="xsmall"):
            st.html(f'<p class="k-task-prompt">{words.escaped(words.one_line(task.request.prompt))}</p>')
            st.progress(part, text=text)
            if task.note:
                st.html(f'<p class="k-quiet">{words.escaped(task.note)}</p>')
        if state.asked.get() != (task.task_id, "cancel"):
            st.button("Cancel", key=f"cancel_{task.task_id}", type="tertiary", on_click=_cancel, args=(studio, task))
    if state.asked.get() == (task.task_id, "cancel"):
        _sure(
            "Stop watching? kie.ai may still finish and bill this.",
            "Stop watching",
            f"stop_{task.task_id}",
            _stop,
            (studio, task.task_id),
        )


def _sure(question: str, action: str, key: str, callback: Callable[..., None], args: tuple[object, ...]) -> None:
    st.html(f'<p class="k-sure" role="alert">{words.escaped(question)}</p>')
    with st.container(horizontal=True, gap="xsmall"):
        st.button(action, key=key, on_click=callback, args=args)
        st.button("Keep", key=f"keep_{key}", type="tertiary", on_click=_ask, args=(None,))


def _ask(question: tuple[str, str] | None) -> None:
    state.asked.set(question)


@answering
def _cancel(studio: Studio, task: Task) -> None:
    try:
        studio.cancel(task.task_id, even_if_sent=False)
    except StaleTransition:
        now = studio.task(task.task_id)
        if now.phase is Phase.SENDING or now.status in (Status.COMPLETED, Status.FAILED):
            raise
        state.asked.set((task.task_id, "cancel"))  # sent since the card was drawn, or long ago
    else:
        state.tell("Cancelled. Nothing was charged.", icon=":material/check_circle:")


@answering
def _stop(studio: Studio, task_id: str) -> None:
    state.asked.set(None)
    studio.cancel(task_id)


def _failed(studio: Studio, task: Task, label: str) -> None:
    code = task.error_code or ErrorCode.PROVIDER_FAILED
    heading = f"{words.asked_for(task)} {words.why_failed(task)}"
    st.html(
        f'<div class="k-task-head k-task-failed"><i></i><b>{words.escaped(heading)}</b>'
        f"<span>{words.escaped(label)}</span></div>"
    )
    reason = task.error_message or "The provider gave no reason."
    step = words.next_step(task, is_resumable=is_resumable(task))
    st.html(
        f'<p class="k-task-reason">{words.escaped(reason)}</p><p class="k-quiet">{words.escaped(step)}</p>'
        f'<p class="k-task-prompt">{words.escaped(words.one_line(task.request.prompt))}</p>'
    )
    if code is ErrorCode.OUTCOME_UNKNOWN:
        _unknown_doors(studio, task)
    else:
        _doors(studio, task, code)


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
        _dismiss_button(studio, task)
    if not is_resumable(task) and task.provider != "sandbox" and code is not ErrorCode.RETIRED_MODEL:
        st.html('<p class="k-quiet">Try again starts a new, paid task.</p>')


def _edit_button(studio: Studio, task: Task) -> None:
    st.button("Edit prompt", key=f"edit_{task.task_id}", icon=":material/edit:", on_click=_edit, args=(studio, task))


def _dismiss_button(studio: Studio, task: Task) -> None:
    st.button("Dismiss", key=f"dismiss_{task.task_id}", type="tertiary", on_click=_dismiss, args=(studio, task))


def _unknown_doors(studio: Studio, task: Task) -> None:
    asked = state.asked.get()
    if asked == (task.task_id, "resend"):
        _sure(
            "Send it again? If the first one was accepted, you may pay twice.",
            "Send again, I know",
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
            "Enter its task id",
            key=f"look_up_{task.task_id}",
            icon=":material/search:",
            on_click=_ask,
            args=((task.task_id, "look_up"),),
        )
        st.button("Send again", key=f"again_{task.task_id}", on_click=_ask, args=((task.task_id, "resend"),))
        _dismiss_button(studio, task)


def _look_up(studio: Studio, task: Task) -> None:
    key = f"provider_id_{task.task_id}"
    st.text_input("Task id from kie.ai’s logs", key=key, on_change="ignore", placeholder="As shown at kie.ai, Logs")
    note = state.field_note.get()
    if note is not None and note.field == "provider_task_id":
        st.html(f'<p class="k-field-note" role="alert">{words.escaped(note.message)}</p>')
    with st.container(horizontal=True, gap="xsmall"):
        st.button("Watch this one", key=f"resolve_{task.task_id}", on_click=_resolve, args=(studio, task, key))
        st.button("Back", key=f"back_{task.task_id}", type="tertiary", on_click=_ask, args=(None,))


@answering
def _resolve(studio: Studio, task: Task, key: str) -> None:
    try:
        studio.resolve(task.task_id, st.session_state.get(key) or "")
    except InvalidRequest as error:
        state.field_note.set(state.FieldNote(error.field, error.message, error.next_step))
        return
    state.field_note.set(None)
    state.asked.set(None)


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
    state.tell("Started again as a new task.")


@answering
def _resume(studio: Studio, task: Task) -> None:
    studio.retry(task.task_id)
    state.tell("Watching it again. This costs nothing.")


@answering
def _edit(studio: Studio, task: Task) -> None:
    draft.reuse(studio, task.request, task.modality)
    state.go_whole.set(True)


@answering
def _dismiss(studio: Studio, task: Task) -> None:
    state.asked.set(None)
    studio.dismiss(task.task_id)
