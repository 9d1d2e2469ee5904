"""Examine a downloaded file: its kind, whether it is complete, and thumbnails and poster made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from kaimedia.domain import Modality
from kaimedia.errors import TooLarge, UnsupportedMedia
from kaimedia.media import kinds, truncation
from kaimedia.media.child import run_probe
from kaimedia.media.kinds import Kind
from kaimedia.media.probe import kind_of_other, sniff
from kaimedia.media.signatures import HEAD_BYTES, jpeg_offset
from kaimedia.media.thumbnails import make_thumbnails
from kaimedia.media.video import probe_video

IMAGE_PROBE_SCRIPT = Path(__file__).with_name("image_probe.py")
IMAGE_PROBE_WALL_S = 20.0
NewTemp = Callable[[str], Path]
# Decoded in this process; if that fails, and for every other format, a child process reads the file.
_DECODED_HERE = frozenset({kinds.PNG, kinds.JPEG, kinds.WEBP, kinds.GIF, kinds.AVIF, kinds.BMP})


@dataclass(frozen=True, slots=True)
class Examined:
    """Facts of one file. Paths are temporary files, None for what could not be made.

    `damage` is a message if the file is truncated or cannot be read completely. `is_complete` is True when its
    structure proves that nothing is missing, `is_unknown_kind` when it is neither image nor video, `is_unshowable` when
    browsers show its kind but not this file.
    """

    kind: Kind
    damage: str | None = None
    is_complete: bool = False
    is_unknown_kind: bool = False
    is_unshowable: bool = False
    thumbnail: Path | None = None
    large: Path | None = None
    poster: Path | None = None
    width_px: int | None = None
    height_px: int | None = None
    duration_s: float | None = None
    colors: str | None = None


def examine(source: Path, new_temp: NewTemp) -> Examined:
    """Examine a file; `new_temp` makes the files for thumbnails and poster.

    Raises:
        UnsupportedMedia: not a result: a web page, an error message or empty.
        StorageFull: no space left.
    """
    try:
        kind = sniff(source)
    except UnsupportedMedia:
        other = kind_of_other(source)
        if other is None:
            raise
        return Examined(other, is_unknown_kind=True)
    is_cut = truncation.is_truncated(source, kind)
    found = Examined(kind, is_complete=truncation.can_detect(kind) and not is_cut)
    examine_kind = _image if kind.modality is Modality.IMAGE else _video
    found = examine_kind(source, found, new_temp)
    return replace(found, damage=_damage(kind)) if is_cut else found


def _damage(kind: Kind) -> str:
    return f"The {kind.modality or 'file'} arrived damaged or incomplete."


def _image(source: Path, found: Examined, new_temp: NewTemp) -> Examined:
    found = replace(found, is_unshowable=found.kind is kinds.JPEG and _has_junk_before(source))
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
        return found  # we cannot decode it, but the file may still be fine
    try:
        made = _with_thumbnails(preview, found, new_temp)
    except (TooLarge, UnsupportedMedia):
        return found
    return replace(made, damage=damage, width_px=size["width_px"], height_px=size["height_px"])


def _video(source: Path, found: Examined, new_temp: NewTemp) -> Examined:
    poster = new_temp(".webp")
    facts = probe_video(source, poster, demuxer=found.kind.demuxer)
    if facts is None:
        return found
    found = replace(found, width_px=facts.width_px, height_px=facts.height_px, duration_s=facts.duration_s)
    try:
        made = _with_thumbnails(poster, found, new_temp)
    except (TooLarge, UnsupportedMedia):
        return found
    return replace(made, poster=poster, width_px=facts.width_px, height_px=facts.height_px)


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
