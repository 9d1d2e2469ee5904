"""`python -m kaimedia generate | list | get | backup | restore | held | doctor | worker | sandbox`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import NoReturn

from kaimedia import __version__, log
from kaimedia.commands import options


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 well, 1 something is wrong, 2 wrong usage, more in `commands/exits`."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["sandbox"]:  # has options of its own and must not load the rest of the house
        from kaimedia.sandbox.cli import run as run_sandbox

        return run_sandbox(arguments[1:])
    try:
        chosen = _parser().parse_args(arguments)
    except UsageError as error:
        return _refuse(error, as_json=_wants_json(arguments))
    return _COMMANDS[chosen.command](chosen)


class UsageError(Exception):
    """What was typed is no command of ours; `parser` knows its usage."""

    def __init__(self, parser: argparse.ArgumentParser, message: str) -> None:
        super().__init__(message)
        self.parser = parser


class _Parser(argparse.ArgumentParser):
    """Raises, where argparse ends the process: a script that asked for JSON is to get it."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(self, message)


def _wants_json(arguments: Sequence[str]) -> bool:
    """Whether `--json` was typed, also cut short as argparse allows; what follows `--` is no option."""
    options_typed = takewhile(lambda argument: argument != "--", arguments)
    return any(len(argument) > 2 and "--json".startswith(argument) for argument in options_typed)


def _refuse(error: UsageError, *, as_json: bool) -> int:
    error.parser.print_usage(sys.stderr)
    print(f"{error.parser.prog}: error: {error}", file=sys.stderr)
    if as_json:
        from kaimedia.commands.output import answer_json

        step = f"See `{error.parser.prog} --help`. Nothing was sent."
        answer_json({"error": {"detail": str(error), "code": "usage", "next_step": step}})
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m kaimedia", description="Kai.ai Media Generator")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    options.add_commands(commands)
    doctor = commands.add_parser("doctor", help="tell what is configured and what is wrong")
    doctor.add_argument("--json", action="store_true", help="answer with one JSON document")
    doctor.add_argument("--deep", action="store_true", help="read every file of the gallery and compare its hash")
    commands.add_parser("worker", help="do the queue's work beside the app")
    commands.add_parser("sandbox", help="serve kie.ai's wire protocol on this machine; nothing is charged")
    return parser


# Each loads what it needs only when it is chosen: `--help` and `doctor` stay quick.
def _generate(chosen: argparse.Namespace) -> int:
    from kaimedia.commands import door, generate

    return door.run(generate.generate, chosen)


def _list(chosen: argparse.Namespace) -> int:
    from kaimedia.commands import door, listing

    return door.run(listing.listing, chosen)


def _get(chosen: argparse.Namespace) -> int:
    from kaimedia.commands import door, get

    return door.run(get.get, chosen)


def _backup(chosen: argparse.Namespace) -> int:
    from kaimedia.commands import backup, door

    return door.run(backup.backup, chosen)


def _restore(chosen: argparse.Namespace) -> int:
    from kaimedia.commands import door, restore

    return door.run(restore.restore, chosen)


def _held(chosen: argparse.Namespace) -> int:
    from kaimedia.commands import door, held

    return door.run(held.held, chosen)


def _doctor(chosen: argparse.Namespace) -> int:
    from kaimedia.doctor import examine

    return examine(as_json=chosen.json, is_deep=chosen.deep)


def _worker(_chosen: argparse.Namespace) -> int:
    from kaimedia.worker import work

    return work()


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "generate": _generate,
    "list": _list,
    "get": _get,
    "backup": _backup,
    "restore": _restore,
    "held": _held,
    "doctor": _doctor,
    "worker": _worker,
}

if __name__ == "__main__":
    log.cut_everywhere()
    sys.exit(main())
