"""One row of the queue: the task's status with its label, tile, progress bar and details."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib import mutable_status_container

from kaimedia.domain import ErrorCode, InputKind, Media, Modality, Reference, Status, Task
from kaimedia.errors import KaimediaError
from kaimedia.models.spec import ModelSpec
from kaimedia.studio import Studio, TypicalTime, note_text
from kaimedia.ui import state, ui_text
from kaimedia.ui.components import media_urls
from kaimedia.ui.gallery import dates as gallery_dates
from kaimedia.ui.generate import draft, progress_text, task_card
from kaimedia.ui.generate.queue_snapshot import QueueSnapshot
from kaimedia.ui.rescue import fetching
from kaimedia.ui.shell import notify_errors

State = Literal["running", "complete", "error"]
STATES: dict[Status, State] = {Status.COMPLETED: "complete", Status.FAILED: "error"}
MAX_CACHED_TILES = 256
_RUNNING = "task_{}_{}"
_KEYS = {Status.FAILED: "task_{}_failed_{}", Status.COMPLETED: "done_task_{}_{}"}

# Streamlit sleeps 50 ms after creating a status, so that an `update` right after it is visible. We never update: a
# status is redrawn at each refresh. Twenty tasks would take an extra second each time.
if hasattr(mutable_status_container, "time"):
    mutable_status_container.time = SimpleNamespace(sleep=lambda _seconds: None)


def show(studio: Studio, queue: QueueSnapshot, task: Task, now: datetime) -> None:
    """Draw the row of one of the queue's tasks. Nothing shows the model of one whose letter is known."""
    kind = "v" if task.modality is Modality.VIDEO else "i"
    letter, spec = queue.letters.get(task.task_id, ""), queue.specs.get(task.task_id)
    usual = queue.usual.get(task.task_id)
    model = f"Model {letter}" if letter else spec.label if spec else task.model
    _, own_prompt = draft.split_by_style(queue.styles, task.request.prompt, task.modality)
    with st.container(key=_KEYS.get(task.status, _RUNNING).format(kind, task.task_id), gap=None):
        st.html(_tile(studio, task, queue.media.get(task.task_id, ())) + _bar(task))
        box = status_box(
            progress_text.label(task, own_prompt or model, now, usual, is_hidden=bool(letter)),
            state="error" if task.hold_code else STATES.get(task.status, "running"),
            expanded=task.task_id in state.opened_tasks.get(),
        )
        if letter:
            with box.container(gap="xsmall"):
                _hidden_details(studio, task, own_prompt, model)
        else:
            _details(studio, task, box, _facts(task, spec, usual, own_prompt, model))
        _quick_action(studio, task, is_hidden=bool(letter))


def _details(studio: Studio, task: Task, box: DeltaGenerator, facts: str) -> None:
    steps = f'<div class="k-steps">{_steps(task)}{facts}</div>'
    if not _has_more(task):  # nearly every row; each container costs time at every run
        box.html(steps)
        return
    with box.container(gap="xsmall"):
        st.html(steps)
        _more_details(studio, task)


def _has_more(task: Task) -> bool:
    """True if there is more to say or to do about a task than that it runs."""
    is_noted = task.note_code is not None or bool(note_text(task))
    return is_noted or task.status in STATES or task.hold_code is not None or task_card.is_confirming_cancel(task)


def _more_details(studio: Studio, task: Task) -> None:
    if note := note_text(task):
        st.html(f'<p class="k-quiet" role="status">{ui_text.escaped(note)}</p>')
    if task_card.is_confirming_cancel(task) and task.status not in STATES:
        task_card.show_cancel_question(studio, task)
    fetching.show_time_left(studio, task)
    if task.hold_code is not None:
        task_card.held_actions(studio, task)
    elif task.status is Status.FAILED:
        task_card.reason(task)
        task_card.failed_actions(studio, task)
    elif task.status is Status.COMPLETED:
        _done_actions(studio, task)


def _hidden_details(studio: Studio, task: Task, own_prompt: str, model: str) -> None:
    """The same without what shows the model: provider, settings, reason, and the way back into the form."""
    now = "" if task.status in STATES else progress_text.phase(task, is_hidden=True)
    facts = " · ".join(filter(None, [ui_text.output_label(task), model, now]))
    st.html(
        f'<div class="k-steps"><div><p class="k-task-prompt">{ui_text.escaped(own_prompt)}</p>'
        f"<p>{ui_text.escaped(facts)}</p></div></div>"
    )
    if task_card.is_confirming_cancel(task) and task.status not in STATES:
        task_card.show_cancel_question(studio, task)
    if task.hold_code is not None:
        task_card.held_actions(studio, task)
    elif task.status is Status.FAILED:
        st.html(f'<p class="k-task-reason">{ui_text.escaped(progress_text.HIDDEN_REASON)}</p>')
        task_card.failed_actions(studio, task, is_hidden=True)


