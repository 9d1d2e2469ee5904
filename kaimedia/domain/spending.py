"""What was spent: sums of the ledger's entries, by what they are for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

SMALLEST = 1e-6  # credits; less comes from floating-point arithmetic


class SpendingBy(StrEnum):
    """What spending is divided by."""

    DAY = "day"
    MODEL = "model"
    KIND = "kind"  # image or video
    COLLECTION = "collection"
    TOKEN = "token"  # the API token that created the task


class LostReason(StrEnum):
    """Why something was paid without a result."""

    FAILED = "failed"  # the provider charged a task that failed
    OUTCOME_UNKNOWN = "outcome_unknown"
    ABANDONED = "abandoned"
    EXPIRED = "expired"
    NOT_SAVED = "not_saved"  # generated, but no result could be saved
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class SpendingRange:
    """Tasks of one provider by when they were requested: from `since` on, before `until`; None leaves an end open."""

    provider: str
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """What some tasks have cost.

    `tasks` counts those that were charged or are counted as lost. `credits` is what was charged, less refunds, plus
    what is counted as lost; `lost` is the part of it that was paid without a result. `reserved` is not spent yet.
    `usd` is the dollars of `credits`, without what has no rate.
    """

    tasks: int = 0
    credits: float = 0.0
    usd: float = 0.0
    lost: float = 0.0
    reserved: float = 0.0

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.tasks + other.tasks,
            self.credits + other.credits,
            self.usd + other.usd,
            self.lost + other.lost,
            self.reserved + other.reserved,
        )

    @property
    def is_empty(self) -> bool:
        """True when nothing was spent and nothing is reserved."""
        return not self.tasks and abs(self.reserved) < SMALLEST


@dataclass(frozen=True, slots=True)
class SpendingCell:
    """The sums of one model on one day (its position among the days that were asked for), by API token."""

    day: int
    model: str
    modality: str
    token_id: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class SpendingLine:
    """One line of a division. `key` is for programs, `label` for people; `day` is set when divided by day."""

    key: str
    label: str
    sums: Sums
    day: date | None = None


@dataclass(frozen=True, slots=True)
class LostLine:
    """What was paid without a result for one reason."""

    reason: LostReason
    tasks: int
    credits: float
    usd: float


@dataclass(frozen=True, slots=True)
class Reserved:
    """Credits set aside now for `tasks` that may still be charged, whenever they were requested.

    `undecided` credits are of `undecided_tasks` whose outcome is unknown: they wait for a decision by the user.
    """

    tasks: int = 0
    credits: float = 0.0
    undecided_tasks: int = 0
    undecided: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelResults:
    """What a model's tasks have cost, and what became of their results.

    `made` counts saved results that are not deleted for good, `kept` those not in the trash, `favorites` those of the
    kept. Of the `compared` tasks both list price and amount charged are known: `estimated` and `actual` credits.
    The charge of the `unreported` tasks is known only from the list price: `guessed` credits; of the `unpriced` ones,
    which count as 0, not even that.
    """

    model: str
    credits: float
    made: int
    kept: int
    favorites: int
    compared: int
    estimated: float
    actual: float
    unreported: int
    guessed: float
    unpriced: int

    @property
    def credits_per_kept(self) -> float | None:
        """Credits for each kept result; None when none was kept."""
        return self.credits / self.kept if self.kept else None

    @property
    def credits_per_favorite(self) -> float | None:
        """Credits for each favorite; None when there is none."""
        return self.credits / self.favorites if self.favorites else None


@dataclass(frozen=True, slots=True)
class BalanceStep:
    """What happened to a provider's balance between two readings, in credits.

    `recorded` is what the ledger added meanwhile: spent and reserved.
    """

    since: datetime
    until: datetime
    before: float
    after: float
    recorded: float

    @property
    def net(self) -> float:
        """Credits taken beyond what the ledger has; negative where it has more, or where credits were added."""
        return self.before - self.after - self.recorded

    @property
    def risen(self) -> float:
        """Credits that were added to the account at least, for the balance to rise; 0 where it fell."""
        return self.after - self.before + max(0.0, self.recorded) if self.after > self.before else 0.0
