"""Reading tasks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, TextClause, and_, bindparam, func, not_, select, text, true
from sqlmodel import Session

from kaimedia.domain import Media, Page, Phase, Status, Task
from kaimedia.errors import NotFound
from kaimedia.store import cursors
from kaimedia.store.database.database import Database
from kaimedia.store.prepared import KEPT_LISTS, PreparedSelect, Reader, in_list, is_in_list
from kaimedia.store.rows import load_tasks, media_from_columns, task_from_columns
from kaimedia.store.statements import chunks
from kaimedia.store.tables import MEDIA, MEDIA_INPUTS, SHOWN, TASKS
from kaimedia.store.tasks.batch_table import BATCHES

LISTING = "tasks"
_HAS_RESULTS = (
    TASKS.c.status == Status.COMPLETED.value,
    select(MEDIA.c.id)
    .where(MEDIA.c.task_id == TASKS.c.task_id, MEDIA.c.status == Status.COMPLETED.value, MEDIA.c.deleted_at.is_(None))
    .exists(),
)
_BY_ID = PreparedSelect(select(TASKS).where(TASKS.c.task_id == bindparam("task_id")))
_MEDIA_BY_TASK = PreparedSelect(
    select(MEDIA)
    .where(MEDIA.c.task_id == bindparam("task_id"), MEDIA.c.deleted_at.is_(None))
    .order_by(MEDIA.c.variant, MEDIA.c.id)
)
_COUNTS = PreparedSelect(select(TASKS.c.phase, func.count().label("number")).group_by(TASKS.c.phase))
_UNFINISHED = tuple(phase for phase in Phase if phase not in (Phase.DONE, Phase.FAILED))
_UNFINISHED_COUNTS = PreparedSelect(
    select(TASKS.c.phase, func.count().label("number"))
    .where(TASKS.c.phase.in_([phase.value for phase in _UNFINISHED]))
    .group_by(TASKS.c.phase)
)


def _newest_of(*which: ColumnElement[bool] | TextClause, columns: Sequence[Any] = (TASKS,)) -> PreparedSelect:
    """These columns of the newest `limit` tasks."""
    newest = select(*columns).where(*which).order_by(*cursors.order(TASKS, newest_first=True))
    return PreparedSelect(newest.limit(bindparam("limit", type_=Integer)))


# Tasks that a batch stands for.
_COUNTED = and_(
    TASKS.c.batch_id.is_not(None),
    TASKS.c.status != Status.FAILED.value,
    TASKS.c.hold_code.is_(None),
    TASKS.c.batch_id.in_(select(BATCHES.c.id).where(BATCHES.c.dismissed_at.is_(None))),
)
_SHOWN = _newest_of(text(SHOWN), not_(_COUNTED))
_RECENT_DONE = _newest_of(*_HAS_RESULTS)
_ENDED_AT = func.coalesce(TASKS.c.completed_at, TASKS.c.created_at).label("ended_at")
_RECENT_ENDS = _newest_of(*_HAS_RESULTS, columns=(TASKS.c.task_id, _ENDED_AT))
_RUNNING = PreparedSelect(
    select(func.count().label("number"))
    .select_from(TASKS)
    .where(
        text(SHOWN), TASKS.c.status.in_((Status.PENDING.value, Status.PROCESSING.value)), TASKS.c.is_paused.is_(False)
    )
)


@lru_cache
def _page(status: Status | None, is_first: bool) -> PreparedSelect:
    statement = select(TASKS, cursors.key(TASKS)).where(_has(status))
    if not is_first:
        statement = statement.where(cursors.beyond(TASKS, newest_first=True))
    statement = statement.order_by(*cursors.order(TASKS, newest_first=True))
    return PreparedSelect(statement.limit(bindparam("limit", type_=Integer)))


@lru_cache
def _count(status: Status | None) -> PreparedSelect:
    return PreparedSelect(select(func.count().label("number")).select_from(TASKS).where(_has(status)))


def _has(status: Status | None) -> ColumnElement[bool]:
    return true() if status is None else TASKS.c.status == status.value


@lru_cache(KEPT_LISTS)
def _media_ids(count: int) -> PreparedSelect:
    """The ids of the media of that many tasks that are not deleted, in variant order."""
    ids = select(MEDIA.c.task_id, MEDIA.c.id).where(is_in_list(MEDIA.c.task_id, count), MEDIA.c.deleted_at.is_(None))
    return PreparedSelect(ids.order_by(MEDIA.c.variant, MEDIA.c.id))


class TaskReader:
    """Reads tasks. Safe to share between threads; every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, task_id: str) -> Task:
        """One task by our id.

        Raises:
            NotFound: There is none.
        """
        with self._database.read() as session:
            return one_task(session, TASKS.c.task_id == task_id)

    def with_media(self, task_id: str) -> tuple[Task, list[Media]]:
        """One task by our id, and its media that are not deleted, in variant order.

        Raises:
            NotFound: There is none.
        """
        with self._database.read_prepared() as reader:
            stored = _BY_ID.one(reader, task_id=task_id)
            media = [media_from_columns(each) for each in _MEDIA_BY_TASK.rows(reader, task_id=task_id)]
        if stored is None:
            raise NotFound("There is no such task.")
        return task_from_columns(stored, tuple(item.id for item in media)), media

    def by_ids(self, task_ids: Collection[str]) -> list[Task]:
        """The tasks that exist, in no particular order."""
        if not task_ids:
            return []
        with self._database.read() as session:
            return [
                task
                for batch in chunks(task_ids)
                for task in load_tasks(session, select(TASKS).where(TASKS.c.task_id.in_(batch)))
            ]

    def by_nonce(self, nonce: str) -> Task:
        """The task whose callback URL contains `nonce`.

        Raises:
            NotFound: There is none.
        """
        with self._database.read() as session:
            return one_task(session, TASKS.c.nonce == nonce)

    def by_provider_id(self, provider: str, provider_task_id: str) -> Task | None:
        """The task of this app with that ID at the provider, or None."""
        with self._database.read() as session:
            where = TASKS.c.provider == provider, TASKS.c.provider_task_id == provider_task_id
            found = load_tasks(session, select(TASKS).where(*where).limit(1))
        return found[0] if found else None

    def models_made_from(self, media_id: int) -> set[str]:
        """The models of the tasks that started from an item and have not failed, even if the result is in the trash."""
        statement = (
            select(TASKS.c.model)
            .join(MEDIA, MEDIA.c.task_id == TASKS.c.task_id)
            .join(MEDIA_INPUTS, MEDIA_INPUTS.c.media_id == MEDIA.c.id)
            .where(MEDIA_INPUTS.c.parent_id == media_id, TASKS.c.status != Status.FAILED.value)
            .distinct()
        )
        with self._database.read() as session:
            return set(session.execute(statement).scalars())

    def page(self, *, status: Status | None = None, limit: int = 50, cursor: str | None = None) -> Page[Task]:
        """All tasks, newest first.

        Raises:
            InvalidRequest: The cursor does not belong to this listing.
        """
        bound = cursors.bound(LISTING, status=status)
        position = None if cursor is None else cursors.decode(bound, cursor)
        with self._database.read_prepared() as reader:
            (counted,) = _count(status).rows(reader)
            found = _page(status, position is None).rows(reader, limit=limit + 1, **cursors.values(position))
            rows = found[:limit]
            tasks = tuple(_tasks_of(reader, rows))
        last = rows[-1] if len(found) > limit else None
        next_cursor = cursors.encode(bound, cursors.Position(last["position"], last["id"])) if last else None
        return Page(tasks, next_cursor, counted["number"])

    def shown(self, limit: int = 100) -> list[Task]:
        """Tasks that need the user's attention: unfinished ones, and failed ones not dismissed; newest first.

        Unfinished tasks of a batch are left out until it is dismissed: the batch stands for them, unless each is to be
        decided about because this database is a copy.
        """
        return self._newest(_SHOWN, limit)

    def ids_in(self, phases: Collection[Phase]) -> list[str]:
        """The ids of all tasks in these phases."""
        statement = select(TASKS.c.task_id).where(TASKS.c.phase.in_([phase.value for phase in phases]))
        with self._database.read() as session:
            return list(session.execute(statement).scalars())

    def recent_done(self, limit: int) -> list[Task]:
        """Completed tasks that still have media in the gallery, newest first."""
        return self._newest(_RECENT_DONE, limit)

    def recent_ends(self, limit: int) -> dict[str, datetime]:
        """The ids of the same tasks, and when each was completed."""
        with self._database.read_prepared() as reader:
            return {row["task_id"]: row["ended_at"] for row in _RECENT_ENDS.rows(reader, limit=limit)}

    def _newest(self, statement: PreparedSelect, limit: int) -> list[Task]:
        with self._database.read_prepared() as reader:
            return _tasks_of(reader, statement.rows(reader, limit=limit))

    def counts(self) -> dict[Phase, int]:
        """The number of tasks in each phase; includes every phase."""
        with self._database.read_prepared() as reader:
            found = {row["phase"]: row["number"] for row in _COUNTS.rows(reader)}
        return {phase: found.get(phase.value, 0) for phase in Phase}

    def unfinished_counts(self) -> dict[Phase, int]:
        """The same for phases that have not ended; reads only those tasks, which are few."""
        with self._database.read_prepared() as reader:
            found = {row["phase"]: row["number"] for row in _UNFINISHED_COUNTS.rows(reader)}
        return {phase: found.get(phase.value, 0) for phase in _UNFINISHED}

    def running_count(self) -> int:
        """The number of unfinished tasks, without those of paused batches; reads only the tasks shown."""
        with self._database.read_prepared() as reader:
            (counted,) = _RUNNING.rows(reader)
        return int(counted["number"])


def _tasks_of(reader: Reader, rows: Sequence[Mapping[Any, Any]]) -> list[Task]:
    """The read models of whole `tasks` rows, with their media ids."""
    task_ids = [stored["task_id"] for stored in rows]
    media_ids: dict[str, list[int]] = {task_id: [] for task_id in task_ids}
    for stored in _media_ids(len(rows)).rows(reader, **in_list(task_ids)) if rows else ():
        media_ids[stored["task_id"]].append(stored["id"])
    return [task_from_columns(stored, tuple(media_ids[stored["task_id"]])) for stored in rows]


def one_task(session: Session, which: ColumnElement[bool]) -> Task:
    """The single task that matches.

    Raises:
        NotFound: There is none.
    """
    found = load_tasks(session, select(TASKS).where(which))
    if not found:
        raise NotFound("There is no such task.")
    return found[0]
