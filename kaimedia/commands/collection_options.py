"""What may be typed after `collections`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any


def add_collections(new: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Put in collections with its actions."""
    actions = new("collections", "list the collections, or change one").add_subparsers(dest="action", metavar="ACTION")
    _action(actions, "list", "list them with the number of their items (the default)")
    create = _action(actions, "create", "make a collection, empty or with items in it")
    create.add_argument("name", metavar="NAME", help="1 to 80 characters")
    create.add_argument("ids", nargs="*", metavar="MEDIA_ID", help="the number of an item, as `list media` shows it")
    rename = _action(actions, "rename", "give a collection another name")
    _add_name(rename)
    rename.add_argument("new_name", metavar="NEW_NAME", help="1 to 80 characters")
    delete = _action(actions, "delete", "delete a collection; its items stay in the gallery")
    _add_name(delete)
    delete.add_argument("-y", "--yes", action="store_true", help="do not ask")
    for name, help in (("add", "put items into a collection"), ("remove", "take items out of a collection")):
        parser = _action(actions, name, help)
        _add_name(parser)
        parser.add_argument("ids", nargs="+", metavar="MEDIA_ID", help="the number of an item")


def _action(actions: Any, name: str, help: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".")
    # Left out here, it must not undo one typed before the action.
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="answer with one JSON document")
    return parser


def _add_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the name of a collection, or its number")
