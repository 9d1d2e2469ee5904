"""Opening images that may be hostile: few formats, few pixels, one decode at a time."""

from __future__ import annotations

import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL import AvifImagePlugin, Image, ImageChops, PngImagePlugin, UnidentifiedImageError, WebPImagePlugin

from kaimedia.errors import TooLarge, UnsupportedMedia
from kaimedia.media import png
from kaimedia.media.colors import to_srgb
from kaimedia.media.kinds import JPEG
from kaimedia.media.signatures import HEAD_BYTES, jpeg_offset, kind_of_bytes

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF", "BMP")
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
# Formats that Pillow would only load when it is asked for any format
assert AvifImagePlugin and WebPImagePlugin
# Color profiles beyond Pillow's limit for texts do exist; texts themselves never get as far as Pillow.
PngImagePlugin.MAX_TEXT_CHUNK = png.PROFILE_MAX_BYTES

# What Pillow's readers raise on broken files besides OSError
DECODE_ERRORS = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, AttributeError, ArithmeticError,
    MemoryError, AssertionError, RuntimeError, struct.error, zlib.error, UnidentifiedImageError,
)  # fmt: skip
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_ONE_AT_A_TIME = threading.BoundedSemaphore(1)


@contextmanager
def opened(
    source: Path | BinaryIO, *, formats: tuple[str, ...] = FORMATS, max_pixels: int | None = None
) -> Iterator[Image.Image]:
    """The image with its header read and nothing decoded yet; whatever fails inside is translated.

    Parts that do not show (texts, junk before or behind it, wrong checksums) do not keep an image from opening.
    `max_pixels` stands in for the format's own cap.

    Raises:
        UnsupportedMedia: not an image we read, or a damaged one.
        TooLarge: more pixels than its format may have; raised before anything is decoded.
    """
    try:
        with _readable(source) as file, Image.open(file, formats=formats) as picture:
            cap = max_pixels or (MAX_PIXELS_WEBP if picture.format in ("WEBP", "AVIF") else MAX_PIXELS)
            if picture.width * picture.height > cap:
                raise _too_many_pixels(cap)
            yield picture
    except _BOMBS as error:
        raise _too_many_pixels(MAX_PIXELS) from error
    except DECODE_ERRORS as error:
        raise UnsupportedMedia("This image is damaged or cut short.") from error


@contextmanager
def _readable(source: Path | BinaryIO) -> Iterator[BinaryIO]:
    with source.open("rb") if isinstance(source, Path) else nullcontext(source) as file:
        file.seek(0)
        head = file.read(HEAD_BYTES)
        file.seek(0)
        if head.startswith(png.SIGNATURE):
            yield png.cleaned(file)
        elif not head.startswith(b"\xff\xd8") and (offset := jpeg_offset(head)) and _is_jpeg(head):
            file.seek(offset)
            yield BytesIO(file.read(png.CLEANED_MAX_BYTES))  # a longer one shows as much of it as there is
        else:
            yield file


def _is_jpeg(head: bytes) -> bool:
    return kind_of_bytes(head) is JPEG


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


def true_color(picture: Image.Image) -> Image.Image:
    """The same pixels as RGB, or RGBA when something shows through; a profile is applied unless they were that."""
    if picture.mode in ("RGB", "RGBA") and "transparency" not in picture.info:
        return picture
    return to_srgb(_plain(picture), picture.info.get("icc_profile"))


def preview(picture: Image.Image, longest_px: int) -> Image.Image:
    """The image small, upright and in sRGB; decodes it. Transparency stays."""
    orientation, profile = orientation_of(picture), picture.info.get("icc_profile")
    return upright(to_srgb(shrunk(picture, longest_px), profile), orientation)


def shrunk(picture: Image.Image, longest_px: int) -> Image.Image:
    """L, LA, RGB, RGBA or CMYK with the longest side at most `longest_px`; decodes the image.

    Large images are first reduced by a whole factor strip by strip: Pillow's own way holds a second
    full-size copy for images with transparency.
    """
    if picture.format in ("JPEG", "MPO"):
        picture.draft(None, (2 * longest_px, 2 * longest_px))
    picture.load()
    factor = max(1, max(picture.size) // (2 * longest_px))
    rows = STRIP_ROWS * factor
    mode = _plain(picture.crop((0, 0, 1, 1))).mode
    small = Image.new(mode, (-(-picture.width // factor), -(-picture.height // factor)))
    for top in range(0, picture.height, rows):
        strip = _plain(picture.crop((0, top, picture.width, min(top + rows, picture.height))))
        small.paste(strip.reduce(factor) if factor > 1 else strip, (0, top // factor))
    small.thumbnail((longest_px, longest_px), Image.Resampling.LANCZOS)
    return small


def _plain(picture: Image.Image) -> Image.Image:
    """Eight bits a channel, transparency as a channel, in the color space the image came in."""
    if (picture.mode.startswith("I") and picture.mode != "I") or (picture.mode == "I" and picture.format == "PNG"):
        return _eight_bits(picture)
    if "transparency" in picture.info:
        _scale_key_color(picture)
        return picture.convert("LA" if picture.mode in ("1", "L") else "RGBA")
    return picture.convert(_PLAIN_MODES.get(picture.mode, "RGBA" if picture.has_transparency_data else "RGB"))


_PLAIN_MODES = {mode: mode for mode in ("L", "LA", "RGB", "RGBA", "CMYK")} | {"1": "L", "La": "LA", "F": "L", "I": "L"}


def _eight_bits(picture: Image.Image) -> Image.Image:
    """A gray image of 16 bits; convert() would clip it to white instead of scaling."""
    wide = picture.convert("I")
    gray = wide.point(lambda value: value * (1 / 256)).convert("L")
    key = picture.info.get("transparency")
    if not isinstance(key, int):
        return gray
    # 0 where the gray is the transparent one, more elsewhere
    apart = ImageChops.lighter(
        wide.point(lambda value: value * 255 + (-255 * key)).convert("L"),
        wide.point(lambda value: value * -255 + 255 * key).convert("L"),
    )
    gray.putalpha(apart.point(lambda value: 255 if value else 0))
    return gray


def _scale_key_color(picture: Image.Image) -> None:
    """The transparent color of an image with 16 bits a channel, which Pillow reads as one of eight."""
    key = picture.info["transparency"]
    if picture.mode == "RGB" and isinstance(key, tuple) and max(key) > 255:
        picture.info["transparency"] = tuple(part >> 8 for part in key)


def _too_many_pixels(cap: int) -> TooLarge:
    return TooLarge(f"This image has more than {cap // 1_000_000} megapixels.", next_step="Use a smaller image.")
