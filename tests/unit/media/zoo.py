"""Unusual but playable media files, each with its kind."""

from __future__ import annotations

import io
import struct
import tempfile
import zlib
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageCms, PngImagePlugin

from tests.unit.media import samples

FILES = Path(__file__).with_name("files")
Make = Callable[[], bytes]


def chunk(kind: bytes, data: bytes, *, crc: int | None = None) -> bytes:
    """One PNG chunk, optionally with a wrong checksum."""
    return (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data) if crc is None else crc)
    )


def with_chunk(data: bytes, *chunks: bytes, at: int = 33) -> bytes:
    """A PNG with chunks inserted after its header."""
    return data[:at] + b"".join(chunks) + data[at:]


def _png(mode: str = "RGB", **options: object) -> Make:
    return lambda: samples.encoded("PNG", image=samples.sample_image(64, 48, mode), **options)


def _image(image_format: str, mode: str = "RGB", **options: object) -> Make:
    return lambda: samples.encoded(image_format, image=samples.sample_image(64, 48, mode), **options)


def _png_with(*chunks: bytes) -> Make:
    return lambda: with_chunk(samples.encoded("PNG"), *chunks)


def _texts() -> bytes:
    info = PngImagePlugin.PngInfo()
    for number in range(40):
        info.add_itxt(f"k{number}", "x" * 900_000, zip=True)
    info.add_text("t", "y" * 3_000_000)
    return samples.encoded("PNG", pnginfo=info)


def _frames(image_format: str) -> Make:
    frames = [Image.new("RGB", (64, 48), color) for color in ("red", "lime", "blue")]
    return lambda: samples.encoded(
        image_format, image=frames[0], save_all=True, append_images=frames[1:], duration=80, loop=0
    )


def _turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return samples.encoded("JPEG", exif=exif)


