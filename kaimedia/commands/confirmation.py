"""Questions before what costs or cannot be undone."""

from __future__ import annotations

import sys
from argparse import Namespace

from kaimedia.commands.output import printable, say
from kaimedia.errors import InvalidRequest


def confirm(question: str, chosen: Namespace, *, about: str = "", option: str = "--yes") -> None:
    """Return once the answer is yes: given as `option`, or typed at a terminal, which is shown `about` too.

    With `--json`, or where stdin is no terminal, nobody is asked.

    Raises:
        InvalidRequest: the answer is no, or nobody can be asked.
    """
    if chosen.yes:
        return
    if chosen.json or sys.stdin is None or not sys.stdin.isatty():
        raise InvalidRequest(
            f"This needs a confirmation: {question}",
            field="yes",
            next_step=f"Use {option} to go on. Nothing was changed.",
        )
    if about:
        say(about)
    print(f"{printable(question)} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise InvalidRequest("Not confirmed.", field="yes", next_step="Nothing was changed.")
