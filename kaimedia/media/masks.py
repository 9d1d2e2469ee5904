"""Images to paint masks on, and whether a mask fits its image."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import ImageOps

from kaimedia.errors import UnsupportedMedia
from kaimedia.media import image as images
from kaimedia.media.conversion import converted, encoded

CANVAS_PX = 1600  # longest side of what is painted on; the mask has the image's own size


def size_px(path: Path) -> tuple[int, int]:
    """Width and height in pixels as displayed. Raises UnsupportedMedia, TooLarge."""
    with images.opened(path) as image:
        return images.shown_size(image)


def webp(path: Path, longest_px: int = CANVAS_PX) -> bytes:
    """The image as WebP, with the longest side at most `longest_px`. Raises UnsupportedMedia, TooLarge."""
    with images.decoding(), images.opened(path) as image:
        return encoded(images.preview(image, longest_px), "WEBP", quality=85)


def turned(path: Path, mime_type: str, max_bytes: int, hint: str) -> bytes | None:
    """The image with its EXIF orientation applied to the pixels; None where there is none to apply.

    Some readers ignore the orientation, and a mask would lie across for them.

    Raises:
        UnsupportedMedia, TooLarge: as `converted`.
    """
    with images.opened(path) as image:
        if images.orientation_of(image) == 1:
            return None
    return converted(path, (mime_type,), max_bytes, hint)[1]


def inverted(path: Path) -> bytes:
    """The mask with black and white swapped, as PNG. Raises UnsupportedMedia, TooLarge."""
    with images.decoding(), images.opened(path) as image:
        return encoded(ImageOps.invert(image.convert("RGB")), "PNG")


def from_transparency(data: bytes, *, is_white: bool) -> bytes:
    """A black and white mask, as PNG, of an image in which what changes is transparent; `is_white`: in the mask, white.

    Raises:
        UnsupportedMedia: it cannot be read, or nothing in it is transparent.
        TooLarge: it has too many pixels.
    """
    with images.decoding(), images.opened(io.BytesIO(data)) as image:
        alpha = image.convert("RGBA").getchannel("A")
    changing = alpha.point(lambda value: 255 if value < 128 else 0)
    if changing.getbbox() is None:
        raise UnsupportedMedia(
            "Nothing in this mask is transparent.", next_step="Make what should change transparent, in a PNG."
        )
    mask = changing if is_white else ImageOps.invert(changing)
    return encoded(mask.convert("RGB"), "PNG")


def check_fits(mask: Path, image: Path) -> None:
    """Check that a mask has the size of its image.

    Raises:
        UnsupportedMedia: it has another, or one of them cannot be read.
    """
    own, wanted = size_px(mask), size_px(image)
    if own != wanted:
        raise UnsupportedMedia(
            f"The mask has {_pixels(own)}, but the image has {_pixels(wanted)}.",
            next_step="Paint the mask on this image, or choose one of the same size.",
        )


def _pixels(size: tuple[int, int]) -> str:
    return f"{size[0]:,} × {size[1]:,} pixels"
