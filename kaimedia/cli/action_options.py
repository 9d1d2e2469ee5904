"""Options of the commands that act on tasks and gallery items."""

from __future__ import annotations

import argparse
from collections.abc import Callable

New = Callable[[str, str], argparse.ArgumentParser]


def add_catalog(new: New) -> None:
    """Add models, styles, credits and spending."""
    models = new("models", "list the models with their prices")
    models.add_argument("--type", choices=("image", "video"), help="only this type")
    compare = "compare with the provider's own list now and say what differs"
    models.add_argument("--check", action="store_true", help=compare)
    styles = new("styles", "list the prompt styles; save, rename or delete one of your own")
    change = styles.add_mutually_exclusive_group()
    change.add_argument(
        "--save",
        nargs=2,
        metavar=("NAME", "TEXT"),
        help="save a style; {prompt} in TEXT marks where the prompt goes, otherwise TEXT is added after the prompt",
    )
    change.add_argument("--rename", nargs=2, metavar=("STYLE", "NAME"), help="rename one of your styles")
    change.add_argument(
        "--delete", metavar="STYLE", help="delete one of your styles; its file moves to data/presets/deleted"
    )
    _add_yes(styles, "with --save: replace an existing style without asking")
    new("credits", "show the balance; checking is free")
    spending = new("spending", "show what was spent, and what the balance says about it")
    by = ("day", "model", "kind", "collection", "token")
    spending.add_argument("--by", choices=by, default="day", help="what it is divided by (default: day)")
    spending.add_argument("--since", metavar="DAY", help="the first day, such as 2026-03-31 or 7d (default: all)")
    spending.add_argument("--until", metavar="DAY", help="the last day, included (default: today)")
    spending.add_argument("--time-zone", metavar="NAME", default="UTC", help="where days begin (default: UTC)")
    spending.add_argument("--provider", metavar="NAME", help="by default the one in use")
    spending.add_argument("--csv", action="store_true", help="print one row for each day, model and token")


def add_task_actions(new: New) -> None:
    """Add cancel, retry, resolve and dismiss."""
    cancel = new(
        "cancel",
        "cancel tasks; one that the provider has accepted cannot be canceled there, only no longer tracked",
    )
    _add_task_ids(cancel)
    cancel.add_argument(
        "-y",
        "--yes",
        "--stop-tracking",
        action="store_true",
        help="do not ask, even if the provider has accepted the task and may still finish and bill it",
    )
    # The earlier name of --stop-tracking.
    cancel.add_argument("--stop-watching", dest="yes", action="store_true", help=argparse.SUPPRESS)
    retry = new(
        "retry", "retry failed tasks: check again for a result that may still come, else start a new, paid task"
    )
    _add_task_ids(retry)
    _add_yes(retry, "do not ask, even if the provider may have accepted the task: you may pay twice")
    resolve = new(
        "resolve",
        "set the provider's id of a task with an unknown outcome, and check for its result for free; "
        "without an id, show when it was sent, the balances around that, and the choices",
    )
    resolve.add_argument("id", metavar="TASK_ID", help="the task's id here")
    provider_id = "the task's id in the provider's logs"
    resolve.add_argument("provider_task_id", nargs="?", metavar="PROVIDER_TASK_ID", help=provider_id)
    _add_task_ids(new("dismiss", "hide failed tasks; nothing is sent"))


def add_media_actions(new: New, page_size: Callable[[str], int]) -> None:
    """Add delete, undelete, trash, tags, tag, untag, favorite and unfavorite."""
    delete = new("delete", "move gallery items to the trash for 30 days")
    _add_media_ids(delete, or_all="everything in the gallery except items still being generated")
    delete.add_argument("--forever", action="store_true", help="permanently delete items that are in the trash")
    _add_yes(delete, "with --forever or --all: do not ask")
    _add_media_ids(new("undelete", "restore items from the trash"), or_all="everything in the trash")
    trash = new("trash", "list or empty the trash")
    trash.add_argument("--empty", action="store_true", help="permanently delete everything in it")
    _add_yes(trash, "with --empty: do not ask")
    add_paging(trash, page_size)
    new("tags", "list the tags and how many items have each")
    for name, help, or_all in (
        ("tag", "add a tag to items", ""),
        ("untag", "remove a tag from items", "every item that has it, including the trash"),
    ):
        parser = new(name, help)
        parser.add_argument("tag", metavar="TAG", help="1 to 40 characters")
        _add_media_ids(parser, or_all=or_all)
    _add_media_ids(new("favorite", "mark items as favorites"))
    _add_media_ids(new("unfavorite", "remove items from the favorites"))


def add_paging(parser: argparse.ArgumentParser, page_size: Callable[[str], int]) -> None:
    """Add --limit, --cursor and --all."""
    parser.add_argument(
        "--limit", type=page_size, default=20, metavar="N", help="items per page, 1 to 100 (default: 20)"
    )
    parser.add_argument("--cursor", help="the next_cursor of the previous page")
    parser.add_argument("--all", action="store_true", help="all pages")


def _add_task_ids(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", nargs="+", metavar="TASK_ID", help="as `list` shows it")


def _add_media_ids(parser: argparse.ArgumentParser, *, or_all: str = "") -> None:
    """One or more item ids; `or_all` describes `--all`, which may replace them."""
    number = "an item's number, as `list media` shows it"
    parser.add_argument("ids", nargs="*" if or_all else "+", metavar="MEDIA_ID", help=number)
    if or_all:
        parser.add_argument("--all", action="store_true", help=f"instead of numbers: {or_all}")


def _add_yes(parser: argparse.ArgumentParser, help: str) -> None:
    parser.add_argument("-y", "--yes", action="store_true", help=help)
