"""What may be typed after the commands that do what the pages do about tasks and items."""

from __future__ import annotations

import argparse
from collections.abc import Callable

New = Callable[[str, str], argparse.ArgumentParser]


def add_catalog(new: New) -> None:
    """Put in models, styles and credits."""
    models = new("models", "list the models with their prices")
    models.add_argument("--type", choices=("image", "video"), help="these only")
    styles = new("styles", "list the styles that go around a prompt; save, rename or delete one of your own")
    change = styles.add_mutually_exclusive_group()
    change.add_argument(
        "--save",
        nargs=2,
        metavar=("NAME", "TEXT"),
        help="save a style; {prompt} in TEXT is where the prompt goes, without it TEXT follows the prompt",
    )
    change.add_argument("--rename", nargs=2, metavar=("STYLE", "NAME"), help="rename a style of your own")
    change.add_argument("--delete", metavar="STYLE", help="delete one; its file moves to data/presets/deleted")
    _add_yes(styles, "with --save: replace a style of your own without asking")
    new("credits", "ask for the balance; asking is free")


def add_task_actions(new: New) -> None:
    """Put in cancel, retry, resolve and dismiss."""
    cancel = new(
        "cancel", "cancel tasks; kie.ai has no way to cancel one it already has, so that is only left unwatched"
    )
    _add_task_ids(cancel)
    cancel.add_argument(
        "-y",
        "--yes",
        "--stop-watching",
        action="store_true",
        help="without asking, also those kie.ai already has: it may still finish and bill them",
    )
    retry = new(
        "retry", "take failed tasks up again; what may still give its result is watched, else a new task is paid"
    )
    _add_task_ids(retry)
    _add_yes(retry, "send again without asking, also what kie.ai may have accepted: you may pay twice")
    resolve = new("resolve", "name kie.ai's id for a task whose outcome is unknown; it is then watched, free of charge")
    resolve.add_argument("id", metavar="TASK_ID", help="our id of the task")
    resolve.add_argument("provider_task_id", metavar="KIE_TASK_ID", help="as kie.ai's logs show it")
    _add_task_ids(new("dismiss", "put failed tasks out of sight; nothing is sent"))


def add_media_actions(new: New, page_size: Callable[[str], int]) -> None:
    """Put in delete, undelete, trash, tags, tag, untag, favorite and unfavorite."""
    delete = new("delete", "put items of the gallery into the trash, for 30 days")
    _add_media_ids(delete, or_all="everything in the gallery; what is still being made is left alone")
    delete.add_argument("--forever", action="store_true", help="delete for good what is in the trash already")
    _add_yes(delete, "with --forever or --all: do not ask")
    _add_media_ids(new("undelete", "bring items back from the trash"), or_all="everything in the trash")
    trash = new("trash", "list what was deleted, or empty the trash")
    trash.add_argument("--empty", action="store_true", help="delete all of it for good")
    _add_yes(trash, "with --empty: do not ask")
    add_paging(trash, page_size)
    new("tags", "list the tags with the number of their items")
    for name, help, or_all in (
        ("tag", "put a tag on items", ""),
        ("untag", "take a tag off items", "every item that has it, also in the trash"),
    ):
        parser = new(name, help)
        parser.add_argument("tag", metavar="TAG", help="1 to 40 characters")
        _add_media_ids(parser, or_all=or_all)
    _add_media_ids(new("favorite", "make items favorites"))
    _add_media_ids(new("unfavorite", "make items no longer favorites"))


def add_paging(parser: argparse.ArgumentParser, page_size: Callable[[str], int]) -> None:
    """Put in --limit, --cursor and --all."""
    parser.add_argument("--limit", type=page_size, default=20, metavar="N", help="how many, 1 to 100 (default: 20)")
    parser.add_argument("--cursor", help="the next_cursor of the page before")
    parser.add_argument("--all", action="store_true", help="every page, --limit at a time")


def _add_task_ids(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", nargs="+", metavar="TASK_ID", help="as `list` shows it")


def _add_media_ids(parser: argparse.ArgumentParser, *, or_all: str = "") -> None:
    """The numbers of items, at least one; with `or_all` there is `--all` instead of them."""
    number = "the number of an item, as `list media` shows it"
    parser.add_argument("ids", nargs="*" if or_all else "+", metavar="MEDIA_ID", help=number)
    if or_all:
        parser.add_argument("--all", action="store_true", help=f"instead of numbers: {or_all}")


def _add_yes(parser: argparse.ArgumentParser, help: str) -> None:
    parser.add_argument("-y", "--yes", action="store_true", help=help)
