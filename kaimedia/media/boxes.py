"""The box structure of MP4, MOV, AVIF, HEIC and related formats (ISO/IEC 14496-12, QuickTime)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from kaimedia.media import kinds
from kaimedia.media.kinds import Kind

BOX_LIMIT = 100_000
MOST_BOXES_READ = 64  # the file's kind must be clear by then
FTYP_MAX_BYTES = 4096
MAX_OFFSET = 2**62  # larger offsets cannot be passed to seek()
_FILLING = frozenset({b"free", b"skip", b"wide", b"uuid", b"pnot", b"pict", b"PICT", b"junk", b"emsg", b"sidx"})
_BODY = frozenset({b"ftyp", b"moov", b"mdat", b"moof"})
_INDEX = frozenset({b"moov", b"moof"})
_IMAGE_INDEX = frozenset({b"meta"})
_AVIF = frozenset({b"avif", b"avis", b"avio"})
_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"crx "})
_IMAGES = frozenset({b"mif1", b"mif2", b"msf1", b"miaf", b"jpeg", b"jpgs", b"j2ki"})


@dataclass(frozen=True, slots=True)
class Box:
    """One top-level box; `length` includes its header, 0 means "to the end"."""

    kind: bytes
    offset: int
    length: int
    head_bytes: int


def top_boxes(file: BinaryIO, limit: int = BOX_LIMIT) -> Iterator[Box]:
    """The top-level boxes of a file, in order, up to and including the first one with an invalid length."""
    offset = 0
    for _ in range(limit):
        file.seek(offset)
        head = file.read(16)
        if len(head) < 8:
            return
        length, kind, head_bytes = int.from_bytes(head[:4], "big"), head[4:8], 8
        if length == 1 and len(head) == 16:
            length, head_bytes = int.from_bytes(head[8:], "big"), 16
        yield Box(kind, offset, length, head_bytes)
        if length < head_bytes or offset + length > MAX_OFFSET:
            return
        offset += length


def kind_of(file: BinaryIO) -> Kind | None:
    """The kind of a file made of boxes; None when it is not."""
    for box in top_boxes(file, MOST_BOXES_READ):
        if 0 < box.length < box.head_bytes:
            return None
        if box.kind == b"ftyp":
            return _by_brands(file, box)
        if box.kind in (b"styp", b"moof"):
            return kinds.MP4
        if box.kind == b"moov":
            return kinds.MOV if _holds_box(file, box) else None
        if box.kind == b"mdat":
            return kinds.MOV if _has_index(file) or box.offset else None
        if box.kind not in _FILLING:
            return None
    return None


def is_truncated(file: BinaryIO) -> bool:
    """Whether a file made of boxes is certainly truncated: a box runs past its end, or it has no index at all.

    This detects a transfer that ended early because the connection was closed. Trailing bytes that are not a box
    are ignored.
    """
    size_bytes = file.seek(0, io.SEEK_END)
    has_index = is_image = False
    for box in top_boxes(file):
        has_index = has_index or box.kind in _INDEX
        is_image = is_image or box.kind in _IMAGE_INDEX
        if box.kind in _BODY | _IMAGE_INDEX and box.offset + box.length > size_bytes:
            return True
    return not (has_index or is_image)


def _by_brands(file: BinaryIO, box: Box) -> Kind | None:
    if not box.head_bytes + 4 <= box.length <= FTYP_MAX_BYTES:
        return None
    file.seek(box.offset + box.head_bytes)
    body = file.read(box.length - box.head_bytes)
    major = body[:4]
    brands = {major, *(body[at : at + 4] for at in range(8, len(body) - 3, 4))}
    if major in _AVIF | _HEIC | _IMAGES or (brands & (_AVIF | _HEIC | _IMAGES) and not _has_index(file)):
        return kinds.AVIF if brands & _AVIF and major not in _HEIC else kinds.HEIC
    if major in (b"M4A ", b"M4B ", b"M4P "):
        return kinds.M4A
    if major == b"qt  ":
        return kinds.MOV
    return kinds.THREE_GP if major.startswith((b"3g", b"3G")) else kinds.MP4


def _has_index(file: BinaryIO) -> bool:
    return any(box.kind in _INDEX for box in top_boxes(file, MOST_BOXES_READ))


def _holds_box(file: BinaryIO, box: Box) -> bool:
    """Whether a box starts with another box, as an index does and random bytes do not."""
    file.seek(box.offset + box.head_bytes)
    head = file.read(8)
    return len(head) == 8 and int.from_bytes(head[:4], "big") >= 8 and head[4:].isalnum()
