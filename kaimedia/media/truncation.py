"""Detect from a file's structure that it is truncated, as after an interrupted transfer."""

from __future__ import annotations

import io
import mmap
import re
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from kaimedia.media import boxes, kinds, png
from kaimedia.media.kinds import Kind

GIF_BLOCK_LIMIT = 1_000_000
_SEGMENT = b"\x18\x53\x80\x67"
_UNKNOWN_LENGTH = re.compile(rb"[\x01\x03\x07\x0f\x1f\x3f\x7f\xff]\xff*")


def is_truncated(path: Path, kind: Kind) -> bool:
    """Whether the file is certainly truncated. False for kinds that do not state where they end."""
    check = _CHECKS.get(kind)
    if check is None:
        return False
    with path.open("rb") as file:
        return check(file)


def can_detect(kind: Kind) -> bool:
    """Whether files of this kind state where they end."""
    return kind in _CHECKS


def _png(file: BinaryIO) -> bool:
    return not png.has_end(file)


def _jpeg(file: BinaryIO) -> bool:
    """Entropy-coded data contains no markers, so the last start of scan belongs to the image or to one after it."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        starts_at = data.rfind(b"\xff\xda")
        return starts_at < 0 or data.rfind(b"\xff\xd9") < starts_at


def _riff(file: BinaryIO) -> bool:
    head = file.read(8)
    return int.from_bytes(head[4:8], "little") + 8 > _size(file)


def _gif(file: BinaryIO) -> bool:
    head = file.read(13)
    if len(head) < 13:
        return True
    _skip_colors(file, head[10])
    for _ in range(GIF_BLOCK_LIMIT):
        match file.read(1):
            case b"\x3b":
                return False
            case b"\x21":
                file.read(1)
            case b"\x2c":
                descriptor = file.read(9)
                _skip_colors(file, descriptor[8] if len(descriptor) == 9 else 0)
                file.read(1)
            case _:
                return True
        while length := file.read(1):
            if length == b"\x00":
                break
            file.seek(length[0], io.SEEK_CUR)
    return False


def _skip_colors(file: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        file.seek(3 * 2 ** ((flags & 7) + 1), io.SEEK_CUR)


def _matroska(file: BinaryIO) -> bool:
    """Only a segment that states its length can show this; recorders and live streams leave it open."""
    head = file.read(4096)
    at = head.find(_SEGMENT)
    if at < 0 or at + 12 > len(head):
        return at < 0
    first = head[at + 4]
    width = 9 - first.bit_length() if first else 9
    length = head[at + 4 : at + 4 + width]
    if width > 8 or _UNKNOWN_LENGTH.fullmatch(length):
        return False
    stated = int.from_bytes(length, "big") & ((1 << (7 * width)) - 1)
    return at + 4 + width + stated > _size(file)


def _size(file: BinaryIO) -> int:
    return file.seek(0, io.SEEK_END)


_CHECKS: dict[Kind, Callable[[BinaryIO], bool]] = {
    kinds.PNG: _png,
    kinds.JPEG: _jpeg,
    kinds.GIF: _gif,
    kinds.WEBP: _riff,
    kinds.AVI: _riff,
    kinds.WEBM: _matroska,
    kinds.MKV: _matroska,
    **dict.fromkeys((kinds.MP4, kinds.MOV, kinds.THREE_GP, kinds.AVIF, kinds.HEIC), boxes.is_truncated),
}
