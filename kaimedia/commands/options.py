"""What may be typed. Imports nothing of the house, so that `--help` is quick."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from kaimedia.commands import action_options, collection_options

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[Any]

CODES = """\
exit codes: 0 done · 1 failed, not paid · 2 wrong input, nothing was sent · 3 not finished yet, it goes on
            4 no such task or item · 5 failed, but may have been paid: look before sending it again
            130 interrupted, a task already asked for goes on"""


def add_commands(commands: Commands) -> None:
    """Put the commands of this package beside the others."""

    def new(name: str, help: str) -> argparse.ArgumentParser:
        return _new(commands, name, help)

    _add_generate(commands)
    _add_list(commands)
    _add_get(commands)
    action_options.add_task_actions(new)
    action_options.add_media_actions(new, page_size)
    collection_options.add_collections(new)
    action_options.add_catalog(new)
    _add_backup(commands)
    _add_restore(commands)
    _add_held(commands)


def positive(text: str) -> float:
    """Seconds, more than none."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of seconds")
    return value


def page_size(text: str) -> int:
    """How many at once, 1 to 100."""
    value = int(text)
    if not 1 <= value <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not from 1 to 100")
    return value


def _new(commands: Commands, name: str, help: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=help,
        description=help[0].upper() + help[1:] + ".",
        epilog=CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="answer with one JSON document")
    return parser


def _add_waiting(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--wait", action="store_true", help="wait until it has ended; does the work if no app runs")
    parser.add_argument("--timeout", type=positive, metavar="S", help="wait no longer than S seconds")
    _add_output(parser)
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing on the way")


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="copy the result there (waits for it): a file, a folder, or - for stdout; "
        "more results become FILE-2, FILE-3, …",
    )


def _add_generate(commands: Commands) -> None:
    parser = _new(commands, "generate", "ask for pictures or a clip")
    parser.add_argument("prompt", help="what to make; - reads it from stdin")
    parser.add_argument("-m", "--model", help="a model's id, see docs/models.md (default: the images' one in Settings)")
    parser.add_argument("-a", "--aspect-ratio", metavar="W:H", help="default: the one in Settings if the model has it")
    parser.add_argument("-n", "--variants", type=int, metavar="N", help="how many pictures (default: 1)")
    parser.add_argument("-d", "--duration", type=int, metavar="S", help="length of a clip, seconds")
    parser.add_argument("--style", metavar="NAME", help="put a style around the prompt; see `styles`")
    parser.add_argument("--enhance", action="store_true", help="let the model improve the prompt")
    parser.add_argument("--reference", metavar="IMAGE", help="a file, an https link, or media:ID from the gallery")
    parser.add_argument(
        "--set",
        dest="params",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="one of the model's own fields; may be given several times",
    )
    parser.add_argument(
        "--once",
        metavar="KEY",
        help="asking again with this key gives the same task for two days: a script may repeat without paying twice",
    )
    _add_waiting(parser)


def _add_list(commands: Commands) -> None:
    parser = _new(commands, "list", "list what was asked for, or the gallery")
    parser.add_argument("what", nargs="?", choices=("tasks", "media"), default="tasks", help="default: tasks")
    action_options.add_paging(parser, page_size)
    tasks = parser.add_argument_group("tasks")
    tasks.add_argument("--status", choices=("pending", "processing", "completed", "failed"))
    media = parser.add_argument_group("media")
    media.add_argument(
        "--view",
        choices=("finished", "working", "failed", "trash"),
        help="what is finished (the default), being made, failed, or in the trash",
    )
    media.add_argument("--type", choices=("image", "video"))
    media.add_argument("--model", help="a model's id")
    media.add_argument("--search", metavar="WORDS", help="words of the prompt")
    media.add_argument("--favorites", action="store_true", help="favorites only")
    media.add_argument("--tag", metavar="TAG", help="with this tag")
    media.add_argument("--collection", metavar="NAME", help="in this collection, by its name or number")
    media.add_argument(
        "--since", metavar="DATE", help="from this day on: 2026-03-31, today, yesterday, 7d, or a moment"
    )
    media.add_argument("--until", metavar="DATE", help="up to this day, which counts whole, or before a moment")
    order = media.add_mutually_exclusive_group()
    order.add_argument("--oldest", action="store_true", help="oldest first")
    order.add_argument("--longest", action="store_true", help="longest videos first")


def _add_get(commands: Commands) -> None:
    parser = _new(commands, "get", "show one task or one item of the gallery, and fetch its files")
    parser.add_argument("id", help="a task's id (32 hex digits) or the number of an item")
    _add_waiting(parser)


def _add_backup(commands: Commands) -> None:
    parser = _new(commands, "backup", "copy the database while it is in use")
    parser.add_argument(
        "--to",
        metavar="FOLDER",
        help="make or bring up to date a full backup there: database, pictures, clips, reference images; "
        "without it the database alone goes to the backups in the data folder",
    )
    parser.add_argument("--only", choices=("database", "files"), help="with --to: just these")


def _add_restore(commands: Commands) -> None:
    parser = _new(commands, "restore", "go on with a copy of the database; without a name list the copies")
    parser.add_argument("copy", nargs="?", metavar="COPY", help="its name in the list, newest, or a file")
    parser.add_argument("--empty", action="store_true", help="start with an empty database; the former one is kept")


def _add_held(commands: Commands) -> None:
    parser = _new(commands, "held", "list or answer for tasks held because the database is a copy")
    parser.add_argument("ids", nargs="*", metavar="ID", help="these tasks only")
    parser.add_argument("--send", action="store_true", help="send them: each is a paid task")
    parser.add_argument("--dismiss", action="store_true", help="do not send them")
