"""Settles a task by how the balance changed, where its provider reports no price and no other task can explain it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select
from sqlmodel import Session

from kaimedia.domain import Phase
from kaimedia.domain.ledger import Basis, EntryKind
from kaimedia.store.ledger.targets import SMALLEST, Correction
from kaimedia.store.ledger.writer import add_entry
from kaimedia.store.ledger_tables import BALANCES, LEDGER
from kaimedia.store.tables import TASKS

MOST_TIMES_THE_PRICE = 2.0  # a larger change has other reasons: the account is used elsewhere too
_RUNNING = [phase.value for phase in (Phase.SENDING, Phase.WAITING, Phase.GENERATING)]


@dataclass(frozen=True, slots=True)
class _Settled:
    """A task settled by its list price."""

    task_id: str
    sent_at: datetime
    credits_estimated: float


def settle_by_balance(session: Session, provider: str, credits: float, at: datetime, key_id: str) -> None:
    """Correct the one task that ended since the balance before this one, if nothing else can have changed it.

    Call it in the transaction that stores the balance reported `at`, before storing it. It does nothing where several
    tasks were under way, the balance rose in between, it changed by more than the task can cost, or another key was
    used. Without a list price there is no telling what a task can cost.
    """
    previous = _last_reading(session, provider, at)
    task = _candidate(session, provider, previous.at, at) if previous else None
    if task is None:
        return
    before = _last_reading(session, provider, task.sent_at)
    if before is None or _others(session, provider, task.task_id, before.at, at):
        return
    if _has_other_key(session, provider, before.at, at, key_id):
        return
    if _has_risen(session, provider, before.at, at, credits):
        return
    spent = before.credits - credits
    if spent < SMALLEST or spent > MOST_TIMES_THE_PRICE * task.credits_estimated + SMALLEST:
        return
    change = round(spent - task.credits_estimated, 6)
    add_entry(session, task.task_id, Correction(EntryKind.SETTLED, Basis.BALANCE, change), at)


def _last_reading(session: Session, provider: str, moment: datetime) -> Row[Any] | None:
    which = BALANCES.c.provider == provider, BALANCES.c.at <= moment
    newest = BALANCES.c.at.desc(), BALANCES.c.id.desc()
    return session.execute(select(BALANCES.c.credits, BALANCES.c.at).where(*which).order_by(*newest).limit(1)).first()


def _candidate(session: Session, provider: str, since: datetime, until: datetime) -> _Settled | None:
    """The task settled by its list price in that time; None if there is no or more than one such task, or no price."""
    is_settled = LEDGER.c.kind == EntryKind.SETTLED.value
    statement = (
        select(TASKS.c.task_id, TASKS.c.sent_at, TASKS.c.credits_estimated)
        .join(LEDGER, LEDGER.c.task_id == TASKS.c.task_id)
        .where(*_within(provider, since, until), is_settled, TASKS.c.sent_at.is_not(None))
        .group_by(TASKS.c.task_id, TASKS.c.sent_at, TASKS.c.credits_estimated)
        .limit(2)
    )
    found = session.execute(statement).all()
    if len(found) != 1 or found[0].credits_estimated is None:
        return None
    task = _Settled(*found[0])
    # Locked, so that neither a report of the provider nor another balance is entered at the same moment.
    session.execute(select(TASKS.c.id).where(TASKS.c.task_id == task.task_id).with_for_update())
    bases = session.execute(select(LEDGER.c.basis).where(LEDGER.c.task_id == task.task_id, is_settled)).scalars()
    return task if set(bases) == {Basis.ESTIMATE.value} else None


def _others(session: Session, provider: str, task_id: str, since: datetime, until: datetime) -> bool:
    """True if another task was created, charged, released or under way in that time."""
    entered = select(LEDGER.c.id).where(*_within(provider, since, until), LEDGER.c.task_id != task_id).limit(1)
    if session.execute(entered).first() is not None:
        return True
    may_change = and_(
        TASKS.c.phase == Phase.FAILED.value,
        TASKS.c.may_have_cost,
        or_(TASKS.c.due_at.is_not(None), TASKS.c.sent_at >= since),
    )
    others = TASKS.c.provider == provider, TASKS.c.task_id != task_id, or_(TASKS.c.phase.in_(_RUNNING), may_change)
    return session.execute(select(TASKS.c.id).where(*others).limit(1)).first() is not None


def _within(provider: str, since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return LEDGER.c.provider == provider, LEDGER.c.at >= since, LEDGER.c.at <= until


def _has_other_key(session: Session, provider: str, since: datetime, until: datetime, key_id: str) -> bool:
    """True if a balance in that time was read with another key."""
    which = BALANCES.c.provider == provider, BALANCES.c.at >= since, BALANCES.c.at <= until, BALANCES.c.key_id != key_id
    return session.execute(select(BALANCES.c.id).where(*which).limit(1)).first() is not None


def _has_risen(session: Session, provider: str, since: datetime, until: datetime, last: float) -> bool:
    """True if the account was topped up, or something was given back, between these balances."""
    which = BALANCES.c.provider == provider, BALANCES.c.at >= since, BALANCES.c.at <= until
    order = BALANCES.c.at, BALANCES.c.id
    readings = [*session.execute(select(BALANCES.c.credits).where(*which).order_by(*order)).scalars(), last]
    return any(later > earlier + SMALLEST for earlier, later in pairwise(readings))
