"""From a result link to finished files: fetched, checked, with thumbnails, all under one stem."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kaimedia.domain import Modality, SavedFile
from kaimedia.errors import FetchFailed, KaimediaError, TooLarge, UnsupportedMedia
from kaimedia.media import names
from kaimedia.media.fetch import Fetched, fetch
from kaimedia.media.film import FilmFacts, is_cut_short, probe_film
from kaimedia.media.probe import Sniffed, sniff
from kaimedia.media.storage import MIN_FREE_BYTES, Storage
from kaimedia.media.thumbnails import Thumbnailed, make_thumbnails

MAX_BYTES = {Modality.IMAGE: 64 * 1024**2, Modality.VIDEO: 1024**3}
_NewTemp = Callable[[str], Path]
_WORDS = {Modality.IMAGE: "a picture", Modality.VIDEO: "a clip"}


@dataclass(frozen=True, slots=True)
class _Parts:
    """Temporary files of one result; what was not made is None."""

    thumbnail: Path | None = None
    large: Path | None = None
    poster: Path | None = None
    picture: Thumbnailed | None = None
    film: FilmFacts | None = None


class Keeper:
    """Saves results into a storage. Safe to use from several threads; pictures are decoded one at a time."""

    def __init__(self, storage: Storage, trusted_hosts: Iterable[str] = ()) -> None:
        self._storage = storage
        self._trusted_hosts = tuple(trusted_hosts)

    def keep(
        self,
        url: str,
        *,
        modality: Modality,
        at: datetime,
        key: str | None = None,
        extra_hosts: Iterable[str] = (),
    ) -> SavedFile:
        """Fetch one result and keep it; `at` becomes part of its name, `extra_hosts` are trusted this once.

        With the same `key` a second fetch takes the name of the first, so that a crash between file and row
        leaves no orphan behind.

        The result's own file appears last, so that its presence means all of it is there. A picture with too
        many pixels and a clip that cannot be opened are kept without thumbnails.

        Raises:
            UnsupportedMedia: the link gave something else than `modality` asks for.
            FetchFailed: not fetched, or arrived damaged; may be tried again.
            ResultExpired, TooLarge, UnsafePath, StorageFull: as `fetch` says.
        """
        with self._temps() as new_temp:
            temp = new_temp(".part")
            fetched = fetch(
                url,
                temp,
                max_bytes=MAX_BYTES[modality],
                trusted_hosts=(*self._trusted_hosts, *extra_hosts),
            )
            sniffed = _expect(modality, sniff(temp))
            if modality is Modality.IMAGE:
                parts = _picture_parts(temp, new_temp)
            else:
                parts = _film_parts(temp, sniffed, new_temp)
            return self._put(names.new_name(modality, at, sniffed.ext, key), temp, sniffed, fetched, parts)

    def delete(self, file_names: Iterable[str | None]) -> None:
        """Remove files by name; missing ones and None are fine."""
        for name in file_names:
            if name is not None:
                self._storage.delete(name)

    def has_room(self, min_bytes: int = MIN_FREE_BYTES) -> bool:
        """Whether new results may be asked for, see `Storage.has_room`."""
        return self._storage.has_room(min_bytes)

    @contextmanager
    def _temps(self) -> Iterator[_NewTemp]:
        made: list[Path] = []

        def new_temp(suffix: str) -> Path:
            made.append(self._storage.new_temp(suffix))
            return made[-1]

        try:
            yield new_temp
        finally:
            for temp in made:
                temp.unlink(missing_ok=True)

    def _put(self, name: str, temp: Path, sniffed: Sniffed, fetched: Fetched, parts: _Parts) -> SavedFile:
        wanted = (
            (parts.thumbnail, names.thumbnail_name),
            (parts.large, names.large_thumbnail_name),
            (parts.poster, names.poster_name),
        )
        given = [derive(name) if part else None for part, derive in wanted]
        try:
            for (part, _), part_name in zip(wanted, given, strict=True):
                if part and part_name:
                    self._storage.put(part, part_name, more_follow=True)
            self._storage.put(temp, name)
        except KaimediaError:
            self.delete(given)
            raise
        size = parts.film or parts.picture
        return SavedFile(
            filename=name,
            mime_type=sniffed.mime_type,
            size_bytes=fetched.size_bytes,
            sha256=fetched.sha256,
            width_px=size.width_px if size else None,
            height_px=size.height_px if size else None,
            duration_s=parts.film.duration_s if parts.film else None,
            thumbnail_name=given[0],
            thumbnail_large_name=given[1],
            poster_name=given[2],
            colors=parts.picture.colors if parts.picture else None,
        )


def _expect(modality: Modality, sniffed: Sniffed) -> Sniffed:
    if sniffed.modality is not modality:
        raise UnsupportedMedia(
            f"The link gave {_WORDS[sniffed.modality]} ({sniffed.ext.upper()}) where {_WORDS[modality]} was expected."
        )
    return sniffed


def _picture_parts(source: Path, new_temp: _NewTemp) -> _Parts:
    small, large = new_temp(".webp"), new_temp(".webp")
    try:
        return _Parts(small, large, picture=make_thumbnails(source, small, large))
    except TooLarge:
        return _Parts()
    except UnsupportedMedia as error:
        # the type is right, so the bytes are not: the next transfer may be whole
        raise FetchFailed("The picture arrived damaged or cut short.") from error


def _film_parts(source: Path, sniffed: Sniffed, new_temp: _NewTemp) -> _Parts:
    if sniffed.ext in ("mp4", "mov") and is_cut_short(source):
        raise FetchFailed("The clip arrived cut short.")
    poster = new_temp(".webp")
    film = probe_film(source, poster)
    if film is None:
        return _Parts()
    small, large = new_temp(".webp"), new_temp(".webp")
    try:
        return _Parts(small, large, poster, make_thumbnails(poster, small, large), film)
    except (TooLarge, UnsupportedMedia):
        return _Parts(film=film)
