"""The gallery: list, favourite, delete, undo."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from kaimedia.domain import Media, MediaQuery, Page, utc_now
from kaimedia.studio.parts import Parts

UNDO_WINDOW = timedelta(minutes=15)


class GalleryDesk:
    """The part of `Studio` about what was made."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._media = parts.media

    def media(self, media_id: int) -> Media:
        """One item. Raises NotFound."""
        return self._media.get(media_id)

    def list_media(self, query: MediaQuery) -> Page[Media]:
        """One page of the gallery."""
        return self._media.page(query)

    def prompt_of_file(self, filename: str) -> str | None:
        """The prompt behind a stored file, for naming a download; None when no item has it."""
        return self._media.prompt_of(filename)

    def media_of_task(self, task_id: str) -> list[Media]:
        """The media of one task, by variant."""
        return self._media.of_task(task_id)

    def media_of_tasks(self, task_ids: Collection[str]) -> dict[str, list[Media]]:
        """The media of several tasks, by task and variant; a task without any has no entry."""
        return self._media.of_tasks(task_ids)

    def gallery_models(self) -> list[str]:
        """The ids of models that have media in the gallery."""
        return self._media.models()

    def set_favorite(self, media_ids: Collection[int], on: bool) -> int:
        """Mark or unmark favourites; returns how many changed."""
        return self._media.set_favorite(media_ids, on)

    def delete_media(self, media_ids: Collection[int]) -> list[int]:
        """Take items out of the gallery; `restore_media` undoes it within `UNDO_WINDOW`. Returns the ids taken."""
        return self._media.delete(media_ids, utc_now())

    def restore_media(self, media_ids: Collection[int]) -> list[int]:
        """Undo a delete. Returns the ids brought back."""
        return self._media.restore(media_ids)

    def recently_deleted(self) -> list[int]:
        """The ids that `restore_media` can still bring back, the last deleted first."""
        return self._media.deleted_since(utc_now() - UNDO_WINDOW)

    def clear_media(self) -> list[int]:
        """Take everything out of the gallery; running tasks are left alone. Returns the ids taken."""
        return self._media.clear(utc_now())

    def purge_deleted(self) -> int:
        """Remove rows and files whose time to undo is over; returns how many files went."""
        names = self._media.purge(utc_now() - UNDO_WINDOW)
        for name in names:
            self._parts.storage.delete(name)
        return len(names)
