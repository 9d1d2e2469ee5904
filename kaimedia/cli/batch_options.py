"""Options of `batch`, `batches` and `compare`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

New = Callable[[str, str], argparse.ArgumentParser]
Add = Callable[[argparse.ArgumentParser], None]
Action = Callable[[Any, str, str], argparse.ArgumentParser]


def at_least_one(text: str) -> int:
    """A number from 1."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return value


def add_batch(new: New, add_request: Add, add_waiting: Add) -> None:
    """Add batch."""
    parser = new("batch", "generate many prompts as one batch, with one confirmation of the total price")
    parser.add_argument(
        "file",
        metavar="FILE",
        help="a text file with a prompt on each line, or a .csv file; - reads stdin; {red|blue} are choices",
    )
    parser.add_argument("--csv", action="store_true", help="the file is CSV, whatever its name")
    parser.add_argument(
        "--seeds", type=at_least_one, default=1, metavar="N", help="random seeds for each prompt (default: 1)"
    )
    parser.add_argument("--name", default="", help="default: the file's name")
    add_request(parser)
    _add_yes_and_waiting(parser, add_waiting)


def add_quote(new: New, add_request: Add) -> None:
    """Add quote."""
    parser = new("quote", "show what a generation costs, without sending anything")
    parser.add_argument("prompt", nargs="?", help="what to generate; no price depends on it")
    parser.add_argument("--file", metavar="FILE", help="price each prompt of this file, as `batch` reads it")
    parser.add_argument("--csv", action="store_true", help="the file is CSV, whatever its name")
    parser.add_argument(
        "--seeds", type=at_least_one, default=1, metavar="N", help="random seeds for each prompt (default: 1)"
    )
    add_request(parser)


def add_compare(new: New, add_request: Add, add_waiting: Add) -> None:
    """Add compare."""
    parser = new("compare", "send one prompt to 2 to 6 models, with one confirmation of the total price")
    parser.add_argument("prompt", help="what to generate; - reads it from stdin")
    parser.add_argument("--models", required=True, metavar="A,B,…", help="the ids of the models, separated by commas")
    parser.add_argument("--blind", action="store_true", help="hide the models' names on the page until you have chosen")
    add_request(parser)
    parser.set_defaults(model=None)
    _add_yes_and_waiting(parser, add_waiting)


def add_batches(new: New, action: Action) -> None:
    """Add batches and its actions."""
    parser = new("batches", "list the batches, or show, pause, resume or stop one")
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    action(actions, "list", "list the newest batches (the default)")
    for name, help in (
        ("show", "show a batch with its tasks"),
        ("pause", "send no more of its tasks until it is resumed"),
        ("resume", "go on sending its tasks"),
        ("stop", "cancel its unsent tasks; those already sent are still saved"),
    ):
        one = action(actions, name, help)
        one.add_argument("id", type=int, metavar="ID", help="its number, as `batches` shows it")
        if name == "stop":
            one.add_argument("-y", "--yes", action="store_true", help="do not ask")


def _add_yes_and_waiting(parser: argparse.ArgumentParser, add_waiting: Add) -> None:
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask before submitting")
    add_waiting(parser)
