"""What the ledger must say about a task, by what its row says: pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from kaimedia.domain import ErrorCode, Phase
from kaimedia.domain.ledger import Basis, EntryKind, LedgerNote

SMALLEST = 1e-6  # credits; smaller differences come from floating-point arithmetic
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class TaskState:
    """What decides about the cost of a task, from its row. `credits_actual` is what the provider reported."""

    phase: Phase
    error_code: ErrorCode | None = None
    may_have_cost: bool = False
    credits_estimated: float | None = None
    credits_actual: float | None = None
    due_at: datetime | None = None
    dismissed_at: datetime | None = None

    @property
    def is_generated(self) -> bool:
        """True once the provider has made it, saved or not: then it is charged."""
        return self.phase in (Phase.SAVING, Phase.DONE) or (
            self.phase is Phase.FAILED and self.error_code is ErrorCode.NOT_SAVED
        )

    @property
    def is_open(self) -> bool:
        """True while it may still turn out what it costs."""
        if self.phase is not Phase.FAILED:
            return True
        is_watched = self.due_at is not None or self.error_code is ErrorCode.OUTCOME_UNKNOWN
        return self.may_have_cost and is_watched and self.dismissed_at is None

    @property
    def credits_known(self) -> float | None:
        """The best known amount: reported, else by the list price."""
        return self.credits_estimated if self.credits_actual is None else self.credits_actual


@dataclass(frozen=True, slots=True)
class Entered:
    """What the ledger says about a task so far: sums in credits, and how the spent amount is known."""

    reserved: float = 0.0
    spent: float = 0.0  # settled and refunded
    written_off: float = 0.0
    is_settled: bool = False
    is_reported: bool = False


@dataclass(frozen=True, slots=True)
class Correction:
    """An entry to add."""

    kind: EntryKind
    basis: Basis
    credits: float
    note: LedgerNote | None = None


def corrections(task: TaskState, entered: Entered) -> Iterator[Correction]:
    """The entries that are missing; none when the ledger agrees with the task.

    What was settled stays settled while a task is fetched again; only another report by the provider changes it.
    """
    if task.is_generated or entered.is_settled:
        yield from _changed(EntryKind.RESERVED, 0.0, entered.reserved)
        yield from _taken_back(entered)
        yield from _settled(task, entered)
        return
    reserved, written_off = 0.0, 0.0
    amount = task.credits_known or 0.0
    if task.is_open:
        reserved = amount
    elif task.may_have_cost:
        written_off = amount
    elif task.credits_actual:  # failed, and charged nevertheless
        yield from _settled(task, entered)
    yield from _changed(EntryKind.RESERVED, reserved, entered.reserved)
    if written_off:
        basis = Basis.ESTIMATE if task.credits_actual is None else Basis.REPORTED
        yield from _changed(EntryKind.WRITTEN_OFF, written_off, entered.written_off, basis, _reason(task))
    else:
        yield from _taken_back(entered)


def _settled(task: TaskState, entered: Entered) -> Iterator[Correction]:
    note = LedgerNote.FAILED if task.phase is Phase.FAILED and not task.is_generated else None
    if task.credits_actual is not None:
        change = round(task.credits_actual - entered.spent, _DIGITS)
        if abs(change) >= SMALLEST or not (entered.is_settled and entered.is_reported):
            is_refund = change < 0 and entered.is_reported
            kind = EntryKind.REFUNDED if is_refund else EntryKind.SETTLED
            yield Correction(kind, Basis.REPORTED, change, note)
    elif not entered.is_settled:
        unknown = LedgerNote.PRICE_UNKNOWN if task.credits_estimated is None else note
        yield Correction(EntryKind.SETTLED, Basis.ESTIMATE, task.credits_estimated or 0.0, unknown)


def _taken_back(entered: Entered) -> Iterator[Correction]:
    yield from _changed(EntryKind.WRITTEN_OFF, 0.0, entered.written_off, note=LedgerNote.FOUND)


def _changed(
    kind: EntryKind, wanted: float, current: float, basis: Basis = Basis.ESTIMATE, note: LedgerNote | None = None
) -> Iterator[Correction]:
    change = round(wanted - current, _DIGITS)
    if abs(change) >= SMALLEST:
        yield Correction(kind, basis, change, note)


def _reason(task: TaskState) -> LedgerNote:
    if task.error_code is ErrorCode.OUTCOME_UNKNOWN:
        return LedgerNote.OUTCOME_UNKNOWN
    return LedgerNote.ABANDONED if task.error_code is ErrorCode.CANCELLED else LedgerNote.EXPIRED
