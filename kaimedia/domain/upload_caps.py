"""How many uploaded files may be held in the server's memory, per session and in total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FORM_MAX_BYTES = 100_000_000  # of one file, which is held in memory until it is stored; a larger one comes by link
_FULL = "Remove a file or reload the page, then choose it again."


@dataclass(frozen=True, slots=True)
class UploadRejection:
    """Why a file is not accepted: an HTTP status and a message for the user."""

    status: int
    detail: str


NOT_ADMITTED = UploadRejection(403, "Sign in before you upload a file.")
PAGE_FULL = UploadRejection(429, f"This page cannot hold more uploaded files. {_FULL}")
SERVER_FULL = UploadRejection(507, "The server cannot hold more uploaded files right now. Try again in a minute.")


@dataclass(frozen=True, slots=True)
class UploadCaps:
    """Limits on files held at a time. A body of unknown length counts as `unknown_bytes`."""

    session_files: int = 10
    session_bytes: int = FORM_MAX_BYTES + 5_000_000
    total_bytes: int = 300_000_000
    unknown_bytes: int = 26 * 1024 * 1024

    def rejection(self, of_session: Sequence[int], all_bytes: int, size: int) -> UploadRejection | None:
        """Why one more file of `size` bytes exceeds the limits; None when it does not."""
        if len(of_session) >= self.session_files or sum(of_session) + size > self.session_bytes:
            return PAGE_FULL
        return SERVER_FULL if all_bytes + size > self.total_bytes else None
