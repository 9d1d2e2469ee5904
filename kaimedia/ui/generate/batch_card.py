"""The card of a batch in the queue: how far it is, pause, stop, and its tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from kaimedia.domain import Batch, BatchKind, BatchProgress, Status, Task
from kaimedia.studio import ComparisonEntry, Studio, costs_of
from kaimedia.ui import state, ui_text
from kaimedia.ui.gallery import facts as gallery_facts
from kaimedia.ui.generate import batch_price_text, batch_text, open_rows, opened_comparison, progress_text, task_row
from kaimedia.ui.shell import notify_errors

STOP = "stop_batch"
UNFINISHED = "Didn’t finish"
_SIGNS = {Status.COMPLETED: "✓", Status.FAILED: "!"}


def show(studio: Studio, progress: BatchProgress) -> None:
    """Draw the card; its tasks are read only while it is open."""
    batch = progress.batch
    is_open = batch_text.row_id(batch.id) in state.opened_tasks.get()
    with st.container(key=f"batch_task_i_{batch_text.row_id(batch.id)}", gap=None):
        st.html('<div class="k-tile k-tile-batch"></div>' + _bar(progress))
        box = task_row.status_box(
            f"**{ui_text.plain_markdown(ui_text.one_line(batch.name, progress_text.TITLE_CHARS)) or 'Untitled'}** "
            f"{ui_text.plain_markdown(batch_text.line(progress))}",
            state=_icon(progress),
            expanded=is_open,
        )
        with box.container(gap="xsmall"):
            tasks = studio.batches.tasks(progress.batch.id) if is_open else []
            if tasks:
                st.html(f'<p class="k-quiet">{ui_text.escaped(batch_price_text.cost(costs_of(tasks)))}</p>')
            _details(studio, progress)
            if tasks:
                _tasks(studio, progress, tasks)
        with st.container(key=f"quick_{batch_text.row_id(batch.id)}"):
            _quick_action(studio, progress)


def _icon(progress: BatchProgress) -> task_row.State:
    if progress.is_paused:
        return "error"
    if progress.is_active:
        return "running"
    return "complete" if progress.completed else "error"


def _bar(progress: BatchProgress) -> str:
    """Finished tasks of all; honest, because each task counts only once it has ended."""
    if not progress.is_active:
        return '<div class="k-bar" hidden></div>'
    percent = round(100 * progress.ended / progress.total) if progress.total else 0
    name = ui_text.escaped(f"Finished tasks of {ui_text.one_line(progress.batch.name, 60)}")
    return (
        f'<div class="k-bar" role="progressbar" aria-label="{name}" aria-valuemin="0" aria-valuemax="{progress.total}" '
        f'aria-valuenow="{progress.ended}"><i style="width:{percent}%"></i></div>'
    )


def _quick_action(studio: Studio, progress: BatchProgress) -> None:
    """The action shown on the collapsed card."""
    batch_id = progress.batch.id
    if progress.is_paused:
        st.button("Resume", key=f"batch_resume_{batch_id}", type="tertiary", on_click=_resume, args=(studio, batch_id))
    elif progress.unsent:
        st.button("Pause", key=f"batch_pause_{batch_id}", type="tertiary", on_click=_pause, args=(studio, batch_id))
    elif not progress.is_active:
        st.button(
            "Dismiss", key=f"batch_dismiss_{batch_id}", type="tertiary", on_click=_dismiss, args=(studio, batch_id)
        )


def _details(studio: Studio, progress: BatchProgress) -> None:
    batch_id = progress.batch.id
    if state.open_question.get() == (batch_text.row_id(batch_id), STOP) and progress.unsent:
        st.html(f'<p class="k-sure" role="alert">{ui_text.escaped(batch_text.stop_question(progress))}</p>')
        with st.container(horizontal=True, gap="xsmall"):
            st.button("Stop", key=f"batch_stop_sure_{batch_id}", on_click=_stop, args=(studio, batch_id))
            st.button("Back", key=f"batch_stop_back_{batch_id}", type="tertiary", on_click=_back)
        return
    with st.container(horizontal=True, gap="xsmall"):
        if progress.batch.kind is BatchKind.COMPARISON:
            st.button(
                "Open comparison",
                key=f"batch_compare_{batch_id}",
                icon=":material/compare:",
                on_click=_open_comparison,
                args=(batch_id,),
            )
        elif progress.completed:
            st.button(
                "Show results",
                key=f"batch_results_{batch_id}",
                icon=":material/photo_library:",
                on_click=_show_results,
                args=(progress.batch,),
            )
        if progress.unsent:
            st.button(
                "Stop…", key=f"batch_stop_{batch_id}", icon=":material/stop_circle:", on_click=_ask, args=(batch_id,)
            )


def _tasks(studio: Studio, progress: BatchProgress, tasks: Sequence[Task]) -> None:
    """Its tasks as a list; what can be done about a failed one is in that task's own row."""
    if progress.batch.is_blind and not (found := studio.comparisons.get(progress.batch.id)).is_revealed:
        items = "".join(_hidden_item(entry) for entry in found.entries)
    else:
        labels = {spec.id: spec.label for spec in studio.catalog.models()}
        items = "".join(_item(task, labels) for task in tasks)
    st.html(f'<ol class="k-batch-tasks" tabindex="0" aria-label="Tasks of the batch">{items}</ol>')


def _item(task: Task, labels: Mapping[str, str]) -> str:
    model = labels.get(task.model, task.model)
    what = ui_text.one_line(task.request.prompt, 90)
    said = [progress_text.phase(task) or UNFINISHED, model if what else ""]
    return _line(task.status, what or model, " · ".join(filter(None, said)))


def _hidden_item(entry: ComparisonEntry) -> str:
    return _line(
        entry.task.status, f"Model {entry.letter}", progress_text.phase(entry.task, is_hidden=True) or UNFINISHED
    )


def _line(status: Status, what: str, said: str) -> str:
    sign = _SIGNS.get(status, "·")
    return (
        f'<li data-status="{status}"><i aria-hidden="true">{sign}</i> <span>{ui_text.escaped(what)}</span> '
        f"<small>{ui_text.escaped(said)}</small></li>"
    )


@notify_errors
def _pause(studio: Studio, batch_id: int) -> None:
    studio.batches.pause(batch_id)


@notify_errors
def _resume(studio: Studio, batch_id: int) -> None:
    studio.batches.resume(batch_id)


@notify_errors
def _ask(batch_id: int) -> None:
    open_rows.set_open(batch_text.row_id(batch_id), True)
    state.open_question.set((batch_text.row_id(batch_id), STOP))


def _back() -> None:
    state.open_question.set(None)


@notify_errors
def _stop(studio: Studio, batch_id: int) -> None:
    state.open_question.set(None)
    studio.batches.stop(batch_id)


@notify_errors
def _dismiss(studio: Studio, batch_id: int) -> None:
    studio.batches.dismiss(batch_id)


@notify_errors
def _open_comparison(batch_id: int) -> None:
    opened_comparison.open_one(batch_id)
    state.needs_rerun.set(True)


@notify_errors
def _show_results(batch: Batch) -> None:
    state.go_to.set("gallery")
    state.go_to_params.set({state.gallery_batch.key: gallery_facts.batch_label(batch)})
    state.needs_rerun.set(True)
