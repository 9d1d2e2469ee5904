"""Why a database waits for a decision by the user."""

from __future__ import annotations

from enum import StrEnum


class ClosedReason(StrEnum):
    """Why a database is not used until the user decides."""

    DAMAGED = "damaged"
    MISSING = "missing"  # there was one: copies of it exist
    MOVED = "moved"  # deleted or replaced while the app runs
