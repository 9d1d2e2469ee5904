"""Why a database waits for a person."""

from __future__ import annotations

from enum import StrEnum


class ClosedReason(StrEnum):
    """Why a database is not used before a person decides."""

    DAMAGED = "damaged"
    MISSING = "missing"  # there was one, copies of it are there
    MOVED = "moved"  # deleted or replaced under the running app
