"""What the ledger must say about a task, by what its row says: pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from kaimedia.domain import ErrorCode, Phase
from kaimedia.domain.ledger import Basis, EntryKind, LedgerNote

LOST_NOTES = frozenset(
    {
        *(LedgerNote.FAILED, LedgerNote.OUTCOME_UNKNOWN, LedgerNote.ABANDONED, LedgerNote.EXPIRED),
        *(LedgerNote.NOT_SAVED, LedgerNote.DELETED),
    }
)  # of charged amounts without a result, and of those written off
SMALLEST = 1e-6  # credits; smaller differences come from floating-point arithmetic
_DIGITS = 6


_NOTES = {
    ErrorCode.OUTCOME_UNKNOWN: LedgerNote.OUTCOME_UNKNOWN,
    ErrorCode.CANCELLED: LedgerNote.ABANDONED,
    ErrorCode.EXPIRED: LedgerNote.EXPIRED,
    ErrorCode.NOT_SAVED: LedgerNote.NOT_SAVED,
}


@dataclass(frozen=True, slots=True)
class TaskState:
    """What decides about the cost of a task, from its row. `credits_actual` is what the provider reported.

    `has_results` is only needed of a failed task. `is_deleting` means that the task is deleted next.
    """

    phase: Phase
    error_code: ErrorCode | None = None
    may_have_cost: bool = False
    credits_estimated: float | None = None
    credits_actual: float | None = None
    due_at: datetime | None = None
    dismissed_at: datetime | None = None
    has_results: bool = False
    is_deleting: bool = False

    @property
    def is_generated(self) -> bool:
        """True once the provider has made it, saved or not: then it is charged."""
        return self.phase in (Phase.SAVING, Phase.DONE) or (
            self.phase is Phase.FAILED and self.error_code is ErrorCode.NOT_SAVED
        )

    @property
    def is_open(self) -> bool:
        """True while it may still turn out what it costs."""
        return self.phase is not Phase.FAILED or (self._is_undecided and not self.is_deleting)

    @property
    def _is_undecided(self) -> bool:
        """True for a failed task that may still be charged or saved."""
        is_watched = self.due_at is not None or self.error_code is ErrorCode.OUTCOME_UNKNOWN
        return self.may_have_cost and is_watched and self.dismissed_at is None

    @property
    def lost_as(self) -> LedgerNote | None:
        """Why there is no result and will be none; None if there is one or may still be one."""
        if self.is_open or self.has_results:
            return None
        if self._is_undecided:
            return LedgerNote.DELETED
        return _NOTES.get(self.error_code, LedgerNote.FAILED) if self.error_code else LedgerNote.FAILED

    @property
    def credits_known(self) -> float | None:
        """The best known amount: reported, else by the list price."""
        return self.credits_estimated if self.credits_actual is None else self.credits_actual


@dataclass(frozen=True, slots=True)
class Entered:
    """What the ledger says about a task so far: sums in credits, and how the spent amount is known.

    `lost` is the part of `spent` whose entries say that there is no result; `lost_as` is the note of the last of them.
    """

    reserved: float = 0.0
    spent: float = 0.0  # settled and refunded
    written_off: float = 0.0
    is_settled: bool = False
    is_reported: bool = False
    lost: float = 0.0
    lost_as: LedgerNote | None = None


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
        note = LedgerNote.EXPIRED if task.lost_as in (None, LedgerNote.FAILED) else task.lost_as
        yield from _changed(EntryKind.WRITTEN_OFF, written_off, entered.written_off, basis, note)
    else:
        yield from _taken_back(entered)


def _settled(task: TaskState, entered: Entered) -> Iterator[Correction]:
    """What is charged, with a note where there is no result for it."""
    charge = _charge(task, entered)
    change = charge.credits if charge else 0.0
    spent = entered.spent + change
    note = task.lost_as if abs(spent) >= SMALLEST else None
    lost = spent if note else 0.0
    if charge and abs(entered.lost + change - lost) < abs(entered.lost - lost):
        yield replace(charge, note=charge.note or note or entered.lost_as)
        moved = lost - entered.lost - change
    else:
        if charge:
            yield charge
        moved = lost - entered.lost
    moved = round(moved, _DIGITS)
    if abs(moved) >= SMALLEST:  # charged before it was known whether there is a result
        basis = Basis.REPORTED if entered.is_reported else Basis.ESTIMATE
        yield Correction(EntryKind.SETTLED, basis, -moved)
        yield Correction(EntryKind.SETTLED, basis, moved, note or entered.lost_as)


def _charge(task: TaskState, entered: Entered) -> Correction | None:
    """The difference to what was entered so far; None if there is none."""
    if task.credits_actual is not None:
        change = round(task.credits_actual - entered.spent, _DIGITS)
        if abs(change) < SMALLEST and entered.is_settled and entered.is_reported:
            return None
        is_refund = change < 0 and entered.is_reported
        return Correction(EntryKind.REFUNDED if is_refund else EntryKind.SETTLED, Basis.REPORTED, change)
    if entered.is_settled:
        return None
    note = LedgerNote.PRICE_UNKNOWN if task.credits_estimated is None else None
    return Correction(EntryKind.SETTLED, Basis.ESTIMATE, task.credits_estimated or 0.0, note)


def _taken_back(entered: Entered) -> Iterator[Correction]:
    yield from _changed(EntryKind.WRITTEN_OFF, 0.0, entered.written_off, note=LedgerNote.FOUND)


def _changed(
    kind: EntryKind, wanted: float, current: float, basis: Basis = Basis.ESTIMATE, note: LedgerNote | None = None
) -> Iterator[Correction]:
    change = round(wanted - current, _DIGITS)
    if abs(change) >= SMALLEST:
        yield Correction(kind, basis, change, note)
