"""What a comparison of the stored files with the gallery finds, and what a repair does about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FaultKind(StrEnum):
    """What is wrong with one file."""

    FILE_MISSING = "file_missing"
    WRONG_SIZE = "wrong_size"
    FILE_CHANGED = "file_changed"  # the right size, but another SHA-256
    THUMBNAIL_LOST = "thumbnail_lost"  # of an item whose own file is there
    UNTRACKED = "untracked"  # named like a file of this app, but no item refers to it
    FOREIGN = "foreign"  # not named like a file of this app
    FOUND_AGAIN = "found_again"  # the item is marked as missing, but its file is there


class Remedy(StrEnum):
    """What a repair did about one fault. None of these deletes a file or an item."""

    FETCHING = "fetching"  # requested from the provider again, free of charge
    MARKED_MISSING = "marked_missing"
    MARKED_DAMAGED = "marked_damaged"
    REMADE = "remade"  # the thumbnails, from the item's own file
    REGISTERED = "registered"  # is an item of the gallery now
    UNMARKED = "unmarked"  # is no longer marked as missing
    LEFT = "left"  # nothing could or should be changed


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `media_id` is None for a file without an item; `remedy` is None before a repair."""

    kind: FaultKind
    name: str
    media_id: int | None = None
    size_bytes: int | None = None  # of the file found, if there is one
    remedy: Remedy | None = None


@dataclass(frozen=True, slots=True)
class TrackedFiles:
    """The files that one media row refers to."""

    media_id: int
    task_id: str
    filename: str
    size_bytes: int | None
    sha256: str | None
    derived: tuple[str, ...]  # thumbnails and poster
    is_marked_missing: bool
    is_marked_damaged: bool
    is_in_trash: bool
    is_being_fetched: bool  # a new file is on its way; the names are those of the old one


class IntegrityJob(StrEnum):
    """What runs in the background."""

    CHECK = "check"
    REPAIR = "repair"


@dataclass(frozen=True, slots=True)
class IntegrityReport:
    """The result of one comparison, or of one repair.

    With `is_deep`, every file was read and its SHA-256 compared; otherwise only names and sizes. `faults` are the
    first ones found, `counts` and `remedies` cover all. `remedies` is empty for a comparison.
    """

    made_at: datetime
    is_deep: bool
    items: int
    counts: Mapping[FaultKind, int]
    remedies: Mapping[Remedy, int]
    faults: tuple[Fault, ...]

    @property
    def total(self) -> int:
        """The number of faults."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class IntegrityState:
    """The newest report and what is running: `checked` of `items` so far.

    `ended_at` is when the last run ended; `problem` says why it failed, and stays until one succeeds.
    """

    job: IntegrityJob | None = None
    checked: int = 0
    items: int = 0
    report: IntegrityReport | None = None
    problem: str | None = None
    ended_at: datetime | None = None
