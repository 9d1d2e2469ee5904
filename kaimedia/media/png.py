"""PNG files without what only readers stumble over: texts of any length, private chunks, wrong checksums."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHUNK_LIMIT = 1_000_000
PROFILE_MAX_BYTES = 16 * 1024**2
CLEANED_MAX_BYTES = 256 * 1024**2
# Everything the look of the (first) picture depends on; the rest is text, time and animation.
_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"eXIf", b"IDAT", b"IEND"})


def has_end(file: BinaryIO) -> bool:
    """Whether the chunks lead to the one that ends the picture."""
    return any(kind == b"IEND" for kind, _, _ in _chunks(file))


def cleaned(file: BinaryIO) -> BinaryIO:
    """The picture alone, checksums made anew, in memory; the file itself when it is too long or has no end.

    A color profile of more than 16 MB, or one that cannot be unpacked, is left out.
    """
    chunks = list(_chunks(file))
    if not chunks or chunks[-1][0] != b"IEND" or sum(length for _, _, length in chunks) > CLEANED_MAX_BYTES:
        file.seek(0)
        return file
    out = io.BytesIO()
    out.write(SIGNATURE)
    for kind, offset, length in chunks:
        if kind not in _KEPT:
            continue
        file.seek(offset)
        data = file.read(length)
        if kind == b"iCCP" and not _can_be_unpacked(data):
            continue
        out.write(struct.pack(">I", length) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))
    out.seek(0)
    return out


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Kind, offset of the data and its length, for each chunk that is there as a whole, to the end of the picture."""
    size_bytes = file.seek(0, io.SEEK_END)
    offset = len(SIGNATURE)
    for _ in range(CHUNK_LIMIT):
        file.seek(offset)
        head = file.read(8)
        if len(head) < 8 or not head[4:].isalpha():
            return
        length = int.from_bytes(head[:4], "big")
        # Nothing depends on the last checksum, so a picture that lacks only that is whole.
        if offset + 8 + length + (0 if head[4:] == b"IEND" else 4) > size_bytes:
            return
        yield head[4:], offset + 8, length
        if head[4:] == b"IEND":
            return
        offset += 12 + length


def _can_be_unpacked(data: bytes) -> bool:
    _, _, packed = data.partition(b"\x00")
    unpacker = zlib.decompressobj()
    try:
        unpacker.decompress(packed[1:], PROFILE_MAX_BYTES)
    except zlib.error:
        return False
    return not unpacker.unconsumed_tail
