"""`python -m kaimedia unsaved`: results that the provider made and that are not saved here yet."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from kaimedia.cli.exits import Exit, of_task
from kaimedia.cli.ids import task_ids
from kaimedia.cli.output import answer_json, moment, task_document, task_row
from kaimedia.cli.runner import open_app
from kaimedia.cli.waiting import wait_until_ended
from kaimedia.context import AppContext
from kaimedia.domain import Status, utc_now
from kaimedia.errors import InvalidRequest
from kaimedia.studio import Unsaved, left_text


def unsaved(args: Namespace) -> Exit:
    """List them with the time left, or with `--fetch` save those given, or all, now."""
    if args.ids and not args.fetch:
        raise InvalidRequest("Add --fetch.", field="ids")
    with open_app(runs_tasks=args.fetch, is_quiet=args.quiet) as context:
        return _fetch(context, args) if args.fetch else _list(context, args)


def _list(context: AppContext, args: Namespace) -> Exit:
    listed = context.studio.rescue.unsaved.list()
    if args.json:
        answer_json({"items": [_document(each) for each in listed]})
        return Exit.DONE
    for each in listed:
        print(f"{task_row(each.task)}\n  {left_text(each, utc_now())}")
    if not listed:
        print("Every result is saved.")
    return Exit.DONE


def _fetch(context: AppContext, args: Namespace) -> Exit:
    """Waits until each has ended or the time is over; exit code 5 if one is still not saved."""
    service = context.studio.rescue.unsaved
    ids = task_ids(args.ids) if args.ids else [each.task.task_id for each in service.list()]
    for task_id in ids:
        service.fetch(task_id)
    tasks = [wait_until_ended(context.studio, task_id, timeout_s=args.timeout, is_quiet=args.quiet) for task_id in ids]
    if args.json:
        documents = [task_document(task, context.studio.gallery.of_task(task.task_id)) for task in tasks]
        answer_json({"tasks": documents})
    else:
        print("\n".join(map(task_row, tasks)) or "Every result is saved.")
    open_tasks = [task for task in tasks if task.status is not Status.COMPLETED]
    return of_task(open_tasks[0]) if open_tasks else Exit.DONE


def _document(each: Unsaved) -> dict[str, Any]:
    """A result as JSON, as in `GET /api/unsaved`."""
    return {
        "task": task_document(each.task, ()),
        "link_until": moment(each.link_until),
        "kept_until": moment(each.kept_until),
        "is_being_fetched": each.is_being_fetched,
        "text": left_text(each, utc_now()),
    }
