"""What was spent, for pages, REST and the command line: the same numbers from the same sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from kaimedia.domain import utc_now
from kaimedia.domain.spending import (
    LostLine,
    ModelResults,
    Reserved,
    SpendingBy,
    SpendingCell,
    SpendingLine,
    SpendingRange,
    Sums,
)
from kaimedia.errors import InvalidRequest
from kaimedia.providers.registry import is_free
from kaimedia.store.ledger.drift import BalanceDrift
from kaimedia.store.ledger.results import DELETED, NO_COLLECTION, PaidResults
from kaimedia.store.ledger.spending import SpendingReader
from kaimedia.studio.balance_check import BalanceCheck
from kaimedia.studio.catalog import CatalogService
from kaimedia.studio.collections import CollectionService
from kaimedia.studio.recent_answers import RecentAnswers
from kaimedia.studio.tokens import TokenService

DAY = timedelta(days=1)
MOST_DAYS = 3660
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)
KINDS = {"image": "Images", "video": "Videos"}
WITHOUT_TOKEN = "Pages, command line and calls without a token"


@dataclass(frozen=True, slots=True)
class SpendingPeriod:
    """The days, both included, in a time zone, and the provider whose tasks count."""

    provider: str
    first: date
    last: date
    zone: tzinfo = UTC

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.last - self.first).days + 1

    @property
    def range(self) -> SpendingRange:
        """The same as times in UTC."""
        return SpendingRange(self.provider, _midnight(self.first, self.zone), _midnight(self.last + DAY, self.zone))

    @property
    def before(self) -> SpendingPeriod:
        """As many days before these."""
        return SpendingPeriod(self.provider, self.first - DAY * self.days, self.first - DAY, self.zone)


@dataclass(frozen=True, slots=True)
class Overview:
    """The sums of a period; `cells` are the finest division that a single query makes."""

    period: SpendingPeriod
    cells: tuple[SpendingCell, ...]

    @property
    def total(self) -> Sums:
        """Everything together."""
        return sum((cell.sums for cell in self.cells), Sums())

    def grouped(self, key: Callable[[SpendingCell], str]) -> dict[str, Sums]:
        """The sums by any key, in the order of first appearance."""
        found: dict[str, Sums] = {}
        for cell in self.cells:
            name = key(cell)
            found[name] = found.get(name, Sums()) + cell.sums
        return found

    @property
    def kinds(self) -> dict[str, str]:
        """What each model makes: image or video."""
        return {cell.model: cell.modality for cell in self.cells}

    def day_of(self, cell: SpendingCell) -> date:
        """The day that a cell is about."""
        return self.period.first + DAY * cell.day


class SpendingService:
    """What was spent, at which provider, when and on what."""

    def __init__(
        self,
        reader: SpendingReader,
        results: PaidResults,
        drift: BalanceDrift,
        catalog: CatalogService,
        collections: CollectionService,
        tokens: TokenService,
        current_provider: Callable[[], str],
    ) -> None:
        self._reader = reader
        self._results = results
        self._drift = drift
        self._catalog = catalog
        self._collections = collections
        self._tokens = tokens
        self._current_provider = current_provider
        self._answers = RecentAnswers(reader.marker)

    def providers(self) -> tuple[str, ...]:
        """The providers that anything was requested from; those that are charged come first."""
        found = self._answers.get("providers", self._reader.providers)
        return tuple(sorted(found, key=lambda name: (is_free(name), name)))

    def provider(self, wanted: str | None = None) -> str:
        """The provider to show: the one asked for, else the current one if anything was requested from it."""
        if wanted:
            return wanted
        known, current = self.providers(), str(self._current_provider())  # not an enumeration's member
        return current if current in known or not known else known[0]

    def period(
        self,
        *,
        provider: str | None = None,
        first: date | None = None,
        last: date | None = None,
        zone: tzinfo = UTC,
    ) -> SpendingPeriod:
        """The days from `first` (by default the first with a task, at most 3,660 days ago) to `last` (today).

        Raises:
            InvalidRequest: the first is after the last, there are more than 3,660 days, or a year is out of range.
        """
        name = self.provider(provider)
        ends_on = last or utc_now().astimezone(zone).date()
        if first is None:
            first_at = self._reader.first_at(name)
            first = min(first_at.astimezone(zone).date(), ends_on) if first_at else ends_on
            # A task may be dated by a wrong clock.
            first = max(first, ends_on - DAY * (MOST_DAYS - 1), min(FIRST_DAY, ends_on))
        if first < FIRST_DAY or ends_on > LAST_DAY:
            raise InvalidRequest(f"Use days from {FIRST_DAY} to {LAST_DAY}.", field="since")
        if first > ends_on:
            raise InvalidRequest("The first day is after the last.", field="since", next_step="Swap the two days.")
        period = SpendingPeriod(name, first, ends_on, zone)
        if period.days > MOST_DAYS:
            raise InvalidRequest(f"These are more than {MOST_DAYS:,} days.", field="since")
        return period

    def overview(self, period: SpendingPeriod) -> Overview:
        """The sums by day, model and token."""
        starts = [_midnight(period.first + DAY * number, period.zone) for number in range(period.days + 1)]
        cells = self._answers.get(("cells", period), lambda: tuple(self._reader.cells(period.range, starts)))
        return Overview(period, cells)

    def total(self, period: SpendingPeriod) -> Sums:
        """Everything together."""
        cells = self._answers.get(("total", period), lambda: tuple(self._reader.cells(period.range)))
        return sum((cell.sums for cell in cells), Sums())

    def lines(self, overview: Overview, by: SpendingBy) -> tuple[SpendingLine, ...]:
        """The overview divided; days in order and without empty ones, all others by amount."""
        if by is SpendingBy.DAY:
            days = overview.grouped(lambda cell: overview.day_of(cell).isoformat())
            made = [SpendingLine(key, key, sums, date.fromisoformat(key)) for key, sums in sorted(days.items())]
            return tuple(line for line in made if not line.sums.is_empty)
        found, label = self._divided(overview, by)
        lines = [SpendingLine(key, label(key), sums) for key, sums in found.items() if not sums.is_empty]
        return tuple(sorted(lines, key=lambda line: (-line.sums.credits, line.label)))

    def _divided(self, overview: Overview, by: SpendingBy) -> tuple[dict[str, Sums], Callable[[str], str]]:
        if by is SpendingBy.MODEL:
            return overview.grouped(lambda cell: cell.model), self.model_label
        if by is SpendingBy.KIND:
            return overview.grouped(lambda cell: cell.modality), lambda key: KINDS.get(key, key)
        if by is SpendingBy.TOKEN:
            return overview.grouped(lambda cell: cell.token_id), self._token_label
        period = overview.period
        sums = self._answers.get(("collections", period), lambda: self._results.by_collection(period.range))
        found = {str(key): each for key, each in sums.items()}
        names = {str(each.id): each.name for each in self._collections.all()}
        names |= {str(NO_COLLECTION): "In no collection", str(DELETED): "Deleted for good"}
        return found, lambda key: names.get(key, f"Collection {key}")

    def model_label(self, model_id: str) -> str:
        """What people call a model; its id if it is not known here."""
        try:
            return self._catalog.get(model_id).label
        except InvalidRequest:
            return model_id

    def _token_label(self, token_id: str) -> str:
        if not token_id:
            return WITHOUT_TOKEN
        return f"API token {self._tokens.names().get(token_id, token_id)}"

    def lost(self, period: SpendingPeriod) -> tuple[LostLine, ...]:
        """What was paid without a result, by reason; the most expensive first."""
        lines = self._answers.get(("lost", period), lambda: self._reader.lost(period.range))
        return tuple(sorted(lines, key=lambda line: -line.credits))

    def results(self, period: SpendingPeriod) -> tuple[ModelResults, ...]:
        """What became of the results, and list prices against amounts charged, by model."""
        return self._answers.get(("results", period), lambda: tuple(self._results.by_model(period.range)))

    def balance_check(self, period: SpendingPeriod) -> BalanceCheck:
        """How the balance moved against the ledger; without steps where it was not read twice."""
        where = period.range
        steps = self._drift.steps
        return self._answers.get(
            ("balance", period), lambda: BalanceCheck(tuple(steps(period.provider, where.since, where.until)))
        )

    def reserved_now(self, provider: str) -> Reserved:
        """Credits reserved for tasks that may still be charged, whenever they were requested."""
        return self._answers.get(("reserved", provider), lambda: self._reader.reserved(provider))


def zone_named(name: str) -> tzinfo:
    """The time zone with that IANA name.

    Raises:
        InvalidRequest: there is none.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidRequest(
            f"“{name[:80]}” is not a time zone.", field="time_zone", next_step="Use a name like Europe/Berlin or UTC."
        ) from error


def by_day(overview: Overview, modality: str) -> Sequence[float]:
    """Credits of one kind for each day of the period, in order."""
    found = [0.0] * overview.period.days
    for cell in overview.cells:
        if cell.modality == modality:
            found[cell.day] += cell.sums.credits
    return found


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
