"""Options of the commands about the media storage."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any


def add_media(
    new: Callable[[str, str], argparse.ArgumentParser], add_action: Callable[[Any, str, str], argparse.ArgumentParser]
) -> None:
    """Add `media` and its actions."""
    actions = new("media", "move all files to another storage").add_subparsers(
        dest="action", metavar="ACTION", required=True
    )
    move = add_action(
        actions,
        "move",
        "copy all files to another storage and verify each by its SHA-256; can be repeated, and continues after an "
        "interruption; the app may run meanwhile",
    )
    move.add_argument("target", nargs="?", metavar="TARGET", help="a folder, or s3://bucket/prefix")
    move.add_argument(
        "--from",
        dest="source",
        metavar="SOURCE",
        help="copy from there to the storage in use: what was saved at the old place before the setting was changed",
    )
    move.add_argument(
        "--delete-source",
        action="store_true",
        help="with --from: when every file is verified at the storage in use, delete those at SOURCE",
    )
    move.add_argument("-y", "--yes", action="store_true", help="with --delete-source: do not ask")
    move.add_argument(
        "--dry-run", action="store_true", help="show how many files and bytes there are, and copy nothing"
    )
    move.add_argument("--deep", action="store_true", help="compare all copies again, also those verified earlier")
    move.add_argument("--merge", action="store_true", help="allow a TARGET that has other files already; they stay")
    move.add_argument(
        "--settings",
        metavar="FILE",
        help="the AWS_... settings of the storage that is not in use, in a file like .env; "
        "default: those of the storage in use",
    )
    move.add_argument("-q", "--quiet", action="store_true", help="do not print progress")
