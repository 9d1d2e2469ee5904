"""The ledger: what each task was expected to cost, what is reserved for it, and what it did cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kaimedia.domain.work import Modality


class EntryKind(StrEnum):
    """What an entry records, as stored in `ledger.kind`."""

    ESTIMATED = "estimated"  # the list price when the task was created; never part of a sum
    RESERVED = "reserved"  # set aside while a task may still be charged; released by a negative entry
    SETTLED = "settled"  # charged
    REFUNDED = "refunded"  # given back by the provider; negative
    WRITTEN_OFF = "written_off"  # counted as lost: the outcome stays unknown, or the task was abandoned


class Basis(StrEnum):
    """How the amount of an entry is known."""

    REPORTED = "reported"  # by the provider, for this task
    BALANCE = "balance"  # the balance changed by this much, and only this task can be the reason
    ESTIMATE = "estimate"  # the list price


class LedgerNote(StrEnum):
    """Why an entry was made, where its kind does not say it."""

    PRICE_UNKNOWN = "price_unknown"  # no list price and no report: counted as 0
    FAILED = "failed"  # the task failed and was charged
    OUTCOME_UNKNOWN = "outcome_unknown"  # the reply was lost, and the user dismissed the task
    ABANDONED = "abandoned"  # the user stopped tracking it after it was sent
    EXPIRED = "expired"  # the provider never said how it ended
    NOT_SAVED = "not_saved"  # generated and charged, but no result could be saved
    DELETED = "deleted"  # the user deleted it before it was known how it ended
    FOUND = "found"  # an amount that was written off is taken back: the task is tracked again


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One entry; entries are only ever added.

    `credits` is what it adds, negative to take something back; `usd` the same in US dollars by the rate of the time
    the task was created, None without a rate, 0 at a provider that charges nothing. `token_id` is the start of the
    SHA-256 of the API token that created the task, "" for pages, the command line and calls without a token.
    """

    id: int
    task_id: str
    provider: str
    model: str
    kind: EntryKind
    basis: Basis
    credits: float
    usd: float | None
    at: datetime
    token_id: str = ""
    note_code: LedgerNote | None = None
    modality: Modality = Modality.IMAGE
    task_created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LedgerTotals:
    """Sums of entries, in credits and US dollars; `usd_*` leave out entries without a rate."""

    reserved: float = 0.0
    settled: float = 0.0
    refunded: float = 0.0
    written_off: float = 0.0
    usd_reserved: float = 0.0
    usd_settled: float = 0.0
    usd_refunded: float = 0.0
    usd_written_off: float = 0.0

    @property
    def spent(self) -> float:
        """Credits that were charged or are counted as lost."""
        return self.settled + self.refunded + self.written_off


@dataclass(frozen=True, slots=True)
class Balance:
    """What a provider said about the credits of the account at that time.

    `key_id` is the start of the SHA-256 of the key it was asked with: another key may be that of another account, so
    that only balances with the same one are compared. It is "" if an earlier version asked.
    """

    id: int
    provider: str
    credits: float
    at: datetime
    key_id: str = ""
