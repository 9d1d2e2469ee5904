"""Open images that may be hostile: limited formats and pixels, one decode at a time."""

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
MAX_PIXELS_WEBP = 25_000_000  # the decoder keeps four copies in memory
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

# Pillow's own guard, for sizes known only while reading (GIF frames larger than the canvas)
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)
# Importing registers these formats; Pillow would only load them when no formats are named.
assert AvifImagePlugin and WebPImagePlugin
# Color profiles may exceed Pillow's limit for text chunks; text chunks themselves never reach Pillow.
PngImagePlugin.MAX_TEXT_CHUNK = png.PROFILE_MAX_BYTES

# Everything Pillow's readers raise on broken files
DECODE_ERRORS = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, AttributeError, ArithmeticError,
    MemoryError, AssertionError, RuntimeError, struct.error, zlib.error, UnidentifiedImageError,
)  # fmt: skip
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_decode_lock = threading.BoundedSemaphore(1)


@contextmanager
def opened(
    source: Path | BinaryIO, *, formats: tuple[str, ...] = FORMATS, max_pixels: int | None = None
) -> Iterator[Image.Image]:
    """Open an image: its header is read, nothing is decoded yet. Errors raised inside the block are translated.

    Invisible parts (text chunks, junk before or after the image, wrong checksums) do not prevent opening it.
    `max_pixels` overrides the format's limit.

    Raises:
        UnsupportedMedia: not a supported image, or damaged.
        TooLarge: more pixels than allowed for its format; raised before anything is decoded.
    """
    try:
        with _readable(source) as file, Image.open(file, formats=formats) as image:
            cap = max_pixels or (MAX_PIXELS_WEBP if image.format in ("WEBP", "AVIF") else MAX_PIXELS)
            if image.width * image.height > cap:
                raise _too_many_pixels(cap)
            yield image
    except _BOMBS as error:
        raise _too_many_pixels(MAX_PIXELS) from error
    except DECODE_ERRORS as error:
        raise UnsupportedMedia("This image is damaged or incomplete.") from error


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
            yield BytesIO(file.read(png.CLEANED_MAX_BYTES))  # a longer file is truncated
        else:
            yield file


def _is_jpeg(head: bytes) -> bool:
    return kind_of_bytes(head) is JPEG


@contextmanager
def decoding() -> Iterator[None]:
    """Hold this while pixels are in memory; the process allows one holder at a time."""
    with _decode_lock:
        yield


def shown_size(image: Image.Image) -> tuple[int, int]:
    """Width and height in pixels as displayed, with the EXIF orientation applied."""
    return (image.height, image.width) if orientation_of(image) >= 5 else image.size


def orientation_of(image: Image.Image) -> int:
    """The EXIF orientation, 1–8; 1 if it is missing or unreadable."""
    try:
        value = image.getexif().get(ORIENTATION_TAG, 1)
    except DECODE_ERRORS:
        return 1
    return value if value in TURNS else 1


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """The image with its EXIF orientation applied."""
    return image.transpose(TURNS[orientation]) if orientation in TURNS else image


def true_color(image: Image.Image) -> Image.Image:
    """The image as RGB, or RGBA if it has transparency; the color profile is applied only if it must be converted."""
    if image.mode in ("RGB", "RGBA") and "transparency" not in image.info:
        return image
    return to_srgb(_plain(image), image.info.get("icc_profile"))


def preview(image: Image.Image, longest_px: int) -> Image.Image:
    """A small copy, upright and in sRGB; decodes the image. Transparency is preserved."""
    orientation, profile = orientation_of(image), image.info.get("icc_profile")
    return upright(to_srgb(shrunk(image, longest_px), profile), orientation)


def shrunk(image: Image.Image, longest_px: int) -> Image.Image:
    """A copy in L, LA, RGB, RGBA or CMYK with the longest side at most `longest_px`; decodes the image.

    Large images are first reduced by an integer factor, strip by strip: Pillow would keep a second
    full-size copy of images with transparency in memory.
    """
    if image.format in ("JPEG", "MPO"):
        image.draft(None, (2 * longest_px, 2 * longest_px))
    image.load()
    factor = max(1, max(image.size) // (2 * longest_px))
    rows = STRIP_ROWS * factor
    mode = _plain(image.crop((0, 0, 1, 1))).mode
    small = Image.new(mode, (-(-image.width // factor), -(-image.height // factor)))
    for top in range(0, image.height, rows):
        strip = _plain(image.crop((0, top, image.width, min(top + rows, image.height))))
        small.paste(strip.reduce(factor) if factor > 1 else strip, (0, top // factor))
    small.thumbnail((longest_px, longest_px), Image.Resampling.LANCZOS)
    return small


def _plain(image: Image.Image) -> Image.Image:
    """Eight bits per channel, transparency as an alpha channel, color space unchanged."""
    if (image.mode.startswith("I") and image.mode != "I") or (image.mode == "I" and image.format == "PNG"):
        return _eight_bits(image)
    if "transparency" in image.info:
        _scale_key_color(image)
        return image.convert("LA" if image.mode in ("1", "L") else "RGBA")
    return image.convert(_PLAIN_MODES.get(image.mode, "RGBA" if image.has_transparency_data else "RGB"))


_PLAIN_MODES = {mode: mode for mode in ("L", "LA", "RGB", "RGBA", "CMYK")} | {"1": "L", "La": "LA", "F": "L", "I": "L"}


def _eight_bits(image: Image.Image) -> Image.Image:
    """Convert a 16-bit gray image; convert() would clip it to white instead of scaling."""
    wide = image.convert("I")
    gray = wide.point(lambda value: value * (1 / 256)).convert("L")
    key = image.info.get("transparency")
    if not isinstance(key, int):
        return gray
    # 0 where the gray is the transparent color, greater elsewhere
    difference = ImageChops.lighter(
        wide.point(lambda value: value * 255 + (-255 * key)).convert("L"),
        wide.point(lambda value: value * -255 + 255 * key).convert("L"),
    )
    gray.putalpha(difference.point(lambda value: 255 if value else 0))
    return gray


def _scale_key_color(image: Image.Image) -> None:
    """Scale the transparent color of an image with 16 bits per channel, which Pillow reads with eight."""
    key = image.info["transparency"]
    if image.mode == "RGB" and isinstance(key, tuple) and max(key) > 255:
        image.info["transparency"] = tuple(part >> 8 for part in key)


def _too_many_pixels(cap: int) -> TooLarge:
    return TooLarge(f"This image has more than {cap // 1_000_000} megapixels.", next_step="Use a smaller image.")
