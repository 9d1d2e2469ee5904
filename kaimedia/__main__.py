"""`python -m kaimedia generate | list | get | backup | doctor | worker | sandbox`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from kaimedia import __version__
from kaimedia.commands import options


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 well, 1 something is wrong, 2 wrong usage, more in `commands/exits`."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["sandbox"]:  # has options of its own and must not load the rest of the house
        from kaimedia.sandbox.cli import run as run_sandbox

        return run_sandbox(arguments[1:])
    chosen = _parser().parse_args(arguments)
    return _COMMANDS[chosen.command](chosen)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kaimedia", description="Kai.ai Media Generator")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    options.add_commands(commands)
    commands.add_parser("doctor", help="tell what is configured and what is wrong")
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


def _doctor(_chosen: argparse.Namespace) -> int:
    from kaimedia.doctor import examine

    return examine()


def _worker(_chosen: argparse.Namespace) -> int:
    from kaimedia.worker import work

    return work()


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "generate": _generate,
    "list": _list,
    "get": _get,
    "backup": _backup,
    "doctor": _doctor,
    "worker": _worker,
}

if __name__ == "__main__":
    sys.exit(main())
