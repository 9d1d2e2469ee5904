"""Two small WebP files and two colours of a picture, from one decode."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageOps

from kaimedia.media import picture as pictures
from kaimedia.media.durable import disk_errors

SMALL_PX = 512
LARGE_PX = 1024
QUALITY = 80


@dataclass(frozen=True, slots=True)
class Thumbnailed:
    """Facts of the source met on the way: pixels as shown, and its mean colours.

    `colors` is `rrggbbrrggbb`: the top half, then the bottom half.
    """

    width_px: int
    height_px: int
    colors: str


def make_thumbnails(source: Path, small: Path, large: Path) -> Thumbnailed:
    """Write both thumbnails of `source`: longest side 512 and 1,024 px, never enlarged, upright,
    in sRGB, transparency kept.

    Raises:
        UnsupportedMedia: `source` is damaged or cut short.
        TooLarge: it has too many pixels; nothing is written.
        StorageFull: no room left.
    """
    with pictures.decoding():
        with pictures.opened(source) as picture:
            width_px, height_px = pictures.shown_size(picture)
            reduced = pictures.preview(picture, LARGE_PX)
        with disk_errors():
            reduced.save(large, "WEBP", quality=QUALITY)
            reduced.thumbnail((SMALL_PX, SMALL_PX), Image.Resampling.LANCZOS)
            reduced.save(small, "WEBP", quality=QUALITY)
        return Thumbnailed(width_px, height_px, mean_colors(reduced))


def cropped_webp(source: BinaryIO, size_px: tuple[int, int]) -> bytes:
    """A WebP of exactly that width and height: the middle of `source`, upright and in sRGB.

    Raises:
        UnsupportedMedia: `source` is damaged or cut short.
        TooLarge: it has too many pixels.
    """
    with pictures.decoding(), pictures.opened(source) as picture:
        out = io.BytesIO()
        ImageOps.fit(pictures.preview(picture, LARGE_PX), size_px).save(out, "WEBP", quality=QUALITY)
        return out.getvalue()


def mean_colors(picture: Image.Image) -> str:
    """The mean colours of the top and the bottom half, `rrggbbrrggbb`; what is transparent counts less."""
    halves = picture.resize((1, 2), Image.Resampling.BOX).convert("RGB")
    return halves.tobytes().hex()
