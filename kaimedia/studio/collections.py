"""Tags and collections."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection as Some

from kaimedia.domain import Collection, MediaQuery, Shelf, utc_now
from kaimedia.errors import InvalidRequest
from kaimedia.store.listing import fold
from kaimedia.studio.parts import Parts

TAG_MAX_CHARS = 40
TAGS_AT_ONCE = 30
COLLECTION_MAX_CHARS = 80


class CollectionDesk:
    """The part of `Studio` about how people sort what was made."""

    def __init__(self, parts: Parts) -> None:
        self._media = parts.media

    def tags(self) -> list[tuple[str, int]]:
        """Every tag in the gallery with the number of its items, the most used first."""
        return self._media.tags()

    def tags_of(self, media_ids: Some[int]) -> dict[int, tuple[str, ...]]:
        """The tags of items, sorted; an item without any has no entry."""
        return self._media.tags_of(media_ids)

    def add_tags(self, media_ids: Some[int], tags: Some[str]) -> int:
        """Put tags on items; returns how many were put. Case makes no difference; the first spelling stays.

        Raises:
            InvalidRequest: a tag is empty, too long or holds control characters.
            Conflict: an item would have more than 30; nothing is changed.
        """
        return self._media.add_tags(media_ids, _checked_tags(tags))

    def remove_tags(self, media_ids: Some[int], tags: Some[str]) -> int:
        """Take tags off items; returns how many went."""
        return self._media.remove_tags(media_ids, list(tags))

    def remove_tag(self, tag: str) -> int:
        """Take a tag off everything, whatever its case, also in the trash; returns how many items had it."""
        had_it = [each for shelf in Shelf for each in self._media.outline(MediaQuery(tag=tag, shelf=shelf)).ids]
        self._media.remove_tags(had_it, [tag])
        return len(had_it)

    def set_tags(self, media_id: int, tags: Some[str]) -> None:
        """Give one item exactly these tags.

        Raises:
            InvalidRequest: see `add_tags`.
            NotFound: there is no such item.
        """
        self._media.get(media_id)
        self._media.set_tags(media_id, _checked_tags(tags))

    def collections(self) -> list[Collection]:
        """Every collection, by name."""
        return self._media.collections()

    def collection(self, collection_id: int) -> Collection:
        """One collection. Raises NotFound."""
        return self._media.collection(collection_id)

    def find_collection(self, name: str) -> Collection | None:
        """The collection of that name, whatever its case; None when there is none."""
        wanted = fold(name.strip())
        return next((each for each in self._media.collections() if fold(each.name) == wanted), None)

    def find_or_make_collection(self, name: str) -> Collection:
        """The collection of that name, whatever its case; a new one when there is none. Raises InvalidRequest."""
        return self.find_collection(name) or self.make_collection(name)

    def make_collection(self, name: str) -> Collection:
        """A new collection, empty.

        Raises:
            InvalidRequest: the name is empty or longer than 80 characters.
            Conflict: there is a collection of that name.
        """
        return self._media.make_collection(_checked(name, "name", COLLECTION_MAX_CHARS), utc_now())

    def rename_collection(self, collection_id: int, name: str) -> None:
        """Give it another name.

        Raises:
            InvalidRequest, Conflict: see `make_collection`.
            NotFound: there is no such collection.
        """
        self._media.rename_collection(collection_id, _checked(name, "name", COLLECTION_MAX_CHARS))

    def remove_collection(self, collection_id: int) -> None:
        """Remove it; its items stay. Raises NotFound."""
        self._media.remove_collection(collection_id)

    def add_to_collection(self, collection_id: int, media_ids: Some[int]) -> int:
        """Put items into it; returns how many are new there. Raises NotFound."""
        return self._media.add_to_collection(collection_id, media_ids)

    def remove_from_collection(self, collection_id: int, media_ids: Some[int]) -> int:
        """Take items out of it; returns how many went."""
        return self._media.remove_from_collection(collection_id, media_ids)


def _checked_tags(tags: Some[str]) -> list[str]:
    if len(tags) > TAGS_AT_ONCE:
        raise InvalidRequest(f"At most {TAGS_AT_ONCE} tags.", field="tags")
    return [_checked(tag, "tags", TAG_MAX_CHARS) for tag in tags]


def _checked(name: str, field: str, most: int) -> str:
    """The name without blanks around it.

    Raises:
        InvalidRequest: it is empty, longer than `most` characters, or holds what cannot be shown.
    """
    what = "A tag" if field == "tags" else "The name"
    kept = name.strip()
    if not 1 <= len(kept) <= most:
        raise InvalidRequest(f"{what} has 1 to {most} characters.", field=field)
    if any(unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in kept):
        raise InvalidRequest(f"{what} cannot hold control characters.", field=field)
    return unicodedata.normalize("NFC", kept)
