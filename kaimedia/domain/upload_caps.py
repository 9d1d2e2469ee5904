"""How many uploaded files may wait in the server's memory, of one session and of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_FULL = "Remove an image or reload the page, then choose it again."


@dataclass(frozen=True, slots=True)
class UploadRefusal:
    """Why a file is not taken: an HTTP status, and words for the person who chose it."""

    status: int
    detail: str


NOT_ADMITTED = UploadRefusal(403, "Sign in before you upload a file.")
PAGE_FULL = UploadRefusal(429, f"This page holds as many uploaded files as it may. {_FULL}")
SERVER_FULL = UploadRefusal(507, "The server holds as many uploaded files as it may. Try again in a minute.")


@dataclass(frozen=True, slots=True)
class UploadCaps:
    """Files that are held at a time. `unknown_bytes` is what a body without a length is counted as."""

    session_files: int = 2
    session_bytes: int = 30_000_000
    total_bytes: int = 200_000_000
    unknown_bytes: int = 26 * 1024 * 1024

    def refusal(self, of_session: Sequence[int], all_bytes: int, size: int) -> UploadRefusal | None:
        """Why one more file of `size` bytes is too much beside those held; None when it is not."""
        if len(of_session) >= self.session_files or sum(of_session) + size > self.session_bytes:
            return PAGE_FULL
        return SERVER_FULL if all_bytes + size > self.total_bytes else None
