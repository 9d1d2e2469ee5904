"""`python -m kaimedia held`: tasks that wait, because the database is a copy and the original may have paid them."""

from __future__ import annotations

from argparse import Namespace

from kaimedia.commands.door import opened
from kaimedia.commands.exits import Exit
from kaimedia.commands.output import answer_json, task_document, task_row
from kaimedia.errors import InvalidRequest


def held(chosen: Namespace) -> Exit:
    """List them; with --send or --dismiss answer for those named, or for all."""
    if chosen.send and chosen.dismiss:
        raise InvalidRequest("Use --send or --dismiss, not both.", field="dismiss")
    if chosen.ids and not (chosen.send or chosen.dismiss):
        raise InvalidRequest("Say --send or --dismiss.", field="ids")
    with opened(works=False) as house:
        holds = house.studio.holds
        if chosen.send or chosen.dismiss:
            answer = holds.send if chosen.send else holds.dismiss
            changed = answer(chosen.ids or None)
            done = "put in the queue" if chosen.send else "dismissed"
            if chosen.json:
                answer_json({"changed": changed})
            else:
                print(f"{changed} tasks {done}.")
            return Exit.DONE if changed or not chosen.ids else Exit.NOT_FOUND
        tasks = holds.look().tasks
        if chosen.json:
            answer_json({"tasks": [task_document(task, ()) for task in tasks]})
        else:
            for task in tasks:
                print(task_row(task))
            if not tasks:
                print("Nothing is held.")
    return Exit.DONE
