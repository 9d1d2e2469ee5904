"""The gallery: list, view, favorite, delete, restore."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import BinaryIO

from kaimedia.domain import (
    Counts,
    IdIndex,
    Media,
    MediaDetails,
    MediaInput,
    MediaQuery,
    Modality,
    Page,
    Reference,
    Role,
    Status,
    Task,
    utc_now,
)
from kaimedia.errors import InvalidRequest, NotFound, ResultExpired
from kaimedia.media.conversion import recoded
from kaimedia.media.storage import Storage
from kaimedia.models import catalogue
from kaimedia.store.media.collections import Collections
from kaimedia.store.media.overview import GalleryOverview
from kaimedia.store.media.pages import MediaPages
from kaimedia.store.media.reader import MediaReader
from kaimedia.store.media.tags import Tags
from kaimedia.store.media.trash import Trash
from kaimedia.store.media.updates import Favorites
from kaimedia.store.tasks.reader import TaskReader

TRASH_RETENTION = timedelta(days=30)
MAX_MADE_FROM = 12
MAX_FAMILY = 60


class GalleryService:
    """Stored images and videos: lists, details, favorites, deletion."""

    def __init__(
        self,
        *,
        tasks: TaskReader,
        media: MediaReader,
        pages: MediaPages,
        overview: GalleryOverview,
        tags: Tags,
        collections: Collections,
        favorites: Favorites,
        trash: Trash,
        storage: Storage,
    ) -> None:
        self._tasks = tasks
        self._media = media
        self._pages = pages
        self._overview = overview
        self._tags = tags
        self._collections = collections
        self._favorites = favorites
        self._trash = trash
        self._storage = storage

    def get(self, media_id: int) -> Media:
        """One item. Raises NotFound."""
        return self._media.get(media_id)

    def page(self, query: MediaQuery) -> Page[Media]:
        """One page of a listing."""
        return self._pages.page(query)

    def window(self, query: MediaQuery) -> tuple[tuple[Media, ...], str | None]:
        """The items and next cursor of one page, without the total: faster."""
        return self._pages.without_total(query)

    def id_index(self, query: MediaQuery) -> IdIndex:
        """Every id a query finds, in order, with aspect codes and months."""
        return self._overview.id_index(query)

    def by_ids(self, media_ids: Collection[int], include_deleted: bool = True) -> list[Media]:
        """The items that exist, in the order of `media_ids`."""
        return self._media.by_ids(media_ids, include_deleted=include_deleted)

    def details(self, media_id: int) -> MediaDetails:
        """Everything about one item, including items in the trash.

        Raises:
            NotFound: there is none, or it was permanently deleted.
        """
        item = self._media.get(media_id, include_deleted=True)
        try:
            task = self._tasks.get(item.task_id)
        except NotFound:  # a row written by a script
            task = None
        siblings = [each for each in self._media.of_task(item.task_id) if each.status is Status.COMPLETED]
        return MediaDetails(
            media=item,
            task=task,
            tags=self._tags.of([media_id]).get(media_id, ()),
            collections=tuple(self._collections.all(of_media_id=media_id)),
            siblings=tuple(siblings),
            inputs=self._inputs(item, task),
            made_from_this=tuple(self._media.made_from(media_id, MAX_MADE_FROM)),
            family=(family := self._family(media_id)),
            family_credits=self._credits_of(family),
        )

    def _family(self, media_id: int) -> tuple[Media, ...]:
        ids = self._media.family_of(media_id, MAX_FAMILY)
        found = self._media.by_ids(ids, include_deleted=False) if len(ids) > 1 else []
        return tuple(each for each in found if each.status is Status.COMPLETED)

    def _credits_of(self, items: Sequence[Media]) -> float | None:
        tasks = self._tasks.by_ids({each.task_id for each in items})
        if len({_sold_by(task) for task in tasks}) > 1:
            return None  # each provider has its own credits
        costs = [task.credits_estimated if task.credits_actual is None else task.credits_actual for task in tasks]
        known = [credits for credits in costs if credits is not None]
        return sum(known) if known else None

    def _inputs(self, item: Media, task: Task | None) -> tuple[MediaInput, ...]:
        first = Role.FIRST_FRAME if item.media_type is Modality.VIDEO else Role.REFERENCE
        references = task.request.references if task else ()
        found: list[tuple[int | None, Role, Reference | None]]
        found = [(each.media_id, each.role or first, each) for each in references]
        named = {media_id for media_id, *_ in found}
        parents = self._media.parents_of(item.id)  # also of an item without a task, and the video this one extends
        found += [(parent_id, role or first, None) for parent_id, role in parents if parent_id not in named]
        ids = [media_id for media_id, *_ in found if media_id is not None]
        existing = {each.id: each for each in self._media.by_ids(ids, include_deleted=False)}
        return tuple(
            MediaInput(
                role,
                media=existing.get(media_id) if media_id is not None else None,
                reference=reference,
                was_in_gallery=media_id is not None and media_id not in existing,
            )
            for media_id, role, reference in found
        )

    def counts(self, query: MediaQuery) -> Counts:
        """How many items there are by media type, among favorites, and in the other views."""
        return self._overview.counts(query)

    def change_count(self) -> str:
        """A short text that changes whenever the items or order of any view do; cheap enough to read each second."""
        return self._overview.change_count()

    def open_file(self, item: Media) -> BinaryIO:
        """Open the stored file of an item for reading.

        Raises:
            UnsafePath: it has no file, or not one with a name of ours.
            ResultExpired: the file does not exist, or no longer.
        """
        return self._storage.open(item.filename or "")

    def bytes_of_file(self, filename: str, max_bytes: int) -> bytes | None:
        """The content of a stored file; None if it does not exist or is larger. Raises StorageUnavailable."""
        served = self._storage.served
        facts = served.facts(filename)
        if facts is None or facts.size_bytes > max_bytes:
            return None
        try:
            with served.open(filename) as file:
                return file.read()
        except ResultExpired:
            return None

    def image_in(self, item: Media, mime_type: str | None, max_bytes: int) -> bytes | None:
        """The content of an image, converted to this type if it has another; None as `bytes_of_file`.

        Raises:
            StorageUnavailable, UnsupportedMedia, TooLarge: it cannot be read, or not be converted.
        """
        data = self.bytes_of_file(item.filename or "", max_bytes)
        return data if data is None or mime_type in (None, item.mime_type) else recoded(data, mime_type or "")

    def prompt_of_file(self, filename: str) -> str | None:
        """The prompt of a stored file, for naming a download; None when no item has the file."""
        return self._media.prompt_of(filename)

    def task_with_media(self, task_id: str) -> tuple[Task, list[Media]]:
        """One task and its media, by variant. Raises NotFound."""
        return self._tasks.with_media(task_id)

    def of_task(self, task_id: str) -> list[Media]:
        """The media of one task, by variant."""
        return self._media.of_task(task_id)

    def of_tasks(self, task_ids: Collection[str]) -> dict[str, list[Media]]:
        """The media of several tasks, by task and variant; a task without any has no entry."""
        return self._media.of_tasks(task_ids)

    def models(self) -> list[str]:
        """The ids of the models that have items in the gallery."""
        return self._media.models()

    def set_favorite(self, media_ids: Collection[int], on: bool) -> int:
        """Mark or unmark favorites; returns how many changed."""
        return self._favorites.set(media_ids, on)

    def delete(self, media_ids: Collection[int]) -> list[int]:
        """Move items to the trash, for `TRASH_RETENTION`; `restore` undoes it. Returns the ids moved."""
        return self._trash.delete(media_ids, utc_now())

    def restore(self, media_ids: Collection[int]) -> list[int]:
        """Restore items from the trash. Returns the ids restored."""
        return self._trash.restore(media_ids)

    def clear(self) -> list[int]:
        """Move everything to the trash except running tasks. Returns the ids moved."""
        return self._trash.clear(utc_now())


def _sold_by(task: Task) -> str:
    """Whose credits a task's price is in: its model's provider, also where the sandbox stands in for it."""
    try:
        return catalogue.get(task.model).provider
    except InvalidRequest:  # a model of an earlier version
        return task.provider
