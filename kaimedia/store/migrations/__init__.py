"""The migrations. Each one is frozen: it imports nothing that may change later."""

from __future__ import annotations

import functools
from pathlib import Path

FOLDER = Path(__file__).parent


@functools.cache
def revisions() -> tuple[str, ...]:
    """The revision of each migration, which its file's name starts with; the newest is the last.

    Read without Alembic, whose import takes as long as a command that finds its database up to date.
    """
    return tuple(sorted(file.name[:4] for file in (FOLDER / "versions").glob("[0-9]*.py")))
