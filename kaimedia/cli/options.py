"""The commands and their options. Imports nothing of the app, so that `--help` is fast."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kaimedia.cli import (
    action_options,
    batch_options,
    media_options,
    money_options,
    rescue_options,
    webhook_options,
)

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[Any]

CODES = """\
exit codes: 0 done · 1 failed, not charged · 2 wrong input, nothing was sent · 3 not finished yet, it continues
            4 no such task or item · 5 failed, but may have been charged: check before sending it again
            130 interrupted, submitted tasks continue"""


def add_commands(commands: Commands) -> None:
    """Add the commands of this package."""

    def new(name: str, help: str) -> argparse.ArgumentParser:
        return _new(commands, name, help)

    _add_generate(commands)
    batch_options.add_batch(new, _add_model_and_request, _add_plain_waiting)
    batch_options.add_compare(new, _add_request, _add_plain_waiting)
    batch_options.add_quote(new, _add_model_and_request)
    batch_options.add_batches(new, _action)
    _add_list(commands)
    _add_get(commands)
    action_options.add_task_actions(new)
    action_options.add_media_actions(new, page_size)
    add_collections(new)
    action_options.add_catalog(new)
    rescue_options.add_rescue(new, _add_plain_waiting, positive)
    money_options.add_limits(new, _action)
    money_options.add_tokens(new, _action)
    media_options.add_media(new, _action)
    webhook_options.add_webhooks(new, _action, page_size)
    _add_backup(commands)
    _add_restore(commands)
    _add_held(commands)


def positive(text: str) -> float:
    """A positive number of seconds."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of seconds")
    return value


def page_size(text: str) -> int:
    """A page size, 1 to 100."""
    value = int(text)
    if not 1 <= value <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and 100")
    return value


def _new(commands: Commands, name: str, help: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=help,
        description=help[0].upper() + help[1:] + ".",
        epilog=CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def _add_waiting(parser: argparse.ArgumentParser) -> None:
    _add_plain_waiting(parser)
    _add_output(parser)


def _add_plain_waiting(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--wait", action="store_true", help="wait until the task has ended; runs it if the app is not running"
    )
    parser.add_argument("--timeout", type=positive, metavar="S", help="wait at most S seconds")
    parser.add_argument("-q", "--quiet", action="store_true", help="do not print progress")


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="wait and save the result: a file, a folder, or - for stdout; further results become FILE-2, FILE-3, …",
    )


def _add_generate(commands: Commands) -> None:
    parser = _new(commands, "generate", "generate images or a video")
    parser.add_argument("prompt", help="what to generate; - reads it from stdin")
    _add_model(parser)
    _add_request(parser)
    _add_waiting(parser)


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-m", "--model", help="a model id, see docs/models.md (default: the image model in Settings)")


def _add_request(parser: argparse.ArgumentParser) -> None:
    """The options of a request beside its prompt and model."""
    parser.add_argument(
        "-a", "--aspect-ratio", metavar="W:H", help="default: the one in Settings if the model supports it"
    )
    parser.add_argument("-n", "--variants", type=int, metavar="N", help="how many images (default: 1)")
    parser.add_argument("-d", "--duration", type=int, metavar="S", help="video length in seconds")
    parser.add_argument("--style", metavar="NAME", help="apply a style to the prompt; see `styles`")
    parser.add_argument("--enhance", action="store_true", help="let the model improve the prompt")
    parser.add_argument(
        "--reference",
        metavar="[ROLE=]FILE",
        action="append",
        help="an image, video or sound file, an https link, or media:ID for a gallery item; repeat it for models that "
        "take several, with the role in front: first_frame=, mask=, driving_video=, audio=, ... (see models --json)",
    )
    parser.add_argument(
        "--set",
        dest="params",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the model; may be repeated",
    )
    parser.add_argument(
        "--once",
        metavar="KEY",
        help="repeating the request with this key within two days returns the same task, so a script never pays twice",
    )


def _add_model_and_request(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    _add_request(parser)


def _add_list(commands: Commands) -> None:
    parser = _new(commands, "list", "list tasks or gallery items")
    parser.add_argument("what", nargs="?", choices=("tasks", "media"), default="tasks", help="default: tasks")
    action_options.add_paging(parser, page_size)
    tasks = parser.add_argument_group("tasks")
    tasks.add_argument("--status", choices=("pending", "processing", "completed", "failed"))
    media = parser.add_argument_group("media")
    media.add_argument(
        "--view",
        choices=("finished", "working", "failed", "trash"),
        help="finished (the default), in progress, failed, or in the trash",
    )
    media.add_argument("--type", choices=("image", "video"))
    media.add_argument("--model", help="a model id")
    media.add_argument("--search", metavar="TEXT", help="text in the prompt")
    media.add_argument("--favorites", action="store_true", help="only favorites")
    media.add_argument("--tag", metavar="TAG", help="only items with this tag")
    media.add_argument("--collection", metavar="NAME", help="only items in this collection, by name or number")
    media.add_argument("--batch", type=int, metavar="ID", help="only results of this batch")
    media.add_argument(
        "--since", metavar="DATE", help="from this day on: 2026-03-31, today, yesterday, 7d, or an exact time"
    )
    media.add_argument("--until", metavar="DATE", help="up to and including this day, or before an exact time")
    order = media.add_mutually_exclusive_group()
    order.add_argument("--oldest", action="store_true", help="oldest first")
    order.add_argument("--longest", action="store_true", help="longest videos first")


def _add_get(commands: Commands) -> None:
    parser = _new(commands, "get", "show a task or a gallery item, and save its files")
    parser.add_argument("id", help="a task id (32 hex digits) or an item number")
    _add_waiting(parser)


def _add_backup(commands: Commands) -> None:
    parser = _new(commands, "backup", "back up the database while it is in use")
    parser.add_argument(
        "--to",
        metavar="FOLDER",
        help="create or update a full backup there: database, images, videos, reference files; "
        "without it only the database is copied, to the backups in the data folder",
    )
    parser.add_argument("--only", choices=("database", "files"), help="with --to: only these")


def _add_restore(commands: Commands) -> None:
    parser = _new(commands, "restore", "restore a copy of the database; without a name, list the copies")
    parser.add_argument("copy", nargs="?", metavar="COPY", help="a name from the list, newest, or a file")
    parser.add_argument("--empty", action="store_true", help="start with an empty database; the previous one is saved")


def _add_held(commands: Commands) -> None:
    parser = _new(commands, "held", "list, send or dismiss tasks on hold because the database is a copy")
    parser.add_argument("ids", nargs="*", metavar="ID", help="only these tasks")
    parser.add_argument("--send", action="store_true", help="send them; each is a paid task")
    parser.add_argument("--dismiss", action="store_true", help="dismiss them; nothing is sent")


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
