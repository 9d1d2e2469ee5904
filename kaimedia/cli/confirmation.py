"""Ask before something that costs money or cannot be undone."""

from __future__ import annotations

import sys
from argparse import Namespace

from kaimedia.cli.output import printable, say
from kaimedia.errors import InvalidRequest


def confirm(question: str, args: Namespace, *, about: str = "", option: str = "--yes") -> None:
    """Return if confirmed: by `option`, or by typing yes at a terminal, where `about` is printed first.

    With `--json`, or if stdin is not a terminal, only the option confirms.

    Raises:
        InvalidRequest: not confirmed.
    """
    if args.yes:
        return
    if args.json or sys.stdin is None or not sys.stdin.isatty():
        raise InvalidRequest(
            f"This needs confirmation: {question}",
            field="yes",
            next_step=f"Use {option} to continue. Nothing was changed.",
        )
    if about:
        say(about)
    print(f"{printable(question)} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise InvalidRequest("Not confirmed.", field="yes", next_step="Nothing was changed.")