def _srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _sixteen_bit_color() -> bytes:
    rows = b"".join(b"\x00" + b"\x80\x00\x10\x00\xff\xff" * 8 for _ in range(8))
    header = struct.pack(">IIBBBBB", 8, 8, 16, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@cache
def video(container: str, codec: str, size: tuple[int, int] = (96, 64), **options: str) -> bytes:
    """A second of video."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "video"
        with av.open(str(path), "w", format=container, options=options) as output:
            stream = output.add_stream(codec, rate=24)
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            stream.codec_context.time_base = Fraction(1, 24)
            bright = np.asarray(samples.sample_image(*size))
            for index in range(12):
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(np.roll(bright, index, 1)), format="rgb24")
                for packet in stream.encode(frame):
                    output.mux(packet)
            for packet in stream.encode(None):
                output.mux(packet)
        return path.read_bytes()


def mp4() -> bytes:
    """The plain video from which others are made; its index is last."""
    return video("mp4", "libx264")


def _branded(major: bytes, *others: bytes) -> Make:
    def make() -> bytes:
        data = mp4()
        length = int.from_bytes(data[:4], "big")
        head = b"ftyp" + major + bytes(4) + b"".join(others)
        head = struct.pack(">I", 4 + len(head)) + head
        # the rest must not move: the index contains offsets
        assert len(head) <= length or not others
        filling = length - len(head)
        return (
            head + (struct.pack(">I", filling) + b"free" + bytes(filling - 8) if filling >= 8 else b"") + data[length:]
        )

    return make


def _before(box: bytes) -> Make:
    """A box at the start of a fragmented file, in which offsets do not matter."""
    return lambda: box + video("mp4", "libx264", movflags="frag_keyframe+empty_moov+default_base_moof")


def _without_ftyp() -> bytes:
    data = video("mp4", "libx264", movflags="frag_keyframe+empty_moov+default_base_moof")
    return data[int.from_bytes(data[:4], "big") :]


def _box(kind: bytes, length: int = 64) -> bytes:
    return struct.pack(">I", length) + kind + bytes(length - 8)


def shared(name: str) -> Make:
    return (FILES / name).read_bytes


IMAGES: dict[str, tuple[str, Make]] = {
    "png-1": ("png", _png("1")),
    "png-gray": ("png", _png("L")),
    "png-gray-alpha": ("png", _png("LA")),
    "png-palette": ("png", _png("P")),
    "png-palette-hole": ("png", _png("P", transparency=0)),
    "png-rgba": ("png", _png("RGBA")),
    "png-16-gray": ("png", lambda: samples.encoded("PNG", image=Image.new("I;16", (40, 40), 0x8000))),
    "png-16-color": ("png", _sixteen_bit_color),
    "png-key-color": ("png", _png("RGB", transparency=(220, 30, 30))),
    "png-animated": ("png", _frames("PNG")),
    "png-many-texts": ("png", _texts),
    "png-text-bad-crc": ("png", _png_with(chunk(b"tEXt", b"a\0b", crc=1))),
    "png-ztxt-broken": ("png", _png_with(chunk(b"zTXt", b"a\0\0broken"))),
    "png-itxt-broken": ("png", _png_with(chunk(b"iTXt", b"\xff"))),
    "png-profile-broken": ("png", _png_with(chunk(b"iCCP", b"a\0\0broken"))),
    "png-profile-huge": ("png", _png_with(chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(40_000_000))))),
    "png-profile-2mb": ("png", _png_with(chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(2_000_000))))),
    "png-profile": ("png", _png("RGB", icc_profile=_srgb())),
    "png-private-chunk": ("png", _png_with(chunk(b"prVt", bytes(100_000)))),
    "png-c2pa": ("png", _png_with(chunk(b"caBX", bytes(300_000)))),
    "png-bad-phys": ("png", _png_with(chunk(b"pHYs", b"x"))),
    "png-bad-time": ("png", _png_with(chunk(b"tIME", b""))),
    "png-header-bad-crc": ("png", lambda: (d := samples.encoded("PNG"))[:29] + b"\0\0\0\0" + d[33:]),
    "png-trailing-junk": ("png", lambda: samples.encoded("PNG") + b"\r\n\0junk" * 50),
    "png-no-last-crc": ("png", lambda: samples.encoded("PNG")[:-4]),
    "png-exif-broken": ("png", _png_with(chunk(b"eXIf", b"MM\0*\xff\xff\xff\xff"))),
    "png-shared-ztxt": ("png", shared("big_ztxt.png")),
    "png-shared-crc": ("png", shared("bad_crc.png")),
    "png-shared-profile": ("png", shared("icc_large.png")),
    "png-shared-key-color": ("png", shared("rgb_trns.png")),
    "jpeg": ("jpg", _image("JPEG")),
    "jpeg-progressive": ("jpg", _image("JPEG", progressive=True)),
    "jpeg-cmyk": ("jpg", _image("JPEG", "CMYK")),
    "jpeg-gray": ("jpg", _image("JPEG", "L")),
    "jpeg-turned": ("jpg", _turned),
    "jpeg-profile": ("jpg", _image("JPEG", icc_profile=_srgb())),
    "jpeg-comment": ("jpg", _image("JPEG", comment=b"x" * 60_000)),
    "jpeg-trailing-junk": ("jpg", lambda: samples.encoded("JPEG") + bytes(5000)),
    "jpeg-fill-bytes": ("jpg", lambda: (d := samples.encoded("JPEG"))[:2] + b"\xff\xff" + d[2:]),
    "jpeg-multi-image": (
        "jpg",
        lambda: samples.encoded("MPO", save_all=True, append_images=[samples.sample_image()]),
    ),
    "jpeg-xmp": ("jpg", _image("JPEG", xmp=b"<x/>" * 5000)),
    "webp": ("webp", _image("WEBP")),
    "webp-lossless": ("webp", _image("WEBP", lossless=True)),
    "webp-alpha": ("webp", _image("WEBP", "RGBA")),
    "webp-animated": ("webp", _frames("WEBP")),
    "webp-profile": ("webp", _image("WEBP", icc_profile=_srgb())),
    "gif": ("gif", _image("GIF", "P")),
    "gif-hole": ("gif", _image("GIF", "P", transparency=0)),
    "gif-animated": ("gif", _frames("GIF")),
    "gif-comment": ("gif", _image("GIF", "P", comment=b"x" * 9000)),
    "avif": ("avif", _image("AVIF")),
    "avif-alpha": ("avif", _image("AVIF", "RGBA")),
    "avif-animated": ("avif", _frames("AVIF")),
    "avif-shared": ("avif", shared("a.avif")),
    "bmp": ("bmp", _image("BMP")),
    "bmp-palette": ("bmp", _image("BMP", "P")),
    "ico": ("ico", _image("ICO", "RGBA", sizes=[(32, 32)])),
    "tiff": ("tif", _image("TIFF")),
    "tiff-deflate": ("tif", _image("TIFF", compression="tiff_adobe_deflate")),
    "tiff-cmyk": ("tif", _image("TIFF", "CMYK")),
    "tiff-big": ("tif", _image("TIFF", big_tiff=True)),
    "jpeg-2000": ("jp2", _image("JPEG2000")),
    "jpeg-2000-stream": ("jp2", _image("JPEG2000", no_jp2=True)),
    "jpeg-junk-before": ("jpg", lambda: b"\r\n--part\r\n\r\n" + samples.encoded("JPEG")),
}
# We cannot decode these; they are saved anyway.
UNREADABLE: dict[str, tuple[str, bytes]] = {
    "heic": ("heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + _box(b"meta", 900)),
    "heif": ("heic", b"\0\0\0\x18ftypmif1\0\0\0\0mif1miaf" + _box(b"meta", 900)),
    "jxl": ("jxl", b"\xff\x0a" + bytes(range(256)) * 4),
    "jxl-boxes": ("jxl", b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(900)),
    "psd": ("psd", b"8BPS\0\x01" + bytes(900)),
    "wmv": ("wmv", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11" + bytes(900)),
    "mp4-no-decoder": ("mp4", b"\0\0\0\x14ftypisom\0\0\0\0mp42" + _box(b"moov", 900) + _box(b"mdat", 900)),
}
VIDEOS: dict[str, tuple[str, Make]] = {
    "mp4": ("mp4", mp4),
    "mp4-index-first": ("mp4", lambda: video("mp4", "libx264", movflags="faststart")),
    "mp4-fragments": ("mp4", lambda: video("mp4", "libx264", movflags="frag_keyframe+empty_moov")),
    "mp4-dash": ("mp4", lambda: video("mp4", "libx264", movflags="dash+frag_keyframe+empty_moov")),
    "mp4-mpeg4": ("mp4", lambda: video("mp4", "mpeg4")),
    "mp4-iso6-shared": ("mp4", shared("iso6.mp4")),
    "mp4-h264-shared": ("mp4", shared("h264.mp4")),
    **{
        f"mp4-brand-{major.decode().strip()}": ("mp4", _branded(major))
        for major in (b"iso6", b"avc1", b"dash", b"cmfc", b"M4V ", b"M4VH", b"MSNV", b"XAVC", b"mp71", b"f4v ", b"NDSC")
    },
    "mp4-isom-last": ("mp4", _branded(b"xxxx", b"yyyy", b"isom")),
    "mp4-brand-3gp5": ("3gp", _branded(b"3gp5", b"isom")),
    "mp4-brand-qt": ("mov", _branded(b"qt  ")),
    "mp4-free-first": ("mp4", _before(_box(b"free"))),
    "mp4-skip-first": ("mp4", _before(_box(b"skip", 20_000))),
    "mp4-wide-first": ("mp4", _before(_box(b"wide", 8))),
    "mp4-uuid-first": ("mp4", _before(_box(b"uuid", 40))),
    "mov-without-ftyp": ("mov", _without_ftyp),
    "mov": ("mov", lambda: video("mov", "libx264")),
    "3gp": ("3gp", lambda: video("3gp", "libx264")),
    "webm": ("webm", lambda: video("webm", "libvpx")),
    "webm-live": ("webm", lambda: video("webm", "libvpx", live="1")),
    "mkv": ("mkv", lambda: video("matroska", "libx264")),
    "avi": ("avi", lambda: video("avi", "mpeg4")),
    "flv": ("flv", lambda: video("flv", "flv1")),
    "ts": ("ts", lambda: video("mpegts", "libx264")),
    "mpg": ("mpg", lambda: video("mpeg", "mpeg2video")),
    "ivf": ("ivf", lambda: video("ivf", "libvpx")),
}


def shown_color(data: bytes) -> tuple[int, ...]:
    """The center of the upper half of an image."""
    with Image.open(io.BytesIO(data)) as image:
        pixel = image.convert("RGBA").getpixel((image.width // 2, image.height // 4))
    assert isinstance(pixel, tuple)
    return pixel
