"""Options of the commands about what was paid and may be lost."""

from __future__ import annotations

import argparse
from collections.abc import Callable

New = Callable[[str, str], argparse.ArgumentParser]


def add_rescue(new: New) -> None:
    """Add check."""
    check = new("check", "compare the stored files with the gallery: missing, changed, untracked, lost thumbnails")
    how = check.add_mutually_exclusive_group()
    how.add_argument("--quick", action="store_true", help="compare only names and sizes, not the SHA-256 of each file")
    how.add_argument(
        "--repair",
        action="store_true",
        help="repair what can be repaired: remake thumbnails, fetch missing files again, mark items, add untracked "
        "files to the gallery; nothing is deleted",
    )
