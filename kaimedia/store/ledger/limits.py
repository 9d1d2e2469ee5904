"""Spending limits: stored, and checked in the transaction that creates the tasks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select
from sqlmodel import Session

from kaimedia.domain.limits import LimitScope, LimitUse, SpendingLimit, period_start, resets_at
from kaimedia.errors import LimitReached
from kaimedia.store.database.database import Database
from kaimedia.store.ledger.quarters import quarter_from
from kaimedia.store.ledger_tables import LEDGER_SUMS, LIMITS
from kaimedia.store.statements import insert_into

LOCK = 0x6B61696C  # an arbitrary fixed number
_ORDER = {scope.value: position for position, scope in enumerate(LimitScope)}
_NAMES = {LimitScope.TASK: "limit for one task", LimitScope.DAY: "daily limit", LimitScope.MONTH: "monthly limit"}
_LIFT = "raise or remove it in Settings, with `python -m kaimedia limits`, or with PUT /api/limits"


@dataclass(frozen=True, slots=True)
class Charge:
    """What a task that is about to be created may cost, None where that is not known; `is_open`: at least that."""

    provider: str
    token_id: str
    credits: float | None
    usd_per_credit: float | None
    is_open: bool = False

    def in_unit_of(self, limit: SpendingLimit) -> float | None:
        """The amount in credits or US dollars, as the limit counts."""
        if limit.credits is not None or self.credits is None:
            return self.credits
        return None if self.usd_per_credit is None else self.credits * self.usd_per_credit


class SpendingLimits:
    """The limits of a database. Safe to share between threads; every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[SpendingLimit]:
        """Every limit; those for everything first, and each by task, day, month."""
        with self._database.read() as session:
            return _limits(session)

    def replace(self, limits: Iterable[SpendingLimit], now: datetime) -> None:
        """Make these the only limits; those of scopes that only a newer version knows stay."""
        with self._database.write() as session:
            _lock(session)
            session.execute(delete(LIMITS).where(LIMITS.c.scope.in_(_ORDER)))
            _set(session, limits, now)

    def change(
        self, limits: Iterable[SpendingLimit], now: datetime, *, lifting: Iterable[tuple[LimitScope, str]] = ()
    ) -> int:
        """Set these limits, lift others (each a scope and a token id), keep the rest; returns how many it lifted."""
        lifted = 0
        with self._database.write() as session:
            _lock(session)
            for scope, token_id in lifting:
                which = LIMITS.c.scope == scope.value, LIMITS.c.token_id == token_id
                lifted += len(session.execute(delete(LIMITS).where(*which).returning(LIMITS.c.scope)).all())
            _set(session, limits, now)
        return lifted

    def uses(self, provider: str, now: datetime, *, token_id: str | None = None) -> list[LimitUse]:
        """Every limit and its use, credits at this provider; with `token_id`, only those that apply to its tasks."""
        with self._database.read() as session:
            limits = _limits(session) if token_id is None else _limits(session, {token_id})
            return [_use(session, limit, provider, now) for limit in limits]

    def providers(self, now: datetime) -> list[str]:
        """The providers that anything was requested from this month."""
        sums, month = LEDGER_SUMS.c, quarter_from(period_start(LimitScope.MONTH, now))
        with self._database.read() as session:
            statement = select(sums.provider).where(sums.quarter >= month).distinct().order_by(sums.provider)
            return list(session.execute(statement).scalars())


def check_limits(session: Session, charges: Sequence[Charge], now: datetime) -> None:
    """Check that these tasks may be created, all together; what they reserve must be written in this transaction.

    Until it ends, no other process can check. Days and months count the tasks created in them.

    Raises:
        LimitReached: A limit leaves less than they may cost, or the most they cost is not known. Nothing was written.
    """
    tokens = {charge.token_id for charge in charges}
    if not charges or not _limits(session, tokens):
        return
    _lock(session)
    for limit in _limits(session, tokens):
        applying = [charge for charge in charges if limit.token_id in ("", charge.token_id)]
        _check_known(limit, applying)
        for some in _counted_together(limit, applying):
            _check(session, limit, some, now)


def _lock(session: Session) -> None:
    """Until the transaction ends, nobody else checks or changes limits."""
    if session.get_bind().dialect.name == "postgresql":  # on SQLite there is only one writer
        session.execute(select(func.pg_advisory_xact_lock(LOCK)))


