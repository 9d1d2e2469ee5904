"""Queries of the gallery and their results."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kaimedia.domain.reference import Reference, Role
from kaimedia.domain.work import Media, Modality, Task


class Sort(StrEnum):
    """The order of a listing."""

    NEWEST = "newest"
    OLDEST = "oldest"
    LONGEST = "longest"  # by duration, longest first; items with the same (or none) newest first


class GalleryView(StrEnum):
    """Which items a listing shows."""

    FINISHED = "finished"
    WORKING = "working"  # pending or processing
    FAILED = "failed"
    TRASH = "trash"  # deleted, not purged yet


@dataclass(frozen=True, slots=True)
class MediaQuery:
    """Which media to list.

    `text` is searched for in prompts. `created_from` (inclusive) and `created_before` (exclusive) are aware times.
    `limit` and `cursor` are for pages only.
    """

    media_type: Modality | None = None
    model: str | None = None
    favorites_only: bool = False
    text: str | None = None
    sort: Sort = Sort.NEWEST
    view: GalleryView = GalleryView.FINISHED
    created_from: datetime | None = None
    created_before: datetime | None = None
    tag: str | None = None
    collection_id: int | None = None
    batch_id: int | None = None
    limit: int = 60
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class IdIndex:
    """A whole listing without its content: ids in order, and in `ratios` one character of aspect code for each.

    `months` says where months begin, as ("2026-11", index of its first item); empty when not sorted by time.
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
    """How many items variations of a query would find.

    `all`, `images` and `videos` apply every filter but the media type, `favorites` every filter but its own;
    `working`, `failed` and `trash` count those whole views.
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
    """A named set of items; `count` excludes those in the trash."""

    id: int
    name: str
    count: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MediaInput:
    """One thing an item was made from: `media` while it is in the gallery, else at most the task's `reference`.

    `was_in_gallery` is True for a gallery item that was deleted.
    """

    role: Role
    media: Media | None = None
    reference: Reference | None = None
    was_in_gallery: bool = False


@dataclass(frozen=True, slots=True)
class MediaDetails:
    """Everything about one item. `siblings` are the task's finished media, itself included, by variant."""

    media: Media
    task: Task | None
    tags: tuple[str, ...] = ()
    collections: tuple[Collection, ...] = ()
    siblings: tuple[Media, ...] = ()
    inputs: tuple[MediaInput, ...] = ()  # what it was made from
    made_from_this: tuple[Media, ...] = ()  # only the newest
    family: tuple[
        Media, ...
    ] = ()  # the item, everything it was made from, and everything made from those; empty if there is nothing else
    family_credits: float | None = None  # the cost of all their tasks together; None if no cost is known


@dataclass(frozen=True, slots=True)
class TrashState:
    """What is in the trash; `size_bytes` without thumbnails."""

    count: int
    size_bytes: int
    oldest_deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class DiskUse:
    """How much disk space the results take, without thumbnails; `trash_bytes` is part of `media_bytes`.

    `free_bytes` is None where that is not known or has no limit.
    """

    media_bytes: int
    trash_bytes: int
    free_bytes: int | None
