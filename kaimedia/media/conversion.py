"""Convert an image to a type and size that a model takes."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from kaimedia.errors import TooLarge, UnsupportedMedia
from kaimedia.media import image as images

JPEG_QUALITY = 92
CONVERTIBLE = frozenset({"image/png", "image/jpeg", "image/webp"})
UNSUPPORTED_TYPE = "This image type is not supported."


def converted(source: Path, allowed: tuple[str, ...], max_bytes: int, hint: str) -> tuple[str, bytes]:
    """Type and bytes after conversion: upright; lossless if that fits, else JPEG.

    Raises:
        UnsupportedMedia: no type is allowed that images are converted to.
        TooLarge: too large even as a JPEG.
    """
    with images.decoding(), images.opened(source) as image:
        orientation = images.orientation_of(image)
        pixels = images.upright(images.true_color(image), orientation)
        profile = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA") else None
        for mime_type in ("image/png", "image/jpeg", "image/webp"):
            if mime_type in allowed:
                data = _in_type(pixels, mime_type, profile)
                if len(data) <= max_bytes:
                    return mime_type, data
    if CONVERTIBLE.isdisjoint(allowed):
        raise UnsupportedMedia(UNSUPPORTED_TYPE, next_step=hint)
    raise TooLarge(too_large(source.stat().st_size), next_step=hint)


def recoded(data: bytes, mime_type: str) -> bytes:
    """An image in another type, upright. Raises UnsupportedMedia, TooLarge."""
    with images.decoding(), images.opened(io.BytesIO(data)) as image:
        pixels = images.upright(images.true_color(image), images.orientation_of(image))
        return _in_type(pixels, mime_type, image.info.get("icc_profile") if image.mode in ("RGB", "RGBA") else None)


def _in_type(pixels: Image.Image, mime_type: str, profile: bytes | None) -> bytes:
    if mime_type == "image/png":
        return encoded(pixels, "PNG", icc_profile=profile)
    if mime_type == "image/webp":
        return encoded(pixels, "WEBP", quality=JPEG_QUALITY, icc_profile=profile)
    if pixels.mode == "RGBA":
        background = Image.new("RGBA", pixels.size, "white")
        pixels = Image.alpha_composite(background, pixels).convert("RGB")
    return encoded(pixels, "JPEG", quality=JPEG_QUALITY, icc_profile=profile)


def encoded(pixels: Image.Image, image_format: str, **options: object) -> bytes:
    """The bytes of a file in a format of Pillow's."""
    out = io.BytesIO()
    pixels.save(out, image_format, **options)
    return out.getvalue()


def too_large(size_bytes: int, what: str = "image") -> str:
    """The message for a file above the limit."""
    return f"This {what} is too large ({size_bytes / 1_000_000:.1f} MB)."
