"""Options of `collections`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any


def add_collections(new: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Add `collections` and its actions."""
    actions = new("collections", "list the collections, or change one").add_subparsers(dest="action", metavar="ACTION")
    _action(actions, "list", "list them and how many items each has (the default)")
    create = _action(actions, "create", "create a collection, empty or with items")
    create.add_argument("name", metavar="NAME", help="1 to 80 characters")
    create.add_argument("ids", nargs="*", metavar="MEDIA_ID", help="an item's number, as `list media` shows it")
    rename = _action(actions, "rename", "rename a collection")
    _add_name(rename)
    rename.add_argument("new_name", metavar="NEW_NAME", help="1 to 80 characters")
    delete = _action(actions, "delete", "delete a collection; its items stay in the gallery")
    _add_name(delete)
    delete.add_argument("-y", "--yes", action="store_true", help="do not ask")
    for name, help in (("add", "add items to a collection"), ("remove", "remove items from a collection")):
        parser = _action(actions, name, help)
        _add_name(parser)
        parser.add_argument("ids", nargs="+", metavar="MEDIA_ID", help="an item's number")


def _action(actions: Any, name: str, help: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".")
    # SUPPRESS: without it, leaving --json out here would undo one typed before the action.
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON document")
    return parser


def _add_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the name or number of a collection")
