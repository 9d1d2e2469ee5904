"""Remove from PNG files what makes readers fail: long text chunks, private chunks, wrong checksums."""

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
# Everything that affects how the (first) image looks; the rest is text, time and animation.
_ESSENTIAL = frozenset({b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"eXIf", b"IDAT", b"IEND"})


def has_end(file: BinaryIO) -> bool:
    """Whether the chunks reach the one that ends the image."""
    return any(kind == b"IEND" for kind, _, _ in _chunks(file))


def cleaned(file: BinaryIO) -> BinaryIO:
    """The essential chunks in memory, checksums recomputed; the file itself if it is too long or incomplete.

    A color profile larger than 16 MB, or one that cannot be decompressed, is dropped.
    """
    chunks = list(_chunks(file))
    if not chunks or chunks[-1][0] != b"IEND" or sum(length for _, _, length in chunks) > CLEANED_MAX_BYTES:
        file.seek(0)
        return file
    out = io.BytesIO()
    out.write(SIGNATURE)
    for kind, offset, length in chunks:
        if kind not in _ESSENTIAL:
            continue
        file.seek(offset)
        data = file.read(length)
        if kind == b"iCCP" and not _can_be_decompressed(data):
            continue
        out.write(struct.pack(">I", length) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))
    out.seek(0)
    return out


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Kind, data offset and data length of each complete chunk, up to the end of the image."""
    size_bytes = file.seek(0, io.SEEK_END)
    offset = len(SIGNATURE)
    for _ in range(CHUNK_LIMIT):
        file.seek(offset)
        head = file.read(8)
        if len(head) < 8 or not head[4:].isalpha():
            return
        length = int.from_bytes(head[:4], "big")
        # Nothing depends on the last checksum, so an image that lacks only that is complete.
        if offset + 8 + length + (0 if head[4:] == b"IEND" else 4) > size_bytes:
            return
        yield head[4:], offset + 8, length
        if head[4:] == b"IEND":
            return
        offset += 12 + length


def _can_be_decompressed(data: bytes) -> bool:
    _, _, compressed = data.partition(b"\x00")
    decompressor = zlib.decompressobj()
    try:
        decompressor.decompress(compressed[1:], PROFILE_MAX_BYTES)
    except zlib.error:
        return False
    return not decompressor.unconsumed_tail
