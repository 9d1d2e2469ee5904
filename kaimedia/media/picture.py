"""Opening pictures that may be hostile: few formats, few pixels, one decode at a time."""

from __future__ import annotations

import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from kaimedia.errors import TooLarge, UnsupportedMedia

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MAX_PIXELS = 50_000_000
MAX_PIXELS_WEBP = 25_000_000  # its decoder holds four copies
STRIP_ROWS = 256

ORIENTATION_TAG = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# Pillow's own guard, for sizes that only show while reading (frames of a GIF beyond its canvas)
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)

# What Pillow's readers raise on broken files besides OSError
DECODE_ERRORS = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, AttributeError, ArithmeticError,
    MemoryError, AssertionError, RuntimeError, struct.error, zlib.error, UnidentifiedImageError,
)  # fmt: skip
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_ONE_AT_A_TIME = threading.BoundedSemaphore(1)


@contextmanager
def opened(source: Path | BinaryIO) -> Iterator[Image.Image]:
    """The picture with its header read and nothing decoded yet; whatever fails inside is translated.

    Raises:
        UnsupportedMedia: not a picture we read, or a damaged one.
        TooLarge: more pixels than its format may have; raised before anything is decoded.
    """
    try:
        with Image.open(source, formats=FORMATS) as picture:
            cap = MAX_PIXELS_WEBP if picture.format == "WEBP" else MAX_PIXELS
            if picture.width * picture.height > cap:
                raise _too_many_pixels(cap)
            yield picture
    except _BOMBS as error:
        raise _too_many_pixels(MAX_PIXELS) from error
    except DECODE_ERRORS as error:
        raise UnsupportedMedia("This picture is damaged or cut short.") from error


@contextmanager
def decoding() -> Iterator[None]:
    """Held while pixels are in memory; only one holder in the process."""
    with _ONE_AT_A_TIME:
        yield


def shown_size(picture: Image.Image) -> tuple[int, int]:
    """Width and height in pixels as shown, EXIF turns counted."""
    return (picture.height, picture.width) if orientation_of(picture) >= 5 else picture.size


def orientation_of(picture: Image.Image) -> int:
    """The EXIF orientation, 1–8; 1 when there is none that can be read."""
    try:
        value = picture.getexif().get(ORIENTATION_TAG, 1)
    except DECODE_ERRORS:
        return 1
    return value if value in TURNS else 1


def upright(picture: Image.Image, orientation: int) -> Image.Image:
    """The picture turned as its EXIF orientation says."""
    return picture.transpose(TURNS[orientation]) if orientation in TURNS else picture


def true_colour(picture: Image.Image) -> Image.Image:
    """The same pixels as RGB, or RGBA when something shows through."""
    if picture.mode in ("RGB", "RGBA"):
        return picture
    if picture.mode.startswith("I;16"):
        # convert() clips 16 bits to white instead of scaling
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def shrunk(picture: Image.Image, longest_px: int) -> Image.Image:
    """RGB or RGBA with the longest side at most `longest_px`; decodes the picture.

    Large pictures are first reduced by a whole factor strip by strip: Pillow's own way holds a second
    full-size copy for pictures with transparency.
    """
    if picture.format == "JPEG":
        picture.draft(None, (2 * longest_px, 2 * longest_px))
    factor = max(1, max(picture.size) // (2 * longest_px))
    rows = STRIP_ROWS * factor
    mode = true_colour(picture.crop((0, 0, 1, 1))).mode
    small = Image.new(mode, (-(-picture.width // factor), -(-picture.height // factor)))
    for top in range(0, picture.height, rows):
        strip = true_colour(picture.crop((0, top, picture.width, min(top + rows, picture.height))))
        small.paste(strip.reduce(factor) if factor > 1 else strip, (0, top // factor))
    small.thumbnail((longest_px, longest_px), Image.Resampling.LANCZOS)
    return small


def _too_many_pixels(cap: int) -> TooLarge:
    return TooLarge(f"This picture has more than {cap // 1_000_000} megapixels.", next_step="Use a smaller picture.")