def _steps(task: Task) -> str:
    zone, locale = gallery_dates.zone_of(st.context.timezone), st.context.locale
    items = [
        f'<li><b>{name}</b> <time datetime="{at.isoformat()}">{progress_text.clock(at, zone, locale)}</time></li>'
        for name, at in progress_text.history(task)
    ]
    if task.status not in STATES:
        items.append(f'<li class="k-now"><b>{ui_text.escaped(progress_text.phase(task))}</b></li>')
    return f"<ol>{''.join(items)}</ol>"


def _facts(task: Task, spec: ModelSpec | None, usual: TypicalTime | None, own_prompt: str, model: str) -> str:
    facts = [ui_text.output_label(task), model, task.request.aspect_ratio]
    if task.status not in STATES and spec is not None:
        facts.append(progress_text.usual_details(usual, task.provider))
    lines = f"<p>{ui_text.escaped(' · '.join(filter(None, facts)))}</p>"
    if task.request.enhance:
        lines += f"<p>{ui_text.escaped(ui_text.enhance_line(task.provider))}</p>"
    return f'<div><p class="k-task-prompt">{ui_text.escaped(own_prompt)}</p>{lines}</div>'


def _tile(studio: Studio, task: Task, media: Sequence[Media]) -> str:
    """The result's thumbnail, else the reference image, else a placeholder that shimmers while the task runs."""
    shown = next((each for each in media if each.thumbnail_path or each.poster_path), None)
    if shown is not None:
        address = media_urls.for_html(shown.thumbnail_path or shown.poster_path)
    else:
        address = _reference_address(studio, task)
    if address:
        return f'<div class="k-tile"><img src="{ui_text.escaped(address)}" alt=""></div>'
    return f'<div class="k-tile">{"" if task.status in STATES or task.hold_code else "<i></i>"}</div>'


def _reference_address(studio: Studio, task: Task) -> str:
    stored = (each for each in task.request.references if each.filename and each.kind is InputKind.IMAGE)
    reference = next(stored, None)
    return _preview(studio, reference) if reference else ""


@lru_cache(maxsize=MAX_CACHED_TILES)
def _preview(studio: Studio, reference: Reference) -> str:
    """A saved reference as a data URL; cacheable because stored files never change."""
    try:
        small = studio.references.preview(reference)
    except KaimediaError:
        return ""
    return f"data:image/webp;base64,{base64.b64encode(small).decode('ascii')}"


def _bar(task: Task) -> str:
    """A progress bar with the provider's percentage; indeterminate without one; hidden when the task has ended."""
    if task.status in STATES or task.hold_code is not None:
        return '<div class="k-bar" hidden></div>'
    part = progress_text.share(task)
    name = ui_text.escaped(f"Progress of {ui_text.one_line(task.request.prompt, 60)}")
    if part is None:
        return f'<div class="k-bar k-bar-open" role="progressbar" aria-label="{name}"><i></i></div>'
    percent = round(part * 100)
    return (
        f'<div class="k-bar" role="progressbar" aria-label="{name}" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{percent}"><i style="width:{percent}%"></i></div>'
    )


def _quick_action(studio: Studio, task: Task, *, is_hidden: bool) -> None:
    """The action shown on the collapsed row."""
    if task.status not in STATES and task.hold_code is None:
        task_card.cancel_button(studio, task)  # without a container, as there may be many of these rows
        return
    with st.container(key=f"quick_{task.task_id}"):
        if task.status is Status.COMPLETED:
            st.html('<a class="k-see" href="#newest-result">See it</a>', width="content")
            key = f"again_with_{task.task_id}"
            if not is_hidden:
                st.button("Reuse", key=key, type="tertiary", on_click=reuse, args=(studio, task))
        elif task.hold_code is not None or not (task.may_have_cost or task.error_code is ErrorCode.OUTCOME_UNKNOWN):
            task_card.dismiss_button(studio, task, "quick_dismiss")


def _done_actions(studio: Studio, task: Task) -> None:
    st.button(
        "Reuse prompt and settings",
        key=f"row_reuse_{task.task_id}",
        icon=":material/refresh:",
        on_click=reuse,
        args=(studio, task),
    )


@notify_errors
def reuse(studio: Studio, task: Task) -> None:
    """Put a task's prompt, model, settings and reference back into the form. For callbacks only."""
    draft.reuse(studio, task.request, task.modality)
    state.notify("Prompt and settings are in the form.", icon=":material/refresh:")
    state.needs_rerun.set(True)


def status_box(label: str, *, state: State, expanded: bool) -> DeltaGenerator:
    """A status; draw into it with its methods or `with box.container():`.

    Never use `with box:` itself, which would mark a running status complete.
    """
    return st.status(label, state=state, expanded=expanded)
