"""`python -m kaimedia generate`: submit a task, and optionally wait for it."""

from __future__ import annotations

from argparse import Namespace

from kaimedia.cli.exits import Exit, of_task
from kaimedia.cli.output import answer_json, say, task_document, task_lines
from kaimedia.cli.runner import open_app
from kaimedia.cli.saving import STDOUT, check_target, save
from kaimedia.cli.typed_request import TypedRequest, once_key
from kaimedia.cli.waiting import wait_until_ended
from kaimedia.context import AppContext
from kaimedia.domain import Status, Task
from kaimedia.studio import Studio


def generate(args: Namespace) -> Exit:
    """Add a task to the queue; without `--wait` the app or a worker does the work."""
    waits = args.wait or args.output is not None
    if args.output is not None:
        check_target(args.output, args.variants or 1, as_json=args.json)
    key, typed = once_key(args.once), TypedRequest.read(args)
    with open_app(runs_tasks=waits, is_quiet=args.quiet) as context:
        task = _find_or_submit(context.studio, typed, key, args)
        if not args.quiet:
            say(f"{task.task_id}  submitted")
        if waits:
            return wait_and_answer(args, context, task)
        answer(args, context, task)
        return Exit.DONE


def _find_or_submit(studio: Studio, typed: TypedRequest, key: str | None, args: Namespace) -> Task:
    """The task already submitted with this key, even if its reference image is no longer available; else a new task."""
    body_sha256 = typed.fingerprint()
    if known := studio.tasks.find_by_key(key, body_sha256) if key else None:
        return known
    request = typed.request(studio)
    if args.output is not None:  # a style may set more variants than the command line
        check_target(args.output, request.variants, as_json=args.json)
    return studio.tasks.submit(request, idempotency_key=key, body_sha256=body_sha256)


def wait_and_answer(args: Namespace, context: AppContext, task: Task) -> Exit:
    """Wait for a task, copy its results to `-o`, and print how it ended."""
    task = wait_until_ended(context.studio, task.task_id, timeout_s=args.timeout, is_quiet=args.quiet)
    saved_to: list[str] = []
    if task.status is Status.COMPLETED and args.output is not None:
        saved_to = save(context.studio.gallery.of_task(task.task_id), context.storage, args.output)
    answer(args, context, task, saved_to)
    code = of_task(task)
    if code is Exit.NOT_YET:
        say(f"Not finished after {args.timeout:g} s; it continues. Get it with: python -m kaimedia get {task.task_id}")
    return code


def answer(args: Namespace, context: AppContext, task: Task, saved_to: list[str] | None = None) -> None:
    """Print the task to stdout: as JSON, as lines, or only the paths of the copies."""
    media = context.studio.gallery.of_task(task.task_id)
    if args.json:
        answer_json({**task_document(task, media), "saved_to": saved_to or []})
    elif saved_to:
        print("\n".join(saved_to), flush=True)
    elif args.output == STDOUT and task.status is Status.COMPLETED:
        return  # stdout holds the file
    else:
        print("\n".join(task_lines(task, media)), flush=True)
