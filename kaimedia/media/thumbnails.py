"""Two WebP thumbnails and two mean colors of an image, from one decode."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageOps

from kaimedia.media import image as images
from kaimedia.media.durable import disk_errors

SMALL_PX = 512
LARGE_PX = 1024
QUALITY = 80


@dataclass(frozen=True, slots=True)
class Thumbnailed:
    """Facts of the source: size in pixels as displayed, and its mean colors.

    `colors` is `rrggbbrrggbb`: the top half, then the bottom half.
    """

    width_px: int
    height_px: int
    colors: str


def make_thumbnails(source: Path, small: Path, large: Path) -> Thumbnailed:
    """Write both thumbnails of `source`: longest side 512 and 1,024 px, never enlarged, upright,
    in sRGB, transparency preserved.

    Raises:
        UnsupportedMedia: `source` is damaged or truncated.
        TooLarge: it has too many pixels; nothing is written.
        StorageFull: no space left.
    """
    with images.decoding():
        with images.opened(source) as image:
            width_px, height_px = images.shown_size(image)
            reduced = images.preview(image, LARGE_PX)
        with disk_errors():
            reduced.save(large, "WEBP", quality=QUALITY)
            reduced.thumbnail((SMALL_PX, SMALL_PX), Image.Resampling.LANCZOS)
            reduced.save(small, "WEBP", quality=QUALITY)
        return Thumbnailed(width_px, height_px, mean_colors(reduced))


def cropped_webp(source: BinaryIO, size_px: tuple[int, int]) -> bytes:
    """A WebP of exactly this width and height: the center of `source`, upright and in sRGB.

    Raises:
        UnsupportedMedia: `source` is damaged or truncated.
        TooLarge: it has too many pixels.
    """
    with images.decoding(), images.opened(source) as image:
        out = io.BytesIO()
        ImageOps.fit(images.preview(image, LARGE_PX), size_px).save(out, "WEBP", quality=QUALITY)
        return out.getvalue()


def mean_colors(image: Image.Image) -> str:
    """The mean colors of the top and the bottom half, `rrggbbrrggbb`; transparent pixels count less."""
    halves = image.resize((1, 2), Image.Resampling.BOX).convert("RGB")
    return halves.tobytes().hex()
