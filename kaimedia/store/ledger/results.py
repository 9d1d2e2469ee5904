"""What became of what was paid for: results kept, favorites, collections."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Subquery, and_, case, func, select

from kaimedia.domain import Status
from kaimedia.domain.ledger import Basis, EntryKind, LedgerNote
from kaimedia.domain.spending import ModelResults, SpendingRange, Sums
from kaimedia.store.database.database import Database
from kaimedia.store.ledger.spending import IS_CHARGED, IS_SPENT, in_range, sums, sums_of, total
from kaimedia.store.ledger_tables import LEDGER
from kaimedia.store.tables import COLLECTION_MEDIA, MEDIA

NO_COLLECTION = 0
DELETED = -1  # the results are deleted for good


class PaidResults:
    """What tasks have cost beside their results. Thread-safe; every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def by_model(self, where: SpendingRange) -> list[ModelResults]:
        """Each model's cost, results, and list prices against amounts charged; the most expensive first."""
        tasks = _tasks(where)
        is_saved = MEDIA.c.status == Status.COMPLETED.value
        is_kept = and_(is_saved, MEDIA.c.deleted_at.is_(None))
        per_task = (
            select(
                *tasks.c,
                _count(is_saved).label("made"),
                _count(is_kept).label("kept"),
                _count(and_(is_kept, MEDIA.c.is_favorite)).label("favorites"),
            )
            .select_from(tasks.outerjoin(MEDIA, MEDIA.c.task_id == tasks.c.task_id))
            .group_by(*tasks.c)
            .subquery()
        )
        is_compared = and_(per_task.c.reports > 0, per_task.c.unpriced == 0)
        is_silent = and_(per_task.c.settlements > 0, per_task.c.reports == 0)
        is_unreported = and_(is_silent, per_task.c.unpriced == 0)
        statement = (
            select(
                per_task.c.model,
                *(func.sum(per_task.c[name]).label(name) for name in ("credits", "made", "kept", "favorites")),
                func.sum(case((is_compared, 1), else_=0)).label("compared"),
                func.sum(case((is_compared, per_task.c.estimated), else_=0.0)).label("estimated"),
                func.sum(case((is_compared, per_task.c.charged), else_=0.0)).label("actual"),
                func.sum(case((is_unreported, 1), else_=0)).label("unreported"),
                func.sum(case((is_unreported, per_task.c.charged), else_=0.0)).label("guessed"),
                func.sum(case((and_(is_silent, per_task.c.unpriced > 0), 1), else_=0)).label("unpriced"),
            )
            .group_by(per_task.c.model)
            .order_by(func.sum(per_task.c.credits).desc(), per_task.c.model)
        )
        with self._database.read() as session:
            return [_results(row) for row in session.execute(statement)]

    def by_collection(self, where: SpendingRange) -> dict[int, Sums]:
        """The sums by collection id, `NO_COLLECTION` and `DELETED`.

        A task's cost is divided equally among its results; a result in several collections counts in each.
        """
        tasks = _sums_by_task(where)
        shares = (
            select(MEDIA.c.task_id, func.count().label("number"))
            .where(MEDIA.c.task_id.in_(select(tasks.c.task_id)))
            .group_by(MEDIA.c.task_id)
            .subquery()
        )
        place = case(
            (MEDIA.c.id.is_(None), DELETED), else_=func.coalesce(COLLECTION_MEDIA.c.collection_id, NO_COLLECTION)
        )
        joined = (
            tasks.outerjoin(shares, shares.c.task_id == tasks.c.task_id)
            .outerjoin(MEDIA, MEDIA.c.task_id == tasks.c.task_id)
            .outerjoin(COLLECTION_MEDIA, COLLECTION_MEDIA.c.media_id == MEDIA.c.id)
        )
        number = func.coalesce(shares.c.number, 1)
        names = ("credits", "usd", "lost", "reserved")
        paid = case((tasks.c.tasks > 0, tasks.c.task_id))
        statement = (
            select(
                place.label("place"),
                func.count(paid.distinct()).label("tasks"),
                *(func.sum(tasks.c[name] / number).label(name) for name in names),
            )
            .select_from(joined)
            .group_by("place")
        )
        with self._database.read() as session:
            return {row.place: sums_of(row) for row in session.execute(statement)}


def _count(which: Any) -> Any:
    return func.coalesce(func.sum(case((which, 1), else_=0)), 0)


def _tasks(where: SpendingRange) -> Subquery:
    """One row for each task: its list price, what was spent and charged, and whether the provider said how much."""
    is_settled = LEDGER.c.kind == EntryKind.SETTLED.value
    is_listed = LEDGER.c.kind == EntryKind.ESTIMATED.value
    is_unpriced = and_(is_listed, LEDGER.c.note_code == LedgerNote.PRICE_UNKNOWN.value)
    return (
        select(
            LEDGER.c.task_id,
            LEDGER.c.model,
            total(IS_SPENT).label("credits"),
            total(IS_CHARGED).label("charged"),
            total(is_listed).label("estimated"),
            total(is_unpriced, 1).label("unpriced"),
            total(is_settled, 1).label("settlements"),
            total(and_(is_settled, LEDGER.c.basis != Basis.ESTIMATE.value), 1).label("reports"),
        )
        .where(*in_range(where))
        .group_by(LEDGER.c.task_id, LEDGER.c.model)
        .subquery()
    )


def _sums_by_task(where: SpendingRange) -> Subquery:
    return select(LEDGER.c.task_id, *sums()).where(*in_range(where)).group_by(LEDGER.c.task_id).subquery()


def _results(row: Any) -> ModelResults:
    return ModelResults(
        model=row.model,
        credits=float(row.credits),
        made=int(row.made),
        kept=int(row.kept),
        favorites=int(row.favorites),
        compared=int(row.compared),
        estimated=float(row.estimated),
        actual=float(row.actual),
        unreported=int(row.unreported),
        guessed=float(row.guessed),
        unpriced=int(row.unpriced),
    )
