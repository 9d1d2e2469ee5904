"""What arrived: its kind, whether it is whole, and the small images made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from kaimedia.domain import Modality
from kaimedia.errors import TooLarge, UnsupportedMedia
from kaimedia.media import kinds, wholeness
from kaimedia.media.child import run_probe
from kaimedia.media.film import probe_film
from kaimedia.media.kinds import Kind
from kaimedia.media.probe import kind_of_other, sniff
from kaimedia.media.signatures import HEAD_BYTES, jpeg_offset
from kaimedia.media.thumbnails import make_thumbnails

IMAGE_PROBE_SCRIPT = Path(__file__).with_name("image_probe.py")
IMAGE_PROBE_WALL_S = 20.0
NewTemp = Callable[[str], Path]
# Decoded in this process; whatever fails here, and every other format, is read by a child process.
_DECODED_HERE = frozenset({kinds.PNG, kinds.JPEG, kinds.WEBP, kinds.GIF, kinds.AVIF, kinds.BMP})


@dataclass(frozen=True, slots=True)
class Examined:
    """One file as found. Paths are temporary files, None for what could not be made.

    `damage` is a sentence when the file lacks its end or cannot be read as a whole. `is_complete` is True when its
    own structure proves that nothing is missing, `is_doubtful` when it is neither image nor video, `is_odd` when
    it is of a kind that browsers show and yet none will show it.
    """

    kind: Kind
    damage: str | None = None
    is_complete: bool = False
    is_doubtful: bool = False
    is_odd: bool = False
    thumbnail: Path | None = None
    large: Path | None = None
    poster: Path | None = None
    width_px: int | None = None
    height_px: int | None = None
    duration_s: float | None = None
    colors: str | None = None


def examine(source: Path, new_temp: NewTemp) -> Examined:
    """Look at a file; `new_temp` gives files for what is made of it.

    Raises:
        UnsupportedMedia: it is a page, a message or nothing, not a result.
        StorageFull: no room left.
    """
    try:
        kind = sniff(source)
    except UnsupportedMedia:
        other = kind_of_other(source)
        if other is None:
            raise
        return Examined(other, is_doubtful=True)
    is_cut = wholeness.is_cut_short(source, kind)
    found = Examined(kind, is_complete=wholeness.can_tell(kind) and not is_cut)
    look = _image if kind.modality is Modality.IMAGE else _video
    found = look(source, found, new_temp)
    return replace(found, damage=_damage(kind)) if is_cut else found


def _damage(kind: Kind) -> str:
    return f"The {kind.modality or 'file'} arrived damaged or cut short."


def _image(source: Path, found: Examined, new_temp: NewTemp) -> Examined:
    found = replace(found, is_odd=found.kind is kinds.JPEG and _has_junk_before(source))
    damage = None
    if found.kind in _DECODED_HERE:
        try:
            return _with_thumbnails(source, found, new_temp)
        except TooLarge:
            pass
        except UnsupportedMedia:
            damage = _damage(found.kind)
    preview = new_temp(".png")
    arguments = str(source.absolute()), str(preview.absolute())
    size = run_probe(IMAGE_PROBE_SCRIPT, *arguments, wall_s=IMAGE_PROBE_WALL_S)
    if size is None:
        return found  # no reader of ours can open it: that says nothing against the file
    try:
        made = _with_thumbnails(preview, found, new_temp)
    except (TooLarge, UnsupportedMedia):
        return found
    return replace(made, damage=damage, width_px=size["width_px"], height_px=size["height_px"])


def _video(source: Path, found: Examined, new_temp: NewTemp) -> Examined:
    poster = new_temp(".webp")
    film = probe_film(source, poster, demuxer=found.kind.demuxer)
    if film is None:
        return found
    found = replace(found, width_px=film.width_px, height_px=film.height_px, duration_s=film.duration_s)
    try:
        made = _with_thumbnails(poster, found, new_temp)
    except (TooLarge, UnsupportedMedia):
        return found
    return replace(made, poster=poster, width_px=film.width_px, height_px=film.height_px)


def _with_thumbnails(source: Path, found: Examined, new_temp: NewTemp) -> Examined:
    small, large = new_temp(".webp"), new_temp(".webp")
    facts = make_thumbnails(source, small, large)
    return replace(
        found,
        thumbnail=small,
        large=large,
        width_px=facts.width_px,
        height_px=facts.height_px,
        colors=facts.colors,
    )


def _has_junk_before(source: Path) -> bool:
    with source.open("rb") as file:
        return jpeg_offset(file.read(HEAD_BYTES)) > 0
