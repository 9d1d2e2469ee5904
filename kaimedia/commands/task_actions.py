"""`python -m kaimedia cancel | retry | resolve | dismiss`: what the Generate page can do about a task."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import Any

from kaimedia.commands.batch import Batch, each
from kaimedia.commands.confirmation import confirm
from kaimedia.commands.door import opened
from kaimedia.commands.exits import Exit
from kaimedia.commands.ids import task_ids
from kaimedia.commands.output import say, task_document, task_row
from kaimedia.domain import Media, ProviderKind, Task
from kaimedia.errors import StaleTransition
from kaimedia.studio import Studio, cancel_question, retry_question

_Done = tuple[Task, list[Media]]


def cancel(chosen: Namespace) -> Exit:
    """Cancel what is not sent yet; what kie.ai already has can only be left unwatched, which must be confirmed."""
    return _each(chosen, lambda studio, task_id: _cancel(studio, task_id, chosen), _canceled)


def retry(chosen: Namespace) -> Exit:
    """Take failed tasks up again; one whose outcome is unknown is sent again only after a confirmation."""
    return _each(chosen, lambda studio, task_id: _retry(studio, task_id, chosen), _retried)


def resolve(chosen: Namespace) -> Exit:
    """Name kie.ai's id for a task whose outcome is unknown; it is then watched, and nothing is paid again."""
    ids = Namespace(ids=[chosen.id], json=chosen.json)
    return _each(
        ids,
        lambda studio, task_id: studio.resolve(task_id, chosen.provider_task_id),
        lambda task_id, _task: f"{task_id}  watched again",
    )


def dismiss(chosen: Namespace) -> Exit:
    """Put failed tasks out of sight."""
    return _each(
        chosen, lambda studio, task_id: studio.dismiss(task_id), lambda task_id, _task: f"{task_id}  dismissed"
    )


def _each(chosen: Namespace, act: Callable[[Studio, str], Task], line: Callable[[str, Task], str]) -> Exit:
    ids = task_ids(chosen.ids)
    with opened(works=False) as house:
        studio = house.studio

        def done(task_id: str) -> _Done:
            task = act(studio, task_id)
            return task, studio.media_of_task(task.task_id)

        batch: Batch[str, _Done] = each(ids, done)
    return batch.answer("tasks", _document, lambda task_id, found: line(task_id, found[0]), as_json=chosen.json)


def _document(found: _Done) -> dict[str, Any]:
    return task_document(*found)


def _cancel(studio: Studio, task_id: str, chosen: Namespace) -> Task:
    try:
        return studio.cancel(task_id, even_if_sent=False)
    except StaleTransition:
        task = studio.task(task_id)
        question = cancel_question(task)
        if question is None:
            raise
    confirm(question, chosen, about=task_row(task), option="--stop-watching (or --yes)")
    return studio.cancel(task_id)


def _canceled(task_id: str, task: Task) -> str:
    if not task.may_have_cost:
        return f"{task_id}  canceled; nothing was charged"
    bill = "it is free" if task.provider is ProviderKind.SANDBOX else "kie.ai may still finish and bill it"
    return f"{task_id}  no longer watched; {bill}. `retry` watches it again"


def _retry(studio: Studio, task_id: str, chosen: Namespace) -> Task:
    task = studio.task(task_id)
    question = retry_question(task)
    if question is not None:
        found = f"`resolve {task_id} KIE_TASK_ID` if kie.ai's logs show it, or --yes"
        confirm(question, chosen, about=task_row(task), option=found)
    taken_up = studio.retry(task_id)
    if taken_up.task_id != task_id and taken_up.provider is ProviderKind.KIE:
        say(f"{taken_up.task_id}  is a new, paid task.")
    return taken_up


def _retried(task_id: str, task: Task) -> str:
    if task.task_id == task_id:
        return f"{task_id}  watched again; nothing is paid for it again"
    return f"{task.task_id}  {task.phase.value}, a retry of {task_id}"
