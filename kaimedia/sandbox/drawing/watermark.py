"""The badge in the corner that marks an image or a video as made by the sandbox."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

TEXT = "sandbox"
_OVERSAMPLE = 4


@lru_cache(maxsize=16)
def badge(unit: int) -> Image.Image:
    """The pill (RGBA) for an image with a shorter side of `unit` pixels; sides even, never wider than half of it."""
    size = min(max(9.0, unit * 0.026), unit * 0.088)
    font = ImageFont.load_default(size * _OVERSAMPLE)
    left, top, right, bottom = font.getbbox(TEXT)
    pad_x, pad_y = size * 0.72 * _OVERSAMPLE, size * 0.42 * _OVERSAMPLE
    # The height comes from the glyphs of this text, plus padding.
    width = _even((right - left + 2 * pad_x) / _OVERSAMPLE)
    height = _even((bottom - top + 2 * pad_y) / _OVERSAMPLE)
    large = Image.new("RGBA", (width * _OVERSAMPLE, height * _OVERSAMPLE), (12, 12, 18, 0))
    draw = ImageDraw.Draw(large)
    line = max(2, round(size * 0.07 * _OVERSAMPLE))
    box = (0, 0, large.width - 1, large.height - 1)
    draw.rounded_rectangle(
        box, radius=large.height / 2, fill=(12, 12, 18, 148), outline=(255, 255, 255, 96), width=line
    )
    at = ((large.width - (right - left)) / 2 - left, (large.height - (bottom - top)) / 2 - top)
    draw.text(at, TEXT, font=font, fill=(255, 255, 255, 240))
    return large.resize((width, height), Image.Resampling.LANCZOS)


def place(width: int, height: int) -> tuple[int, int]:
    """Upper left corner of the pill in even numbers; the pill is at the lower right of the image."""
    unit = min(width, height)
    pill = badge(unit)
    gap = max(2, round(unit * 0.022))
    return (width - pill.width - gap) // 2 * 2, (height - pill.height - gap) // 2 * 2


def stamp(image: Image.Image) -> Image.Image:
    """Put the badge on an RGB image, in place; returns the image."""
    pill = badge(min(image.size))
    image.paste(pill, place(*image.size), pill)
    return image


def _even(value: float) -> int:
    return max(2, round(value / 2) * 2)
