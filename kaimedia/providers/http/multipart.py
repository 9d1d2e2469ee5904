"""A multipart form with one file, streamed from disk."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

_CHUNK_BYTES = 64 * 1024


class MultipartFile:
    """The body of a form: iterate to get its bytes, as often as needed; `len()` is its exact size.

    Names and values come from our code and are plain ASCII, so nothing needs quoting.
    """

    def __init__(self, fields: Mapping[str, str], path: Path, file_name: str, mime_type: str) -> None:
        self._boundary = uuid.uuid4().hex
        self._path = path
        self._size_bytes = path.stat().st_size
        parts = [
            f'--{self._boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        parts.append(
            f'--{self._boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"\r\n'
            f"Content-Type: {mime_type}\r\n\r\n"
        )
        self._head = "".join(parts).encode("ascii")
        self._tail = f"\r\n--{self._boundary}--\r\n".encode("ascii")

    @property
    def content_type(self) -> str:
        """The value of the request's Content-Type header."""
        return f"multipart/form-data; boundary={self._boundary}"

    def __len__(self) -> int:
        return len(self._head) + self._size_bytes + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        with self._path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk
        yield self._tail
