"""Detect the kind of a file by the structure of its bytes, not by lists of brands, encoders or senders."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from typing import BinaryIO

from kaimedia.media import boxes, kinds
from kaimedia.media.kinds import Kind

HEAD_BYTES = 8192
LEADING_JUNK_BYTES = 1024
# start of a JPEG and its first marker: a table, a frame, an application segment or a comment
_JPEG_START = re.compile(rb"\xff\xd8\xff+[\xc0-\xcf\xdb\xdd\xe0-\xef\xfe]")
_EBML_TYPE = re.compile(rb"\x42\x82[\x80-\xff]?\x00{0,7}[\x80-\x90]?(webm|matroska)")
_BMP_HEADERS = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
_TS_PACKETS = ((0, 188), (4, 192), (0, 204))
# The first two bytes of a frame: MPEG-1, 2 and 2.5 layer III; AAC in an ADTS stream.
_MP3_FRAMES = frozenset({b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2", b"\xff\xe3", b"\xff\xe2"})
_ADTS_FRAMES = frozenset({b"\xff\xf1", b"\xff\xf0", b"\xff\xf9", b"\xff\xf8"})
_VIDEO_IN_OGG = (b"\x80theora", b"OVP80", b"BBCD\x00", b"video/")

_STARTS: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89PNG\r\n\x1a\n", kinds.PNG),
    (b"GIF87a", kinds.GIF),
    (b"GIF89a", kinds.GIF),
    (b"\xff\x0a", kinds.JXL),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", kinds.JXL),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", kinds.JPEG_2000),
    (b"\xff\x4f\xff\x51", kinds.JPEG_2000),
    (b"II*\x00", kinds.TIFF),
    (b"MM\x00*", kinds.TIFF),
    (b"II+\x00", kinds.TIFF),
    (b"MM\x00+", kinds.TIFF),
    (b"8BPS\x00", kinds.PSD),
    (b"qoif", kinds.QOI),
    (b"FLV\x01", kinds.FLV),
    (b"DKIF\x00\x00", kinds.IVF),
    (b"\x00\x00\x01\xba", kinds.MPEG_PS),
    (b"\x00\x00\x01\xb3", kinds.MPEG_PS),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", kinds.WMV),
    (b"%PDF-", kinds.PDF),
    (b"PK\x03\x04", kinds.ZIP),
    (b"ID3", kinds.MP3),
    (b"fLaC", kinds.FLAC),
    (b"glTF", kinds.GLB),
)
_RIFF = {b"WEBP": kinds.WEBP, b"AVI ": kinds.AVI, b"WAVE": kinds.WAV}


def kind_of(file: BinaryIO) -> Kind | None:
    """The kind of a file, media or other; None if it cannot be recognized. Reads from the start of the file."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    for reader in _READERS:
        if (found := reader(head)) is not None:
            return found
    return boxes.kind_of(file) or _late_jpeg(head)


def kind_of_bytes(head: bytes) -> Kind | None:
    """The same for the first bytes of a file, up to 8 KB."""
    return kind_of(BytesIO(head))


def jpeg_offset(head: bytes) -> int:
    """Where the image starts in a JPEG with leading junk; 0 if there is none."""
    match = _JPEG_START.search(head[:LEADING_JUNK_BYTES])
    return match.start() if match else 0


def _riff(head: bytes) -> Kind | None:
    return _RIFF.get(head[8:12]) if head.startswith((b"RIFF", b"RF64")) else None


def _jpeg(head: bytes) -> Kind | None:
    return kinds.JPEG if head.startswith(b"\xff\xd8\xff") else None


def _late_jpeg(head: bytes) -> Kind | None:
    is_page = head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"{", b"["))
    return kinds.JPEG if not is_page and _JPEG_START.search(head[:LEADING_JUNK_BYTES]) else None


def _bmp(head: bytes) -> Kind | None:
    is_sure = head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADERS
    return kinds.BMP if is_sure else None


def _ico(head: bytes) -> Kind | None:
    count, first_at = int.from_bytes(head[4:6], "little"), int.from_bytes(head[18:22], "little")
    is_sure = head.startswith(b"\x00\x00\x01\x00") and 0 < count < 256 and first_at >= 6 + 16 * count
    return kinds.ICO if is_sure else None


def _matroska(head: bytes) -> Kind | None:
    if not head.startswith(b"\x1a\x45\xdf\xa3"):
        return None
    match = _EBML_TYPE.search(head)
    if match is None:
        return None
    return kinds.WEBM if match[1] == b"webm" else kinds.MKV


def _ogg(head: bytes) -> Kind | None:
    if not head.startswith(b"OggS\x00"):
        return None
    return kinds.OGV if any(codec in head for codec in _VIDEO_IN_OGG) else kinds.OGG


def _transport_stream(head: bytes) -> Kind | None:
    for offset, length in _TS_PACKETS:
        marks = head[offset::length][:5]
        if len(marks) >= 3 and set(marks) == {0x47}:
            return kinds.MPEG_TS
    return None


def _audio_frames(head: bytes) -> Kind | None:
    """Sound without a container, which starts with the header of its first frame."""
    if len(head) < 4:
        return None
    if head[:2] in _ADTS_FRAMES:
        has_valid_rate = head[2] >> 2 & 0x0F < 13
        return kinds.AAC if has_valid_rate else None
    has_valid_rates = head[2] & 0xF0 not in (0x00, 0xF0) and head[2] & 0x0C != 0x0C
    return kinds.MP3 if head[:2] in _MP3_FRAMES and has_valid_rates else None


_READERS: tuple[Callable[[bytes], Kind | None], ...] = (
    _riff, _jpeg, _bmp, _ico, _matroska, _ogg, _transport_stream, _audio_frames,
)  # fmt: skip
