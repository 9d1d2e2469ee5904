"""What is asked of the gallery, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kaimedia.domain.work import Media, Modality, Task


class Sort(StrEnum):
    """The order of a listing."""

    NEWEST = "newest"
    OLDEST = "oldest"
    LONGEST = "longest"  # by duration, the longest first; what has the same (or none) newest first


class Shelf(StrEnum):
    """Which items a listing is about."""

    FINISHED = "finished"
    WORKING = "working"  # pending or processing
    FAILED = "failed"
    TRASH = "trash"  # deleted, not purged yet


@dataclass(frozen=True, slots=True)
class MediaQuery:
    """Which media to list.

    `words` are searched in prompts. `created_from` and `created_before` are aware moments, the second one outside.
    `limit` and `cursor` are for pages only.
    """

    media_type: Modality | None = None
    model: str | None = None
    favorites_only: bool = False
    words: str | None = None
    sort: Sort = Sort.NEWEST
    shelf: Shelf = Shelf.FINISHED
    created_from: datetime | None = None
    created_before: datetime | None = None
    tag: str | None = None
    collection_id: int | None = None
    limit: int = 60
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """A whole listing without its content: ids in order and one letter of shape for each.

    `months` names where months begin, as ("2026-11", index of its first item); empty when the order is not by time.
    """

    ids: tuple[int, ...]
    ratios: str
    months: tuple[tuple[str, int], ...] = ()

    @property
    def total(self) -> int:
        """How many items there are."""
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many items a query's neighbours would find.

    `all`, `images` and `videos` hold under the other filters whatever the kind, `favorites` whatever the favourites
    filter; `working`, `failed` and `trash` count whole shelves.
    """

    all: int
    images: int
    videos: int
    favorites: int
    working: int
    failed: int
    trash: int


@dataclass(frozen=True, slots=True)
class Collection:
    """A named set of items; `count` is of those in the gallery."""

    id: int
    name: str
    count: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MediaDetails:
    """All that is known of one item. `siblings` are the task's finished media, itself included, by variant."""

    media: Media
    task: Task | None
    tags: tuple[str, ...] = ()
    collections: tuple[Collection, ...] = ()
    siblings: tuple[Media, ...] = ()
    reference: Media | None = None  # the item it was made from, while it is there
    made_from_this: tuple[Media, ...] = ()  # the newest ones


@dataclass(frozen=True, slots=True)
class TrashState:
    """What lies in the trash; `size_bytes` without thumbnails."""

    count: int
    size_bytes: int
    oldest_deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class DiskUse:
    """How much the results take, without thumbnails; `trash_bytes` is part of `media_bytes`."""

    media_bytes: int
    trash_bytes: int
    free_bytes: int | None
