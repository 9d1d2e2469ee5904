"""`python -m kaimedia COMMAND`: the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from itertools import takewhile
from typing import NoReturn

from kaimedia import __version__, log
from kaimedia.cli import options


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 1 error, 2 wrong usage, others in `cli/exits.py`."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["sandbox"]:  # parses its own options and must not load the rest of the app
        from kaimedia.sandbox.cli import run as run_sandbox

        return run_sandbox(arguments[1:])
    try:
        args = _parser().parse_args(arguments)
    except UsageError as error:
        return _refuse(error, as_json=_wants_json(arguments))
    return _COMMANDS[args.command](args)


class UsageError(Exception):
    """Wrong usage; `parser` has the usage text."""

    def __init__(self, parser: argparse.ArgumentParser, message: str) -> None:
        super().__init__(message)
        self.parser = parser


class _Parser(argparse.ArgumentParser):
    """Raises instead of exiting, so that `--json` also gets usage errors as JSON."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(self, message)


def _wants_json(arguments: Sequence[str]) -> bool:
    """Whether `--json` was typed, or a prefix of it as argparse allows, before any `--`."""
    options_typed = takewhile(lambda argument: argument != "--", arguments)
    return any(len(argument) > 2 and "--json".startswith(argument) for argument in options_typed)


def _refuse(error: UsageError, *, as_json: bool) -> int:
    error.parser.print_usage(sys.stderr)
    print(f"{error.parser.prog}: error: {error}", file=sys.stderr)
    if as_json:
        from kaimedia.cli.output import answer_json

        step = f"See `{error.parser.prog} --help`. Nothing was sent."
        answer_json({"error": {"detail": str(error), "code": "usage", "next_step": step}})
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m kaimedia", description="Kai.ai Media Generator")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    options.add_commands(commands)
    doctor = commands.add_parser("doctor", help="show the settings and any problems")
    doctor.add_argument("--json", action="store_true", help="print one JSON document")
    doctor.add_argument("--deep", action="store_true", help="read every file of the gallery and compare its hash")
    commands.add_parser("worker", help="run the queued tasks outside the app")
    commands.add_parser("mcp", help="serve agents over stdin and stdout with the Model Context Protocol")
    commands.add_parser("sandbox", help="simulate kie.ai on this machine; nothing is charged")
    return parser


# Modules are imported when their command runs, so that `--help` and `doctor` stay fast.
def _in_package(module: str, function: str) -> Callable[[argparse.Namespace], int]:
    """A command of `kaimedia.cli`, run by `runner.run`."""

    def command(args: argparse.Namespace) -> int:
        from kaimedia.cli import runner

        return runner.run(getattr(import_module(f"kaimedia.cli.{module}"), function), args)

    return command


def _doctor(args: argparse.Namespace) -> int:
    from kaimedia.doctor import examine

    return examine(as_json=args.json, is_deep=args.deep)


def _worker(_chosen: argparse.Namespace) -> int:
    from kaimedia.worker import work

    return work()


def _mcp(_chosen: argparse.Namespace) -> int:
    from kaimedia.mcp_server.stdio import serve

    return serve()


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "generate": _in_package("generate", "generate"),
    "batch": _in_package("batch", "batch"),
    "compare": _in_package("compare", "compare"),
    "quote": _in_package("quote", "quote"),
    "batches": _in_package("batches", "batches"),
    "list": _in_package("listing", "listing"),
    "get": _in_package("get", "get"),
    "cancel": _in_package("task_actions", "cancel"),
    "retry": _in_package("task_actions", "retry"),
    "resolve": _in_package("task_actions", "resolve"),
    "dismiss": _in_package("task_actions", "dismiss"),
    "delete": _in_package("media_actions", "delete"),
    "undelete": _in_package("media_actions", "undelete"),
    "trash": _in_package("trash", "trash"),
    "collections": _in_package("collections", "collections"),
    "tags": _in_package("tags", "tags"),
    "tag": _in_package("media_actions", "tag"),
    "untag": _in_package("media_actions", "untag"),
    "favorite": _in_package("media_actions", "favorite"),
    "unfavorite": _in_package("media_actions", "unfavorite"),
    "models": _in_package("models", "models"),
    "styles": _in_package("styles", "styles"),
    "credits": _in_package("credits", "credits"),
    "import": _in_package("imports", "import_tasks"),
    "unsaved": _in_package("unsaved", "unsaved"),
    "check": _in_package("check", "check"),
    "limits": _in_package("limits", "limits"),
    "tokens": _in_package("tokens", "tokens"),
    "webhooks": _in_package("webhooks", "webhooks"),
    "spending": _in_package("spending", "spending"),
    "media": _in_package("media_move", "move"),
    "backup": _in_package("backup", "backup"),
    "restore": _in_package("restore", "restore"),
    "held": _in_package("held", "held"),
    "doctor": _doctor,
    "worker": _worker,
    "mcp": _mcp,
}

if __name__ == "__main__":
    log.redact_everywhere()
    sys.exit(main())