def _set(session: Session, limits: Iterable[SpendingLimit], now: datetime) -> None:
    for limit in limits:
        amounts = {"credits": limit.credits, "usd": limit.usd, "changed_at": now}
        adding = insert_into(session, LIMITS).values(scope=limit.scope.value, token_id=limit.token_id, **amounts)
        session.execute(adding.on_conflict_do_update(index_elements=[*LIMITS.primary_key.columns], set_=amounts))


def _counted_together(limit: SpendingLimit, charges: list[Charge]) -> Iterator[list[Charge]]:
    if limit.scope is LimitScope.TASK:
        yield from ([charge] for charge in charges)
    elif limit.credits is None:
        yield charges
    else:  # each provider has its own credits
        for provider in sorted({charge.provider for charge in charges}):
            yield [charge for charge in charges if charge.provider == provider]


def _check_known(limit: SpendingLimit, charges: list[Charge]) -> None:
    """Raise `LimitReached` if it is not known what one of these costs at most."""
    amounts = [(charge.in_unit_of(limit), charge.is_open) for charge in charges]
    unknown = [amount for amount, is_open in amounts if amount is None or is_open]
    if not unknown:
        return
    if len(charges) > 1:
        what = f"What {len(unknown)} of these {len(charges)} tasks cost at most is not known"
    elif unknown[0] is None:
        what = "The price is not known"
    else:
        what = f"This costs at least {limit.text(unknown[0])}; how much more is not known"
    raise LimitReached(
        f"{what}, so the {_name(limit)} of {limit.text(limit.amount)} cannot be kept.",
        next_step=f"Choose a model or settings with a fixed price. To go on without the limit, {_LIFT}. "
        "Nothing was sent.",
        limit=limit,
    )


def _check(session: Session, limit: SpendingLimit, charges: list[Charge], now: datetime) -> None:
    needed = sum(charge.in_unit_of(limit) or 0.0 for charge in charges)
    use = _use(session, limit, charges[0].provider, now)
    if use.fits(needed):
        return
    what = "this may cost" if len(charges) == 1 else f"these {len(charges)} tasks may cost"
    left = "" if limit.scope is LimitScope.TASK else f", {limit.text(use.left)} of it left"
    is_too_much = limit.scope is not LimitScope.TASK and not replace(use, used=0.0).fits(needed)
    more = ", more than the whole limit" if is_too_much else ""
    raise LimitReached(
        f"The {_name(limit)} is {limit.text(limit.amount)}{left}; {what} {limit.text(needed)}{more}.",
        next_step=_next_step(None if is_too_much else use.resets_at, is_single=len(charges) == 1),
        limit=limit,
    )


def _name(limit: SpendingLimit) -> str:
    return _NAMES[limit.scope] + (" of this API token" if limit.token_id else "")


def _next_step(resets_at: datetime | None, *, is_single: bool) -> str:
    """What to do; `resets_at` is None where waiting does not help."""
    if resets_at is None:
        fewer = "" if is_single else "fewer tasks or "
        return f"Choose {fewer}a cheaper model or setting, or {_LIFT}. Nothing was sent."
    return f"It resets on {resets_at:%Y-%m-%d} at 00:00 UTC. To go on now, {_LIFT}. Nothing was sent."


def _use(session: Session, limit: SpendingLimit, provider: str, now: datetime) -> LimitUse:
    if limit.scope is LimitScope.TASK:
        return LimitUse(limit, 0.0, None)
    sums = LEDGER_SUMS.c
    amount = sums.usd + sums.usd_reserved if limit.credits is None else sums.credits + sums.reserved
    which = [sums.quarter >= quarter_from(period_start(limit.scope, now))]
    if limit.credits is not None:
        which.append(sums.provider == str(provider))
    if limit.token_id:
        which.append(sums.token_id == limit.token_id)
    used = session.execute(select(func.sum(amount)).where(*which)).scalar() or 0.0
    of_one = "" if limit.credits is None else str(provider)
    return LimitUse(limit, round(float(used), 6), resets_at(limit.scope, now), of_one)


def _limits(session: Session, tokens: Collection[str] | None = None) -> list[SpendingLimit]:
    statement = select(LIMITS)
    if tokens is not None:
        statement = statement.where(LIMITS.c.token_id.in_({"", *tokens}))
    rows = [row for row in session.execute(statement) if row.scope in _ORDER]  # a newer version may know others
    return [_limit(row) for row in sorted(rows, key=lambda row: (row.token_id, _ORDER[row.scope]))]


def _limit(row: Row[Any]) -> SpendingLimit:
    return SpendingLimit(LimitScope(row.scope), row.credits, row.usd, row.token_id)
