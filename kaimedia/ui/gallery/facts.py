"""Data the gallery shows around the grid, read again only after a change."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from kaimedia.domain import Batch, BatchKind, Collection, Counts, DiskUse, MediaQuery, TrashState
from kaimedia.errors import NotFound
from kaimedia.studio import Studio
from kaimedia.ui import state, ui_text

DISK_IS_FRESH_S = 30.0
BATCH_CHARS = 60
MOST_BATCHES = 50  # that the filter offers


@dataclass(frozen=True, slots=True)
class Choices:
    """Filter options and totals, the same for every query."""

    change_count: str
    models: Mapping[str, str]  # id → label, those with media
    tags: tuple[tuple[str, int], ...]
    collections: tuple[Collection, ...]
    batches: Mapping[int, str]  # id → label, the newest ones of prompts and the one that is shown
    whole: Counts  # without any filter
    trash: TrashState
    disk: DiskUse
    disk_read_s: float  # monotonic


def choices(studio: Studio) -> Choices:
    """The choices, read once per change counter: one cheap query while nothing changes."""
    change_count = studio.gallery.change_count()
    known, counted = state.gallery_known.get()
    if not isinstance(known, Choices) or known.change_count != change_count:
        disk, disk_read_s = _disk(studio, known)
        labels = {spec.id: spec.label for spec in studio.catalog.models()}
        known = Choices(
            change_count=change_count,
            models={model: labels.get(model, model) for model in studio.gallery.models()},
            tags=tuple(studio.collections.tags()),
            collections=tuple(studio.collections.all()),
            batches=_batches(studio),
            whole=studio.gallery.counts(MediaQuery()),
            trash=studio.trash.state(),
            disk=disk,
            disk_read_s=disk_read_s,
        )
        state.gallery_known.set((known, counted))
    return known


def _batches(studio: Studio) -> dict[int, str]:
    found = [each.batch for each in studio.batches.newest(MOST_BATCHES, kind=BatchKind.PROMPTS)]
    shown = state.gallery_batch.get()
    if shown and shown not in [each.id for each in found]:
        with suppress(NotFound):
            found.append(studio.batches.get(shown).batch)
    return {each.id: batch_label(each) for each in found}


def batch_label(batch: Batch) -> str:
    """The label of a batch in the filter, which is also its value in the URL: its name may not be the only one."""
    return f"{ui_text.one_line(batch.name, BATCH_CHARS) or 'Untitled'} #{batch.id}"


def _disk(studio: Studio, known: Choices | None) -> tuple[DiskUse, float]:
    """Disk use; it adds up the sizes of all files, so a recent value is reused."""
    now_s = time.monotonic()
    if isinstance(known, Choices) and now_s - known.disk_read_s < DISK_IS_FRESH_S:
        return known.disk, known.disk_read_s
    return studio.trash.disk_use(), now_s


def counts(studio: Studio, query: MediaQuery, change_count: str) -> Counts:
    """Counts of images, videos and all for the query, read once per query and change counter."""
    known, counted = state.gallery_known.get()
    if isinstance(known, Choices) and query == MediaQuery(sort=query.sort):
        return known.whole
    if counted is None or counted[0] != (change_count, query):
        counted = ((change_count, query), studio.gallery.counts(query))
        state.gallery_known.set((known, counted))
    found: Counts = counted[1]
    return found


def forget() -> None:
    """Discard the cached values: a rename does not change the change counter."""
    state.gallery_known.set(state.gallery_known.default)
