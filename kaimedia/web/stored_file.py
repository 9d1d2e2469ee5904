"""A finished file of the media storage as a response: small ones at once, others streamed through the app."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from email.utils import format_datetime
from typing import BinaryIO

from anyio import CancelScope
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from kaimedia.media.storage import FileFacts, ReadableFiles
from kaimedia.web import byte_ranges, storage_threads

# Each chunk costs a switch to a worker thread, most of the work for a 20 MB video at 64 KB.
CHUNK_BYTES = 512 * 1024

Part = tuple[int, int]


class StoredFile:
    """Answers GET and HEAD, whole or in ranges; ranges only apply to GET, and not if If-Range names another version."""

    def __init__(
        self, files: ReadableFiles, name: str, facts: FileFacts, *, media_type: str, headers: Mapping[str, str]
    ) -> None:
        self.validators = {"etag": facts.etag, "last-modified": format_datetime(facts.modified_at, usegmt=True)}
        self._headers = {
            "accept-ranges": "bytes",
            "content-length": str(facts.size_bytes),
            **self.validators,
            **headers,
            "content-type": media_type,
        }
        self._size_bytes = facts.size_bytes
        self._files = files
        self._name = name

    def response(self, method: str, request: Headers) -> Response:
        """The response to a request with these headers. Opens and reads the file, so call it on a worker thread.

        Raises:
            ResultExpired: the file was just deleted.
            StorageUnavailable: it cannot be read.
        """
        if method == "HEAD":
            return Response(b"", 200, self._headers)
        parts = self._parts(request)
        if parts == []:
            return PlainTextResponse("", 416, {"Content-Range": f"bytes */{self._size_bytes}"})
        headers, heads, tail = self._framed(parts)
        status = 200 if parts is None else 206
        whole = [(0, self._size_bytes)] if self._size_bytes else []
        wanted = whole if parts is None else parts
        if len(wanted) == 1 and wanted[0][1] - wanted[0][0] <= CHUNK_BYTES:
            return Response(self._read(wanted[0]), status, headers)
        if sum(end - start for start, end in wanted) <= CHUNK_BYTES:
            content = [piece for part, head in zip(wanted, heads, strict=False) for piece in (head, self._read(part))]
            return Response(b"".join([*content, tail]), status, headers)
        return StreamingResponse(self._body(wanted, self._open(wanted[0]), heads, tail), status, headers)

    def _parts(self, headers: Headers) -> list[Part] | None:
        condition = headers.get("if-range")
        if condition is not None and condition not in self.validators.values():
            return None
        return byte_ranges.requested(headers.getlist("range"), self._size_bytes)

    def _framed(self, parts: Sequence[Part] | None) -> tuple[dict[str, str], Sequence[bytes], bytes]:
        """The headers, what precedes each part, and what follows the last; several parts are `multipart/byteranges`."""
        headers = dict(self._headers)
        if parts is None:
            return headers, [b""], b""
        if len(parts) == 1:
            start, end = parts[0]
            headers |= {"content-range": self._content_range(parts[0]), "content-length": str(end - start)}
            return headers, [b""], b""
        boundary = secrets.token_hex(13)
        media_type = headers["content-type"]
        heads = [
            (
                f"{line_end}--{boundary}\r\nContent-Type: {media_type}\r\n"
                f"Content-Range: {self._content_range(part)}\r\n\r\n"
            ).encode("latin-1")
            for line_end, part in zip(["", *["\r\n"] * (len(parts) - 1)], parts, strict=True)
        ]
        tail = f"\r\n--{boundary}--\r\n".encode("latin-1")
        length = sum(end - start for start, end in parts) + sum(map(len, heads)) + len(tail)
        headers |= {"content-type": f"multipart/byteranges; boundary={boundary}", "content-length": str(length)}
        return headers, heads, tail

    def _content_range(self, part: Part) -> str:
        return f"bytes {part[0]}-{part[1] - 1}/{self._size_bytes}"

    def _open(self, part: Part) -> BinaryIO:
        start, end = part
        return self._files.open(self._name, start, end if end < self._size_bytes else None)

    def _read(self, part: Part) -> bytes:
        with self._open(part) as file:
            return file.read(part[1] - part[0])

    async def _body(
        self, parts: Sequence[Part], first: BinaryIO | None, heads: Sequence[bytes], tail: bytes
    ) -> AsyncIterator[bytes]:
        for part, head in zip(parts, heads, strict=True):
            file = first if first is not None else await storage_threads.run(self._open, part)
            first = None
            left = part[1] - part[0]
            with file:
                if head:
                    yield head
                while left and (chunk := await _read_shielded(file, min(CHUNK_BYTES, left))):
                    left -= len(chunk)
                    yield chunk
        if tail:
            yield tail


async def _read_shielded(file: BinaryIO, size: int) -> bytes:
    """Up to `size` bytes; also when the client has gone, it ends before the file is closed, which would wait for it."""
    with CancelScope(shield=True):
        read = await storage_threads.run(file.read, size)
    return read
