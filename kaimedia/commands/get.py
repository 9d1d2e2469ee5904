"""`python -m kaimedia get`: one task or one item, and its files."""

from __future__ import annotations

from argparse import Namespace

from kaimedia.bootstrap import House
from kaimedia.commands.door import opened
from kaimedia.commands.exits import Exit, of_task
from kaimedia.commands.generate import answer, wait_and_answer
from kaimedia.commands.ids import is_media_id, is_task_id
from kaimedia.commands.output import answer_json, media_document, media_lines
from kaimedia.commands.saving import STDOUT, check_target, save
from kaimedia.domain import Status, Task
from kaimedia.errors import InvalidRequest


def get(chosen: Namespace) -> Exit:
    """Show it. The exit code of a task says how it stands, as for `generate --wait`."""
    given = chosen.id.strip()
    if is_task_id(given):
        return _task(chosen, given)
    if is_media_id(given):
        return _item(chosen, int(given))
    raise InvalidRequest("That is neither a task's id (32 hex digits) nor the number of an item.", field="id")


def _task(chosen: Namespace, task_id: str) -> Exit:
    waits = chosen.wait or chosen.output is not None
    with opened(works=False, is_quiet=chosen.quiet) as house:
        task = house.studio.task(task_id)
        if chosen.output is not None:
            check_target(chosen.output, len(task.media_ids), as_json=chosen.json)
        if not waits or task.status in (Status.COMPLETED, Status.FAILED):
            return _as_it_stands(chosen, house, task)
    with opened(works=True, is_quiet=chosen.quiet) as house:
        return wait_and_answer(chosen, house, task)


def _as_it_stands(chosen: Namespace, house: House, task: Task) -> Exit:
    saved_to: list[str] = []
    if task.status is Status.COMPLETED and chosen.output is not None:
        saved_to = save(house.studio.media_of_task(task.task_id), house.storage, chosen.output)
    answer(chosen, house, task, saved_to)
    return of_task(task)


def _item(chosen: Namespace, media_id: int) -> Exit:
    if chosen.output is not None:
        check_target(chosen.output, 1, as_json=chosen.json)
    with opened(works=False, is_quiet=chosen.quiet) as house:
        item = house.studio.media(media_id)
        tags = house.studio.tags_of([media_id]).get(media_id, ())
        saved_to = save([item], house.storage, chosen.output) if chosen.output is not None else []
    if chosen.json:
        answer_json({**media_document(item, tags), "saved_to": saved_to})
    elif saved_to:
        print("\n".join(saved_to))
    elif chosen.output != STDOUT:
        print("\n".join(media_lines(item)))
    return Exit.DONE
