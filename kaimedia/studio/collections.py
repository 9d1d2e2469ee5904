"""Tags and collections."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection as Some

from kaimedia.domain import Collection, GalleryView, MediaQuery, utc_now
from kaimedia.errors import InvalidRequest
from kaimedia.store.media.collections import Collections
from kaimedia.store.media.listing import fold
from kaimedia.store.media.overview import GalleryOverview
from kaimedia.store.media.reader import MediaReader
from kaimedia.store.media.tags import Tags

TAG_MAX_CHARS = 40
TAGS_AT_ONCE = 30
COLLECTION_MAX_CHARS = 80


class CollectionService:
    """Tags and collections."""

    def __init__(self, tags: Tags, collections: Collections, overview: GalleryOverview, media: MediaReader) -> None:
        self._tags = tags
        self._collections = collections
        self._overview = overview
        self._media = media

    def tags(self) -> list[tuple[str, int]]:
        """Every tag in the gallery with the number of its items, the most used first."""
        return self._tags.all()

    def tags_of(self, media_ids: Some[int]) -> dict[int, tuple[str, ...]]:
        """The tags of items, sorted; an item without any has no entry."""
        return self._tags.of(media_ids)

    def add_tags(self, media_ids: Some[int], tags: Some[str]) -> int:
        """Add tags to items; returns how many were added. Case-insensitive; the first spelling stays.

        Raises:
            InvalidRequest: a tag is empty, too long or holds control characters.
            Conflict: an item would have more than 30; nothing is changed.
        """
        return self._tags.add(media_ids, _checked_tags(tags))

    def remove_tags(self, media_ids: Some[int], tags: Some[str]) -> int:
        """Remove tags from items; returns how many were removed."""
        return self._tags.remove(media_ids, list(tags))

    def remove_tag(self, tag: str) -> int:
        """Remove a tag (case-insensitive) from all items, including the trash; returns how many items had it."""
        tagged = [each for view in GalleryView for each in self._overview.id_index(MediaQuery(tag=tag, view=view)).ids]
        self._tags.remove(tagged, [tag])
        return len(tagged)

    def set_tags(self, media_id: int, tags: Some[str]) -> None:
        """Give one item exactly these tags.

        Raises:
            InvalidRequest: see `add_tags`.
            NotFound: there is no such item.
        """
        self._media.get(media_id)
        self._tags.set(media_id, _checked_tags(tags))

    def all(self) -> list[Collection]:
        """Every collection, by name."""
        return self._collections.all()

    def get(self, collection_id: int) -> Collection:
        """One collection. Raises NotFound."""
        return self._collections.get(collection_id)

    def find(self, name: str) -> Collection | None:
        """The collection with that name (case-insensitive); None when there is none."""
        wanted = fold(name.strip())
        return next((each for each in self._collections.all() if fold(each.name) == wanted), None)

    def find_or_create(self, name: str) -> Collection:
        """The collection with that name (case-insensitive), created if there is none. Raises InvalidRequest."""
        return self.find(name) or self.create(name)

    def create(self, name: str) -> Collection:
        """Create an empty collection.

        Raises:
            InvalidRequest: the name is empty or longer than 80 characters.
            Conflict: a collection with that name exists.
        """
        return self._collections.create(_checked(name, "name", COLLECTION_MAX_CHARS), utc_now())

    def rename(self, collection_id: int, name: str) -> None:
        """Rename it.

        Raises:
            InvalidRequest, Conflict: see `create`.
            NotFound: there is no such collection.
        """
        self._collections.rename(collection_id, _checked(name, "name", COLLECTION_MAX_CHARS))

    def delete(self, collection_id: int) -> None:
        """Delete it; its items stay. Raises NotFound."""
        self._collections.delete(collection_id)

    def add(self, collection_id: int, media_ids: Some[int]) -> int:
        """Add items to it; returns how many were not in it before. Raises NotFound."""
        return self._collections.add(collection_id, media_ids)

    def remove(self, collection_id: int, media_ids: Some[int]) -> int:
        """Remove items from it; returns how many were removed."""
        return self._collections.remove(collection_id, media_ids)


def _checked_tags(tags: Some[str]) -> list[str]:
    if len(tags) > TAGS_AT_ONCE:
        raise InvalidRequest(f"At most {TAGS_AT_ONCE} tags.", field="tags")
    return [_checked(tag, "tags", TAG_MAX_CHARS) for tag in tags]


def _checked(name: str, field: str, max_chars: int) -> str:
    """The name without surrounding whitespace, in Unicode form NFC.

    Raises:
        InvalidRequest: it is empty, longer than `max_chars` characters, or contains control characters.
    """
    what = "A tag" if field == "tags" else "The name"
    cleaned = name.strip()
    if not 1 <= len(cleaned) <= max_chars:
        raise InvalidRequest(f"{what} must have 1 to {max_chars} characters.", field=field)
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in cleaned):
        raise InvalidRequest(f"{what} cannot contain control characters.", field=field)
    return unicodedata.normalize("NFC", cleaned)
