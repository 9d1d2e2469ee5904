"""`python -m kaimedia generate`: ask, and wait for it when told to."""

from __future__ import annotations

from argparse import Namespace

from kaimedia.bootstrap import House
from kaimedia.commands.asking import Typed, once_key
from kaimedia.commands.door import opened
from kaimedia.commands.exits import Exit, of_task
from kaimedia.commands.output import answer_json, say, task_document, task_lines
from kaimedia.commands.saving import STDOUT, check_target, save
from kaimedia.commands.waiting import wait_until_ended
from kaimedia.domain import Status, Task
from kaimedia.studio import Studio


def generate(chosen: Namespace) -> Exit:
    """Put a task in the queue; without `--wait` the app or a worker does the work."""
    waits = chosen.wait or chosen.output is not None
    if chosen.output is not None:
        check_target(chosen.output, chosen.variants or 1, as_json=chosen.json)
    key, typed = once_key(chosen.once), Typed.read(chosen)
    with opened(works=waits, is_quiet=chosen.quiet) as house:
        task = _asked(house.studio, typed, key, chosen)
        if not chosen.quiet:
            say(f"{task.task_id}  submitted")
        if waits:
            return wait_and_answer(chosen, house, task)
        answer(chosen, house, task)
        return Exit.DONE


def _asked(studio: Studio, typed: Typed, key: str | None, chosen: Namespace) -> Task:
    """The task of this key when it was asked for before, whatever became of its reference; else a new one."""
    body_sha256 = typed.fingerprint()
    if known := studio.asked_before(key, body_sha256) if key else None:
        return known
    request = typed.request(studio)
    if chosen.output is not None:  # a style may ask for more results than the command line does
        check_target(chosen.output, request.variants, as_json=chosen.json)
    return studio.submit(request, idempotency_key=key, body_sha256=body_sha256)


def wait_and_answer(chosen: Namespace, house: House, task: Task) -> Exit:
    """Wait for a task, copy its results where `-o` says, and answer with how it ended."""
    task = wait_until_ended(house.studio, task.task_id, timeout_s=chosen.timeout, is_quiet=chosen.quiet)
    saved_to: list[str] = []
    if task.status is Status.COMPLETED and chosen.output is not None:
        saved_to = save(house.studio.media_of_task(task.task_id), house.storage, chosen.output)
    answer(chosen, house, task, saved_to)
    code = of_task(task)
    if code is Exit.NOT_YET:
        say(f"Not finished after {chosen.timeout:g} s; it goes on. Fetch it: python -m kaimedia get {task.task_id}")
    return code


def answer(chosen: Namespace, house: House, task: Task, saved_to: list[str] | None = None) -> None:
    """The task on stdout: JSON, or its lines, or just where the copies are."""
    media = house.studio.media_of_task(task.task_id)
    if chosen.json:
        answer_json({**task_document(task, media), "saved_to": saved_to or []})
    elif saved_to:
        print("\n".join(saved_to), flush=True)
    elif chosen.output == STDOUT and task.status is Status.COMPLETED:
        return  # stdout holds the file
    else:
        print("\n".join(task_lines(task, media)), flush=True)
