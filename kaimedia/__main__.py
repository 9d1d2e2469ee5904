"""`python -m kaimedia doctor | worker | sandbox`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from kaimedia import __version__


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 well, 1 something is wrong, 2 wrong usage."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["sandbox"]:  # has options of its own and must not load the rest of the house
        from kaimedia.sandbox.cli import run as run_sandbox

        return run_sandbox(arguments[1:])
    parser = argparse.ArgumentParser(prog="python -m kaimedia", description="Kai.ai Media Generator")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("doctor", help="tell what is configured and what is wrong")
    commands.add_parser("worker", help="do the queue's work beside the app")
    commands.add_parser("sandbox", help="serve kie.ai's wire protocol on this machine; nothing is charged")
    chosen = parser.parse_args(arguments)
    if chosen.command == "doctor":
        from kaimedia.doctor import examine

        return examine()
    from kaimedia.worker import work

    return work()


if __name__ == "__main__":
    sys.exit(main())
