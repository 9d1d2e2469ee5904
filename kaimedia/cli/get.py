"""`python -m kaimedia get`: one task or one item, and its files."""

from __future__ import annotations

from argparse import Namespace

from kaimedia.cli.exits import Exit, of_task
from kaimedia.cli.generate import answer, wait_and_answer
from kaimedia.cli.ids import is_media_id, is_task_id
from kaimedia.cli.output import answer_json, media_document, media_lines
from kaimedia.cli.runner import open_app
from kaimedia.cli.saving import STDOUT, check_target, save
from kaimedia.context import AppContext
from kaimedia.domain import Status, Task
from kaimedia.errors import InvalidRequest


def get(args: Namespace) -> Exit:
    """Print it. The exit code for a task is that of `generate --wait`."""
    id = args.id.strip()
    if is_task_id(id):
        return _task(args, id)
    if is_media_id(id):
        return _item(args, int(id))
    raise InvalidRequest("That is neither a task id (32 hex digits) nor an item number.", field="id")


def _task(args: Namespace, task_id: str) -> Exit:
    waits = args.wait or args.output is not None
    with open_app(runs_tasks=False, is_quiet=args.quiet) as context:
        task = context.studio.tasks.get(task_id)
        if args.output is not None:
            check_target(args.output, len(task.media_ids), as_json=args.json)
        if not waits or task.status in (Status.COMPLETED, Status.FAILED):
            return _answer_now(args, context, task)
    with open_app(runs_tasks=True, is_quiet=args.quiet) as context:
        return wait_and_answer(args, context, task)


def _answer_now(args: Namespace, context: AppContext, task: Task) -> Exit:
    saved_to: list[str] = []
    if task.status is Status.COMPLETED and args.output is not None:
        saved_to = save(context.studio.gallery.of_task(task.task_id), context.storage, args.output)
    answer(args, context, task, saved_to)
    return of_task(task)


def _item(args: Namespace, media_id: int) -> Exit:
    if args.output is not None:
        check_target(args.output, 1, as_json=args.json)
    with open_app(runs_tasks=False, is_quiet=args.quiet) as context:
        item = context.studio.gallery.get(media_id)
        tags = context.studio.collections.tags_of([media_id]).get(media_id, ())
        saved_to = save([item], context.storage, args.output) if args.output is not None else []
    if args.json:
        answer_json({**media_document(item, tags), "saved_to": saved_to})
    elif saved_to:
        print("\n".join(saved_to))
    elif args.output != STDOUT:
        print("\n".join(media_lines(item)))
    return Exit.DONE
