"""Reads a stored result again: its facts, and thumbnails that are lost."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from kaimedia.domain import Condition, Modality, SavedFile
from kaimedia.errors import UnsupportedMedia
from kaimedia.media import names
from kaimedia.media.examine import Examined, examine
from kaimedia.media.storage import Storage
from kaimedia.media.temp_files import temp_files
from kaimedia.studio.rescue.integrity_check import sha256_of


class StoredResults:
    """Examines results that are in the storage. Only adds files, never replaces a result."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def condition(self, name: str) -> Condition:
        """The condition of a result by its bytes alone.

        Raises:
            ResultExpired: it does not exist.
        """
        try:
            with self._storage.local_copy(name) as path, temp_files(self._storage) as new_temp:
                return _condition(examine(path, new_temp))
        except UnsupportedMedia:
            return Condition.DAMAGED

    def remake_thumbnails(self, name: str, wanted: Collection[str]) -> bool:
        """Make those of a result's thumbnails and poster that are wanted, by name; whether all could be made.

        Raises:
            ResultExpired: the result does not exist.
            UnsupportedMedia: it is neither an image nor a video.
        """
        with self._storage.local_copy(name) as path, temp_files(self._storage) as new_temp:
            made = {each: temp for each, temp in _derived(name, examine(path, new_temp)).items() if each in wanted}
            for each, temp in made.items():
                self._storage.put(temp, each)
        return set(wanted) <= made.keys()

    def facts(self, name: str) -> SavedFile:
        """What the row of a result needs; makes its thumbnails.

        Raises:
            ResultExpired: it does not exist.
            UnsupportedMedia: it is neither an image nor a video.
        """
        with self._storage.open(name) as stream:
            sha256 = sha256_of(stream)
        with self._storage.local_copy(name) as path, temp_files(self._storage) as new_temp:
            size_bytes = path.stat().st_size
            found = examine(path, new_temp)
            derived = _derived(name, found)
            for each, temp in derived.items():
                self._storage.put(temp, each)
        return SavedFile(
            filename=name,
            mime_type=found.kind.mime_type,
            size_bytes=size_bytes,
            sha256=sha256,
            width_px=found.width_px,
            height_px=found.height_px,
            duration_s=found.duration_s,
            thumbnail_name=_name_if(names.thumbnail_name(name), derived),
            thumbnail_large_name=_name_if(names.large_thumbnail_name(name), derived),
            poster_name=next((each for each in derived if each.endswith("_poster.webp")), None),
            colors=found.colors,
            media_type=found.kind.modality,
            condition=_condition(found),
        )


def _derived(name: str, found: Examined) -> dict[str, Path]:
    """The files made from a result, by the names they are stored under."""
    made = {names.thumbnail_name(name): found.thumbnail, names.large_thumbnail_name(name): found.large}
    if found.poster is not None and names.modality_of(name) is Modality.VIDEO:
        made[names.poster_name(name)] = found.poster
    return {each: temp for each, temp in made.items() if temp is not None}


def _name_if(name: str, derived: Collection[str]) -> str | None:
    return name if name in derived else None


def _condition(found: Examined) -> Condition:
    if found.damage is not None:
        return Condition.DAMAGED
    return Condition.OK if found.kind.is_shown and not found.is_unshowable else Condition.UNSHOWABLE
