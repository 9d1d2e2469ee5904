"""Temporary files of one operation, removed when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kaimedia.media.examine import NewTemp
from kaimedia.media.storage import Storage


@contextmanager
def temp_files(storage: Storage) -> Iterator[NewTemp]:
    """Gives a function that makes a temporary file with a suffix; those not stored by the end are removed."""
    made: list[Path] = []

    def new_temp(suffix: str) -> Path:
        made.append(storage.new_temp(suffix))
        return made[-1]

    try:
        yield new_temp
    finally:
        for each in made:
            each.unlink(missing_ok=True)
