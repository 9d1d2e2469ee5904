"""Undo content codings, judging by the bytes: headers are only a hint, since many name a coding not applied."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import brotli
import zstandard

from kaimedia.media.durable import disk_errors
from kaimedia.media.probe import is_media
from kaimedia.media.signatures import HEAD_BYTES
from kaimedia.media.size_limits import SizeLimit

MAX_LAYERS = 3
PIECE_BYTES = 256 * 1024
ZSTD_WINDOW_BYTES = 128 * 1024**2
_MAGIC = {b"\x1f\x8b\x08": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_ALIASES = {"x-gzip": "gzip"}


class _NotCoded(Exception):
    """The bytes are not in the expected coding."""


def undo_codings(path: Path, claimed: Sequence[str], limit: SizeLimit) -> bool:
    """Replace an encoded file with its decoded content; returns whether it changed.

    `claimed` holds the header's codings, lower case, the last applied last. A file that is already media is left
    alone whatever they say; gzip and zstd are recognized without a header when they contain media.

    Raises:
        TooLarge, StorageFull: the content exceeds `limit`; checked while decoding.
    """
    remaining = [_ALIASES.get(name, name) for name in claimed]
    has_changed = False
    for _ in range(MAX_LAYERS):
        head = _head(path)
        if is_media(head):
            break
        by_magic = next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)
        coding = by_magic or (remaining[-1] if remaining else None)
        if coding is None or not _undo(path, coding, limit, is_claimed=coding in remaining):
            break
        has_changed = True
        if coding in remaining:
            remaining = remaining[: len(remaining) - 1 - remaining[::-1].index(coding)]
    return has_changed


def _undo(path: Path, coding: str, limit: SizeLimit, *, is_claimed: bool) -> bool:
    decoded = path.with_name(f"{path.name}.decoded")
    try:
        for decoder in _DECODERS.get(coding, ()):
            try:
                _write(decoder, path, decoded, limit)
            except (_NotCoded, zlib.error, brotli.error, zstandard.ZstdError):
                continue
            if is_claimed or is_media(_head(decoded)):
                with disk_errors():
                    decoded.replace(path)
                return True
        return False
    finally:
        decoded.unlink(missing_ok=True)


def _write(decoder: Callable[[BinaryIO], Iterator[bytes]], source: Path, target: Path, limit: SizeLimit) -> None:
    size_bytes = 0
    with disk_errors(), source.open("rb") as encoded, target.open("wb") as file:
        for piece in decoder(encoded):
            size_bytes += len(piece)
            limit.grow(size_bytes)
            file.write(piece)
    if not size_bytes:
        raise _NotCoded


def _gzip(file: BinaryIO) -> Iterator[bytes]:
    """All members; anything after the last one is ignored, as other readers do."""
    data = file.read(PIECE_BYTES)
    is_first = True
    while data:
        stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            data = yield from _inflated(stream, data, file)
        except zlib.error:
            if is_first:
                raise
            return
        is_first = False


def _deflate(wbits: int) -> Callable[[BinaryIO], Iterator[bytes]]:
    def decode(file: BinaryIO) -> Iterator[bytes]:
        yield from _inflated(zlib.decompressobj(wbits), file.read(PIECE_BYTES), file)

    return decode


def _inflated(stream: zlib._Decompress, data: bytes, file: BinaryIO) -> Generator[bytes, None, bytes]:
    """Yields one stream in pieces; returns the data that follows it."""
    while not stream.eof:
        if not data:
            raise _NotCoded  # truncated
        yield stream.decompress(data, PIECE_BYTES)
        data = stream.unconsumed_tail or (b"" if stream.eof else file.read(PIECE_BYTES))
    return stream.unused_data or file.read(PIECE_BYTES)


def _brotli(file: BinaryIO) -> Iterator[bytes]:
    stream = brotli.Decompressor()
    while not stream.is_finished():
        data = file.read(PIECE_BYTES) if stream.can_accept_more_data() else b""
        if not data and stream.can_accept_more_data():
            raise _NotCoded
        yield stream.process(data, output_buffer_limit=PIECE_BYTES)


def _zstd(file: BinaryIO) -> Iterator[bytes]:
    with zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_BYTES).stream_reader(
        file, read_across_frames=True
    ) as reader:
        while piece := reader.read(PIECE_BYTES):
            yield piece


# Some servers send "deflate" without the zlib wrapper (RFC 9110, 8.4.1.2).
_DECODERS: dict[str, tuple[Callable[[BinaryIO], Iterator[bytes]], ...]] = {
    "gzip": (_gzip,),
    "deflate": (_deflate(zlib.MAX_WBITS), _deflate(-zlib.MAX_WBITS)),
    "br": (_brotli,),
    "zstd": (_zstd,),
}


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)
