"""The queue of Generate: a one-row strip that expands over the content below; refreshed only while tasks run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from kaimedia.domain import BatchProgress, Status, Task, utc_now
from kaimedia.errors import NotFound
from kaimedia.studio import Studio
from kaimedia.ui import auto_reruns, notices, state, ui_text
from kaimedia.ui.components import tab_signal
from kaimedia.ui.generate import (
    batch_card,
    batch_news,
    batch_text,
    open_rows,
    pressed_row,
    progress_text,
    queue_snapshot,
    task_row,
)
from kaimedia.ui.generate.queue_snapshot import QueueSnapshot, is_settled, running_ids
from kaimedia.ui.shell import guarded, notify_errors

POLL_S = 1.0
MANY = 8  # rows; from here on, refreshing every second costs too much
POLL_MANY_S = 2.0
MAX_NEWS = 20
MAX_FINISHED = 6
MAX_FAILED = 8  # drawn while the strip is closed; those that may have been charged are always drawn
IN_VIEW = 2  # rows visible in the closed strip on a desktop
PROMPT_CHARS = 60  # characters of a prompt that a notification shows
OPENED = "<style>.st-key-queue{--queue-height:min(62vh,560px);--queue-shadow:0 24px 60px -20px rgb(0 0 0/.45)}</style>"


def show(studio: Studio) -> int:
    """Draw the strip and keep it up to date; returns how many tasks are running or failed."""
    queue = queue_snapshot.read(studio, utc_now())
    now_running = running_ids(queue.tasks)
    report_ended(studio, state.running.get() - now_running)  # tasks that ended between two refreshes or on another page
    state.running.set(now_running)
    batch_news.report(queue.batches)
    refreshes = now_running or batch_news.running(queue.batches)
    # A number, never "1s": a string makes Streamlit import pandas.
    st.fragment(_strip, run_every=poll_interval_s(len(queue.tasks)) if refreshes else None)(studio, [queue])
    return len(queue.tasks) + len(queue.batches)


def poll_interval_s(count: int) -> float:
    """Seconds between refreshes of a strip with that many tasks."""
    return POLL_S if count < MANY else POLL_MANY_S


def _strip(studio: Studio, just_read: list[QueueSnapshot]) -> None:
    """`just_read` has what the run of the whole page read; later runs of this fragment read it themselves."""
    with guarded("tasks"):
        if state.needs_rerun.take():
            st.rerun()
        now = utc_now()
        queue = just_read.pop() if just_read else queue_snapshot.read(studio, now)
        before, now_running = state.running.get(), running_ids(queue.tasks)
        if before != now_running:
            report_ended(studio, before - now_running)
            state.running.set(now_running)
            st.rerun()  # results, timer and button text belong to the whole page
        if batch_news.is_due(queue.batches):
            st.rerun()  # as above
        with st.container(key="signal_place"):
            tab_signal.show(queue.running, state.ended.get())
            rows_of_batches = (batch_text.row_id(each.batch.id) for each in queue.batches)
            open_rows.watch({*_ids(queue.tasks), *state.finished.get(), *rows_of_batches}, queue.tasks, now)
        with st.container(key="strip", gap="xsmall"):
            _draw(studio, queue, now)
        notices.outage(queue.outage, now)
        drawn_from = queue_snapshot.drawn_from(queue, now)
        notices.show_waiting()
        auto_reruns.skip_while_same(lambda: queue_snapshot.current(studio), drawn_from)


def _ids(tasks: Sequence[Task]) -> list[str]:
    return [task.task_id for task in tasks]


def _draw(studio: Studio, queue: QueueSnapshot, now: datetime) -> None:
    held = [task for task in queue.tasks if task.hold_code is not None]
    active = [task for task in queue.tasks if task.status is not Status.FAILED and task.hold_code is None]
    failed = [task for task in queue.tasks if task.status is Status.FAILED]
    unsettled = [task for task in failed if not is_settled(task)]
    settled = [task for task in failed if is_settled(task)]
    unfolded = settled if state.queue_open.get() else settled[:MAX_FAILED]
    tasks = [*held, *active[:1], *unsettled, *active[1:], *unfolded]
    active_batches = [each for each in queue.batches if each.is_active]
    rows: list[Task | BatchProgress] = [*active_batches, *tasks]
    rows += [*(each for each in queue.batches if not each.is_active), *queue.finished]
    _head(studio, queue.running, failed, settled, len(rows) + len(settled) - len(unfolded))
    text = progress_text.announcement(active, queue.running, len(failed))
    st.html(f'<p class="vh" role="status">{ui_text.escaped(text)}</p>')
    listed = len(active) + batch_news.running(queue.batches)
    if queue.running > listed:
        st.html(f'<p class="k-quiet" role="status">{queue.running - listed} more in progress.</p>')
    _rows(studio, queue, rows, now)


def _head(studio: Studio, running: int, failed: Sequence[Task], settled: Sequence[Task], rows: int) -> None:
    with st.container(key="strip_head", horizontal=True, vertical_alignment="center", gap="small"):
        title, count = ("In progress", running) if running else ("Queue", 0)
        number = f" <span>{count}</span>" if count else ""
        st.html(f'<h2 class="k-section" id="in-progress">{title}{number}</h2>', width="content")
        if failed:
            _attention(studio, failed, settled)
        if rows > IN_VIEW:
            is_open = state.queue_open.get()
            st.button(
                "Show less" if is_open else f"Show all {rows}",
                key="queue_all",
                type="tertiary",
                icon=":material/unfold_less:" if is_open else ":material/unfold_more:",
                on_click=state.queue_open.set,
                args=(not is_open,),
            )


def _attention(studio: Studio, failed: Sequence[Task], settled: Sequence[Task]) -> None:
    """Summary of failures; those that may have been charged are counted and never dismissed with the others."""
    may_be_paid = len(failed) - len(settled)
    paid = f" · {may_be_paid} may have been charged" if may_be_paid else ""
    st.html(
        f'<p class="k-attention" id="needs-attention"><b>Needs attention</b> <span>{len(failed)}</span>{paid}</p>',
        width="content",
    )
    if settled:
        st.button(
            "Dismiss all" if len(settled) == len(failed) else f"Dismiss {len(settled)}",
            key="dismiss_all",
            type="tertiary",
            on_click=_dismiss_all,
            args=(studio, _ids(settled)),
        )


def _rows(studio: Studio, queue: QueueSnapshot, rows: Sequence[Task | BatchProgress], now: datetime) -> None:
    with st.container(key="queue_place"):
        pressed_row.show()
        if not rows or all(_is_old_result(row) for row in rows):
            st.html('<i class="k-idle"></i>')  # on a phone the strip then covers nothing
        if not rows:
            st.html('<p class="k-no-tasks">Tasks appear here while they run.</p>')
            return
        if state.queue_open.get() and len(rows) > IN_VIEW:
            st.html(OPENED)
        # CSS makes the grid: in `st.grid` a row loses focus, or a click, when other rows are added or removed.
        with st.container(key="queue"), st.container(key="task_grid", gap="small"):
            for row in rows:
                if isinstance(row, BatchProgress):
                    batch_card.show(studio, row)
                else:
                    task_row.show(studio, queue, row, now)


def _is_old_result(row: Task | BatchProgress) -> bool:
    return isinstance(row, Task) and row.status is Status.COMPLETED and row.task_id not in state.finished.get()


@notify_errors
def _dismiss_all(studio: Studio, task_ids: list[str]) -> None:
    for task_id in task_ids:
        studio.tasks.dismiss(task_id)


def report_ended(studio: Studio, ended: frozenset[str]) -> None:
    """Record tasks that ended; one toast for all failures, none for results, which appear on the page."""
    failed = []
    for task_id in ended:
        try:
            task = studio.tasks.get(task_id)
        except NotFound:
            continue
        if task.status is Status.COMPLETED:
            state.finished.set((*state.finished.get(), task_id)[-MAX_FINISHED:])
            _signal(task, ui_text.ready(task))
        elif task.status is Status.FAILED and task.dismissed_at is None:  # else it only dropped off a long list
            failed.append(task)
            _signal(task, f"{ui_text.output_label(task)} {ui_text.why_failed(task)}.")
    if failed:
        state.notify(ui_text.failed_toast(failed), icon=":material/error:", link=("Show it", "#needs-attention"))


def _signal(task: Task, heading: str) -> None:
    news = (task.task_id, heading, ui_text.one_line(task.request.prompt, PROMPT_CHARS))
    state.ended.set((*state.ended.get(), news)[-MAX_NEWS:])
