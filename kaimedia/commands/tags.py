"""`python -m kaimedia tags`: every tag of the gallery."""

from __future__ import annotations

from argparse import Namespace

from kaimedia.commands.door import opened
from kaimedia.commands.exits import Exit
from kaimedia.commands.output import answer_json, one_line, say


def tags(chosen: Namespace) -> Exit:
    """List them, the most used first."""
    with opened(works=False) as house:
        found = house.studio.tags()
    if chosen.json:
        answer_json({"items": [{"name": name, "count": count} for name, count in found]})
        return Exit.DONE
    for name, count in found:
        print(f"{count:>6}  {one_line(name, 40)}")
    if not found:
        say("There are no tags. `python -m kaimedia tag TAG MEDIA_ID` puts one on an item.")
    return Exit.DONE
