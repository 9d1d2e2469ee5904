"""Reads a file of another machine from one streamed response, and goes on where that breaks off."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

READ_BYTES = 256 * 1024  # the first byte waits for as much
RESUMES = 3


@dataclass(frozen=True, slots=True)
class StreamedResponse:
    """A response with bytes of one version of a file."""

    version: str | None  # such as an ETag; None: not known, and a response that breaks off is not continued
    end: int  # where its bytes end in the file
    chunks: Iterator[bytes]


# Called with first byte, where to end (None: at the file's end), and which version (None: the current one).
Request = Callable[[int, int | None, str | None], StreamedResponse]


def resumed(
    request: Request,
    start: int,
    end: int | None,
    *,
    breaks: type[Exception],
    errors: Callable[[], AbstractContextManager[None]],
) -> BinaryIO:
    """Request the bytes from `start` to before `end` now, and return a file that reads them.

    Where the response raises `breaks` or ends early, the rest is requested again, of the same version, three times at
    most. `errors` turns what reading raises into errors of the app.

    Raises:
        Exception: whatever `request` raises.
    """
    return cast(BinaryIO, io.BufferedReader(_ResumedReader(request, start, end, breaks, errors), READ_BYTES))


class _ResumedReader(io.RawIOBase):
    def __init__(
        self,
        request: Request,
        start: int,
        end: int | None,
        breaks: type[Exception],
        errors: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._request = request
        self._at = start
        self._breaks = breaks
        self._errors = errors
        self._resumes = RESUMES
        self._rest = memoryview(b"")
        self._response = request(start, end, None)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest and self._at < self._response.end:
            with self._errors():
                self._rest = memoryview(self._next_chunk())
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        self._at += size
        return size

    def _next_chunk(self) -> bytes:
        while True:
            try:
                if chunk := next(self._response.chunks, b""):
                    return chunk
                raise self._breaks("the response ended early")
            except self._breaks:
                if not self._resumes or self._response.version is None:
                    raise
                self._resumes -= 1
                self._response = self._request(self._at, self._response.end, self._response.version)
