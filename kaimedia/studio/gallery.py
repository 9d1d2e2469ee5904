"""The gallery: list, look, favourite, delete, undo."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import BinaryIO

from kaimedia.domain import Counts, Media, MediaDetails, MediaQuery, Outline, Page, Status, Task, utc_now
from kaimedia.errors import NotFound
from kaimedia.studio.parts import Parts

TRASH_KEPT = timedelta(days=30)
MOST_MADE_FROM = 12


class GalleryDesk:
    """The part of `Studio` about what was made."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._media = parts.media

    def media(self, media_id: int) -> Media:
        """One item. Raises NotFound."""
        return self._media.get(media_id)

    def list_media(self, query: MediaQuery) -> Page[Media]:
        """One page of a listing."""
        return self._media.page(query)

    def some_media(self, query: MediaQuery) -> tuple[tuple[Media, ...], str | None]:
        """Items and next cursor of that page, not counted: quicker."""
        return self._media.some(query)

    def outline(self, query: MediaQuery) -> Outline:
        """Every id a query finds, in order, with shapes and months."""
        return self._media.outline(query)

    def media_by_ids(self, media_ids: Collection[int], include_deleted: bool = True) -> list[Media]:
        """The items that are there, in the order of `media_ids`."""
        return self._media.by_ids(media_ids, include_deleted=include_deleted)

    def media_details(self, media_id: int) -> MediaDetails:
        """Everything about one item, also one in the trash.

        Raises:
            NotFound: there is none, or it is gone for good.
        """
        item = self._media.get(media_id, include_deleted=True)
        try:
            task = self._parts.tasks.get(item.task_id)
        except NotFound:  # a row that a script wrote
            task = None
        siblings = [each for each in self._media.of_task(item.task_id) if each.status is Status.COMPLETED]
        source = task.request.reference.media_id if task and task.request.reference else item.parent_id
        reference = self._media.by_ids([source], include_deleted=False) if source is not None else []
        return MediaDetails(
            media=item,
            task=task,
            tags=self._media.tags_of([media_id]).get(media_id, ()),
            collections=tuple(self._media.collections(of_media_id=media_id)),
            siblings=tuple(siblings),
            reference=reference[0] if reference else None,
            made_from_this=tuple(self._media.made_from(media_id, MOST_MADE_FROM)),
        )

    def gallery_counts(self, query: MediaQuery) -> Counts:
        """How many there are by kind, among favourites, and on the other shelves."""
        return self._media.counts(query)

    def gallery_revision(self) -> str:
        """A short text that changes whenever membership or order of any shelf does; cheap enough to ask each second."""
        return self._media.revision()

    def open_file(self, item: Media) -> BinaryIO:
        """The stored file of an item, for reading.

        Raises:
            UnsafePath: it has none under a name of ours.
            ResultExpired: the file is not there (any more).
        """
        return self._parts.storage.open(item.filename or "")

    def tasks_by_ids(self, task_ids: Collection[str]) -> dict[str, Task]:
        """Tasks by their ids; those that are not there have no entry."""
        return {task.task_id: task for task in self._parts.tasks.by_ids(task_ids)}

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
        """Put items into the trash, for `TRASH_KEPT`; `restore_media` undoes it. Returns the ids taken."""
        return self._media.delete(media_ids, utc_now())

    def restore_media(self, media_ids: Collection[int]) -> list[int]:
        """Undo a delete. Returns the ids brought back."""
        return self._media.restore(media_ids)

    def clear_media(self) -> list[int]:
        """Put everything into the trash; running tasks are left alone. Returns the ids taken."""
        return self._media.clear(utc_now())
