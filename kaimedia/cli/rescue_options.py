"""Options of the commands about what was paid and may be lost."""

from __future__ import annotations

import argparse
from collections.abc import Callable

New = Callable[[str, str], argparse.ArgumentParser]
Add = Callable[[argparse.ArgumentParser], None]


def add_rescue(new: New, add_waiting: Add, positive: Callable[[str], float]) -> None:
    """Add check, import and unsaved."""
    check = new("check", "compare the stored files with the gallery: missing, changed, untracked, lost thumbnails")
    how = check.add_mutually_exclusive_group()
    how.add_argument("--quick", action="store_true", help="compare only names and sizes, not the SHA-256 of each file")
    how.add_argument(
        "--repair",
        action="store_true",
        help="repair what can be repaired: remake thumbnails, fetch missing files again, mark items, add untracked "
        "files to the gallery; nothing is deleted",
    )
    importing = new(
        "import", "bring tasks into this app by their ids at the provider, also ones made before this app; free"
    )
    importing.add_argument(
        "ids", nargs="+", metavar="PROVIDER_TASK_ID", help="as in the provider's logs; - reads a list from stdin"
    )
    importing.add_argument("-m", "--model", help="the model, where the provider's record names none")
    importing.add_argument("--family", help="the kind of record, such as market or veo; default: try every kind")
    add_waiting(importing)
    unsaved = new("unsaved", "list results that were generated and are not saved yet, with the time left")
    unsaved.add_argument("ids", nargs="*", metavar="TASK_ID", help="with --fetch: only these tasks")
    unsaved.add_argument("--fetch", action="store_true", help="save them now and wait; free")
    unsaved.add_argument("--timeout", type=positive, metavar="S", help="wait at most S seconds for each")
    unsaved.add_argument("-q", "--quiet", action="store_true", help="do not print progress")
