"""What the queue of Generate is drawn from, read at once, and whether a refresh would draw anything new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kaimedia.domain import BatchProgress, ErrorCode, Media, Phase, Status, Task, utc_now
from kaimedia.errors import KaimediaError
from kaimedia.models.spec import ModelSpec
from kaimedia.presets import Preset
from kaimedia.studio import Outage, Studio, TypicalTime, is_resumable, left_text, unsaved_of
from kaimedia.ui import state
from kaimedia.ui.generate import batch_news, batch_text, progress_text

MAX_SHOWN = 100  # the studio lists no more; the oldest are left out
_ENDED = frozenset({Phase.DONE, Phase.FAILED})


@dataclass(frozen=True, slots=True)
class QueueSnapshot:
    """The queue at one moment, without what the user opened or was asked in this session.

    `tasks` run or failed; `finished` ended while the page was open. `running` counts also those beyond the end of the
    list. `media`, `specs`, `usual` (times) and `letters` (of tasks whose model is hidden) are by task id.
    """

    tasks: Sequence[Task]
    batches: Sequence[BatchProgress]
    finished: Sequence[Task]
    running: int
    media: Mapping[str, Sequence[Media]]
    specs: Mapping[str, ModelSpec]
    usual: Mapping[str, TypicalTime | None]
    letters: Mapping[str, str]
    styles: Sequence[Preset]
    outage: Outage | None


def running_ids(tasks: Sequence[Task]) -> frozenset[str]:
    """The ids of those that run."""
    return frozenset(task.task_id for task in tasks if task.status is not Status.FAILED and task.hold_code is None)


def is_settled(task: Task) -> bool:
    """True of a failed task whose row can be dismissed without losing anything that may have been charged."""
    is_unknown = task.error_code is ErrorCode.OUTCOME_UNKNOWN
    return task.status is Status.FAILED and not (is_unknown or task.may_have_cost or is_resumable(task))


def read(studio: Studio, now: datetime) -> QueueSnapshot:
    """Read it. Raises StoreUnavailable."""
    tasks, batches = studio.tasks.shown(), studio.batches.shown()
    finished = _finished(studio, has_others=bool(batches) or not all(map(is_settled, tasks)))
    rows = [*tasks, *finished]
    models = {spec.id: spec for spec in studio.catalog.models()}
    specs = {task.task_id: models[task.model] for task in rows if task.model in models}
    letters = _letters(studio, batches, rows)
    unanswered = sum(each.unanswered for each in batches)
    return QueueSnapshot(
        tasks=tasks,
        batches=batches,
        finished=finished,
        running=_count_running(studio, tasks, batches),
        media=studio.gallery.of_tasks([task.task_id for task in finished]),
        specs=specs,
        usual={
            task.task_id: studio.typical_times.of(specs[task.task_id], task.provider, task.request)
            for task in tasks
            if task.status is not Status.FAILED and task.task_id in specs and task.task_id not in letters
        },
        letters=letters,
        styles=studio.styles.all().items,
        outage=studio.outages.current(tasks, now, also_waiting=unanswered),
    )


def _finished(studio: Studio, *, has_others: bool) -> list[Task]:
    """Tasks completed while the page was open, newest first; the last result when there is nothing else."""
    known = studio.tasks.by_ids(state.finished.get())
    done = [task for each in state.finished.get() if (task := known.get(each)) and task.status is Status.COMPLETED]
    if not done and not has_others:
        last = studio.tasks.last_done()
        return [last] if last else []
    return sorted(done, key=lambda task: task.completed_at or task.created_at, reverse=True)


def _count_running(studio: Studio, tasks: Sequence[Task], batches: Sequence[BatchProgress]) -> int:
    if len(tasks) < MAX_SHOWN:
        return len(running_ids(tasks)) + batch_news.running(batches)
    unended = sum(number for phase, number in studio.tasks.queue_depth().items() if phase not in _ENDED)
    return unended - studio.holds.count() - sum(each.unsent for each in batches if each.is_paused)


def _letters(studio: Studio, batches: Sequence[BatchProgress], rows: Sequence[Task]) -> dict[str, str]:
    """The letters of the tasks whose model is hidden until a choice; batches of prompts that are drawn hide none."""
    known = {each.batch.id for each in batches if not each.batch.is_blind}
    wanted = {task.batch_id for task in rows if task.batch_id is not None}
    return studio.comparisons.hidden_letters(wanted - known)


def drawn_from(queue: QueueSnapshot, now: datetime) -> tuple[object, ...] | None:
    """What decides how the queue is drawn, apart from the seconds that running tasks took so far, to compare.

    None where it also depends on other things: while there is an outage or an open batch, whose tasks are read when it
    is drawn, or a task whose outcome is unknown, or something to tell the whole page.
    """
    opened = state.opened_tasks.get()
    if (
        queue.outage is not None
        or any(task.error_code is ErrorCode.OUTCOME_UNKNOWN for task in queue.tasks)
        or any(batch_text.row_id(each.batch.id) in opened for each in queue.batches)
        or batch_news.is_due(queue.batches)
        or state.running.get() != running_ids(queue.tasks)
        or state.needs_rerun.get()
        or state.notices.get()
    ):
        return None
    session = opened, state.open_question.get(), state.queue_open.get(), state.finished.get(), state.ended.get()
    said = [_said(task, queue.usual.get(task.task_id), now) for task in queue.tasks]
    return session, said, replace(queue, tasks=[_without_schedule(task) for task in queue.tasks])


def _without_schedule(task: Task) -> Task:
    """The task without what changes at every poll of a running one."""
    if task.status is Status.FAILED:
        return task
    return replace(task, due_at=None, updated_at=task.created_at, attempts=0)


def _said(task: Task, usual: TypicalTime | None, now: datetime) -> tuple[bool, str]:
    """What is said about a task that depends on the time: whether it takes long, how long its result can be fetched."""
    is_long = usual is not None and usual.is_exceeded(progress_text.elapsed_s(task, now))
    unsaved = unsaved_of(task)
    return is_long, left_text(unsaved, now) if unsaved is not None else ""


def current(studio: Studio) -> tuple[object, ...] | None:
    """`drawn_from` of the queue as it is now; None while it cannot be read."""
    now = utc_now()
    try:
        return drawn_from(read(studio, now), now)
    except KaimediaError:
        return None
