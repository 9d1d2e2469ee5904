"""What the gallery's frame shows beside the grid, read again only when something has changed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from kaimedia.domain import Collection, Counts, DiskUse, MediaQuery, TrashState
from kaimedia.studio import Studio
from kaimedia.ui import state

DISK_IS_FRESH_S = 30.0


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be filtered by, and what lies where; the same for every query."""

    revision: str
    models: Mapping[str, str]  # id → label, those with media
    tags: tuple[tuple[str, int], ...]
    collections: tuple[Collection, ...]
    whole: Counts  # without any filter
    trash: TrashState
    disk: DiskUse
    disk_read_s: float  # monotonic


def choices(studio: Studio) -> Choices:
    """Read at most once for each revision of the gallery: one cheap query while nothing changes."""
    revision = studio.gallery_revision()
    known, counted = state.gallery_known.get()
    if not isinstance(known, Choices) or known.revision != revision:
        disk, disk_read_s = _disk(studio, known)
        labels = {spec.id: spec.label for spec in studio.models()}
        known = Choices(
            revision=revision,
            models={model: labels.get(model, model) for model in studio.gallery_models()},
            tags=tuple(studio.tags()),
            collections=tuple(studio.collections()),
            whole=studio.gallery_counts(MediaQuery()),
            trash=studio.trash(),
            disk=disk,
            disk_read_s=disk_read_s,
        )
        state.gallery_known.set((known, counted))
    return known


def _disk(studio: Studio, known: Choices | None) -> tuple[DiskUse, float]:
    """The sizes of all files are added up for it, so one that is not old will do."""
    now_s = time.monotonic()
    if isinstance(known, Choices) and now_s - known.disk_read_s < DISK_IS_FRESH_S:
        return known.disk, known.disk_read_s
    return studio.disk_use(), now_s


def counts(studio: Studio, query: MediaQuery, revision: str) -> Counts:
    """How many the query's neighbours find, read once for each query and revision."""
    known, counted = state.gallery_known.get()
    if isinstance(known, Choices) and query == MediaQuery(sort=query.sort):
        return known.whole
    if counted is None or counted[0] != (revision, query):
        counted = ((revision, query), studio.gallery_counts(query))
        state.gallery_known.set((known, counted))
    found: Counts = counted[1]
    return found


def forget() -> None:
    """Read all of it again next time: names have changed, which no revision tells."""
    state.gallery_known.set(state.gallery_known.default)
