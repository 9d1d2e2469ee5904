"""When to poll or try again and when to give up: pure functions, seconds."""

from __future__ import annotations

from datetime import datetime, timedelta

from kaimedia.domain import Pace
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.base import Limits

SLOW_POLL_S = 300.0  # past the deadline a task is already paid and usually still finishes
SLOW_POLLS = 288  # a day's worth; counted, because the clock may be changed meanwhile
LINKS_LIVE_S = 24 * 3600.0  # the shortest lifetime a provider documents for a result link
RECORDS_LIVE_S = 14 * 24 * 3600.0  # how long a provider keeps records and files, and signs links to them
SAVE_PAUSE_S = 60.0  # the longest pause between two tries to fetch a result
STORAGE_PAUSES = 4  # doublings of the first pause while nothing can be saved; these tries are not counted
SAVE_TRIES = int(LINKS_LIVE_S / SAVE_PAUSE_S)  # a day's worth; then the task fails as not saved
SLOW_SAVES = SAVE_TRIES + int((RECORDS_LIVE_S - LINKS_LIVE_S) / SLOW_POLL_S)  # until the records are deleted
DAMAGED_TRIES = 8  # failures in a row after which a result that keeps arriving damaged is saved as it is
NO_RESULT_GRACE_S = 90.0  # success without a link is a known transient state of Veo's upscale pass


def next_poll_delay_s(spec: ModelSpec, age_s: float, *, first_s: float | None = None) -> float:
    """Seconds until the next poll of a task accepted `age_s` ago.

    Starts at the model's first interval and grows with the task's age up to the longest one.
    """
    first, longest = spec.poll_s
    if first_s is not None:
        return first_s if age_s < 60 * first_s else min(first_s * 3, max(longest, first_s))
    return min(longest, max(first, age_s / 8))


def back_off_s(attempts: int, *, first_s: float = 2.0, longest_s: float = 120.0) -> float:
    """Seconds to wait after `attempts` failures in a row (1 or more): doubles up to `longest_s`."""
    return float(min(longest_s, first_s * 2 ** min(max(attempts - 1, 0), 16)))


def reads_pace(provider: str, limits: Limits) -> Pace:
    """How fast the records of a provider's tasks may be read, by all processes together."""
    return Pace(f"reads:{provider}", limits.reads_per_s, max(1, int(limits.reads_per_s)))


def is_last_try(attempts: int, *, has_finding: bool) -> bool:
    """Whether a result that arrives damaged now is saved anyway: enough tries failed before."""
    return attempts + 1 >= (DAMAGED_TRIES if has_finding else SAVE_TRIES)


def max_results(spec: ModelSpec, variants: int) -> int:
    """How many results of one task are saved: as many as requested, or the fewest the model makes.

    Of a model that does not say before how many it makes, up to its own limit.
    """
    return spec.max_results or max(variants, min(spec.variants, default=1))


def links_end_at(done_at: datetime) -> datetime:
    """Until when result links are expected to work."""
    return done_at + timedelta(seconds=LINKS_LIVE_S)
