"""`python -m kaimedia cancel | retry | resolve | dismiss`: actions on tasks."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import Any

from kaimedia.cli.confirmation import confirm
from kaimedia.cli.exits import Exit
from kaimedia.cli.ids import task_ids
from kaimedia.cli.outcome import show_outcome
from kaimedia.cli.output import say, task_document, task_row
from kaimedia.cli.runner import open_app
from kaimedia.cli.several import Outcomes, run_each
from kaimedia.domain import Media, Task
from kaimedia.errors import StaleTransition
from kaimedia.providers.registry import is_free, label_of
from kaimedia.studio import Studio, cancel_question, retry_question

_Done = tuple[Task, list[Media]]


def cancel(args: Namespace) -> Exit:
    """Cancel tasks not sent yet. For tasks the provider has accepted, only stop tracking them, after confirmation."""
    return _each(args, lambda studio, task_id: _cancel(studio, task_id, args), _canceled)


def retry(args: Namespace) -> Exit:
    """Retry failed tasks; one with an unknown outcome is sent again only after confirmation."""
    return _each(args, lambda studio, task_id: _retry(studio, task_id, args), _retried)


def resolve(args: Namespace) -> Exit:
    """Set the provider task id of a task with an unknown outcome, and poll it; nothing is paid again.

    Without that id, print what is known about the outcome.
    """
    if args.provider_task_id is None:
        return show_outcome(args)
    ids = Namespace(ids=[args.id], json=args.json)
    return _each(
        ids,
        lambda studio, task_id: studio.tasks.resolve(task_id, args.provider_task_id),
        lambda task_id, _task: f"{task_id}  checking for the result",
    )


def dismiss(args: Namespace) -> Exit:
    """Hide failed tasks."""
    return _each(
        args, lambda studio, task_id: studio.tasks.dismiss(task_id), lambda task_id, _task: f"{task_id}  dismissed"
    )


def _each(args: Namespace, act: Callable[[Studio, str], Task], line: Callable[[str, Task], str]) -> Exit:
    ids = task_ids(args.ids)
    with open_app(runs_tasks=False) as context:
        studio = context.studio

        def done(task_id: str) -> _Done:
            task = act(studio, task_id)
            return task, studio.gallery.of_task(task.task_id)

        outcomes: Outcomes[str, _Done] = run_each(ids, done)
    return outcomes.answer("tasks", _document, lambda task_id, found: line(task_id, found[0]), as_json=args.json)


def _document(found: _Done) -> dict[str, Any]:
    return task_document(*found)


def _cancel(studio: Studio, task_id: str, args: Namespace) -> Task:
    try:
        return studio.tasks.cancel(task_id, even_if_sent=False)
    except StaleTransition:
        task = studio.tasks.get(task_id)
        question = cancel_question(task)
        if question is None:
            raise
    confirm(question, args, about=task_row(task), option="--stop-tracking (or --yes)")
    return studio.tasks.cancel(task_id)


def _canceled(task_id: str, task: Task) -> str:
    if not task.may_have_cost:
        return f"{task_id}  canceled; nothing was charged"
    bill = "it is free" if is_free(task.provider) else f"{label_of(task.provider)} may still finish and bill it"
    return f"{task_id}  no longer tracked; {bill}. Use `retry` to check it again"


def _retry(studio: Studio, task_id: str, args: Namespace) -> Task:
    task = studio.tasks.get(task_id)
    question = retry_question(task)
    if question is not None:
        options = f"`resolve {task_id} PROVIDER_TASK_ID` if {label_of(task.provider)}'s logs show it, or --yes"
        confirm(question, args, about=task_row(task), option=options)
    retried = studio.tasks.retry(task_id)
    if retried.task_id != task_id and not is_free(retried.provider):
        say(f"{retried.task_id}  is a new, paid task.")
    return retried


def _retried(task_id: str, task: Task) -> str:
    if task.task_id == task_id:
        return f"{task_id}  checking again for the result, free of charge"
    return f"{task.task_id}  {task.phase.value}, a retry of {task_id}"
