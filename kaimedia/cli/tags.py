"""`python -m kaimedia tags`: every tag in the gallery."""

from __future__ import annotations

from argparse import Namespace

from kaimedia.cli.exits import Exit
from kaimedia.cli.output import answer_json, one_line, say
from kaimedia.cli.runner import open_app


def tags(args: Namespace) -> Exit:
    """List them, the most used first."""
    with open_app(runs_tasks=False) as context:
        found = context.studio.collections.tags()
    if args.json:
        answer_json({"items": [{"name": name, "count": count} for name, count in found]})
        return Exit.DONE
    for name, count in found:
        print(f"{count:>6}  {one_line(name, 40)}")
    if not found:
        say("There are no tags. `python -m kaimedia tag TAG MEDIA_ID` adds one to an item.")
    return Exit.DONE
