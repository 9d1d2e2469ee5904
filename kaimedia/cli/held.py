"""`python -m kaimedia held`: tasks on hold because the database is a copy and the original may have paid for them."""

from __future__ import annotations

from argparse import Namespace

from kaimedia.cli.exits import Exit
from kaimedia.cli.output import answer_json, task_document, task_row
from kaimedia.cli.runner import open_app
from kaimedia.errors import InvalidRequest


def held(args: Namespace) -> Exit:
    """List them, or with --send or --dismiss decide about those given, or all."""
    if args.send and args.dismiss:
        raise InvalidRequest("Use --send or --dismiss, not both.", field="dismiss")
    if args.ids and not (args.send or args.dismiss):
        raise InvalidRequest("Add --send or --dismiss.", field="ids")
    with open_app(runs_tasks=False) as context:
        holds = context.studio.holds
        if args.send or args.dismiss:
            answer = holds.send if args.send else holds.dismiss
            changed = answer(args.ids or None)
            done = "added to the queue" if args.send else "dismissed"
            if args.json:
                answer_json({"changed": changed})
            else:
                print(f"{changed} tasks {done}.")
            return Exit.DONE if changed or not args.ids else Exit.NOT_FOUND
        tasks = holds.summary().tasks
        if args.json:
            answer_json({"tasks": [task_document(task, ()) for task in tasks]})
        else:
            for task in tasks:
                print(task_row(task))
            if not tasks:
                print("No tasks are on hold.")
    return Exit.DONE
