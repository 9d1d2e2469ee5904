"""Batches on the command line: the question before, the wait, and what is printed."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from kaimedia.cli.confirmation import confirm
from kaimedia.cli.exits import Exit
from kaimedia.cli.output import answer_json, counted, local, moment, one_line, say, task_document, task_row
from kaimedia.domain import BatchKind, BatchProgress, GenerationRequest
from kaimedia.errors import InvalidRequest
from kaimedia.providers.registry import is_free, location_of
from kaimedia.studio import BatchCost, BatchPrice, Studio, costs_of

POLL_EVERY_S = 0.5
MAX_LINES = 20


def ask(studio: Studio, kind: BatchKind, requests: Sequence[GenerationRequest], args: Namespace) -> None:
    """Check the requests and confirm their total price.

    Raises:
        InvalidRequest, ModelRetired, AuthFailed: one cannot be submitted, it was not confirmed, or its price
            changed meanwhile.
    """
    studio.batches.check(kind, requests)
    lines = [f"{request.model:18}  {one_line(request.prompt, 90)}" for request in requests[:MAX_LINES]]
    if len(requests) > MAX_LINES:
        lines.append(f"and {len(requests) - MAX_LINES} more")
    prices = studio.batches.prices(requests)
    totals = [_total(provider, price) for provider, price in prices.items()]
    confirm(f"Submit {counted(len(requests), 'task')} {' and '.join(totals)}?", args, about="\n".join(lines))
    if studio.batches.prices(requests) != prices:
        step = "Run the command again to see it. Nothing was sent."
        raise InvalidRequest("The price has changed while you were asked.", field="yes", next_step=step)


def _total(provider: str, price: BatchPrice) -> str:
    if is_free(provider):
        return f"{location_of(provider)}, free of charge"
    if price.unpriced == price.tasks:
        return f"{location_of(provider)} without a list price"
    more = f", plus {price.unpriced} without a list price" if price.unpriced else ""
    return f"{location_of(provider)} for about {price.credits:g} credits{more}"


def wait_until_batch_ended(studio: Studio, batch_id: int, args: Namespace) -> Exit:
    """Wait until every task has ended or for `--timeout`; print each change of the counts to stderr."""
    until = None if args.timeout is None else time.monotonic() + args.timeout
    last_printed = ""
    while True:
        progress = studio.batches.get(batch_id)
        status = status_line(progress)
        if status != last_printed and not args.quiet:
            last_printed = status
            say(f"batch {batch_id}  {status}")
        if not progress.is_active:
            return _exit_of(progress)
        if until is not None and time.monotonic() >= until:
            return Exit.NOT_YET
        time.sleep(POLL_EVERY_S)


def _exit_of(progress: BatchProgress) -> Exit:
    if progress.may_have_cost:
        return Exit.PERHAPS_PAID
    return Exit.FAILED if progress.failed else Exit.DONE


def status_line(progress: BatchProgress) -> str:
    """ "12 of 40 done, 26 not sent, 2 failed, paused"."""
    parts = [
        f"{progress.completed} of {progress.total} done",
        f"{progress.running} running" if progress.running else "",
        f"{progress.unsent} not sent" if progress.unsent else "",
        f"{progress.failed - progress.canceled} failed" if progress.failed > progress.canceled else "",
        f"{progress.canceled} canceled" if progress.canceled else "",
        f"{progress.may_have_cost} may have been charged" if progress.may_have_cost else "",
        "paused" if progress.is_paused else "",
    ]
    return ", ".join(filter(None, parts))


def batch_row(progress: BatchProgress) -> str:
    """A batch on one line: id, kind, time, counts, name."""
    batch = progress.batch
    when = local(batch.created_at)
    return f"{batch.id:>5}  {batch.kind.value:10}  {when}  {status_line(progress)}  {one_line(batch.name, 50)}"


def batch_document(progress: BatchProgress) -> dict[str, Any]:
    """A batch as JSON, as in `GET /api/batches`."""
    batch = progress.batch
    return {
        "id": batch.id,
        "kind": batch.kind.value,
        "name": batch.name,
        "created_at": moment(batch.created_at),
        "paused_at": moment(batch.paused_at),
        "stopped_at": moment(batch.stopped_at),
        "is_active": progress.is_active,
        "total": progress.total,
        "unsent": progress.unsent,
        "running": progress.running,
        "completed": progress.completed,
        "failed": progress.failed,
        "canceled": progress.canceled,
        "may_have_cost": progress.may_have_cost,
        "credits_estimated": progress.credits_estimated,
        "unpriced": progress.unpriced,
        "credits_actual": progress.credits_actual,
        "is_blind": batch.is_blind,
        "winner_task_id": batch.winner_task_id,
    }


def _cost_document(provider: str, cost: BatchCost) -> dict[str, Any]:
    price = cost.price
    return {
        "provider": provider,
        "tasks": price.tasks,
        "credits_estimated": price.credits,
        "unpriced": price.unpriced,
        "credits_actual": cost.charged_credits,
    }


def answer_batch(studio: Studio, batch_id: int, args: Namespace) -> None:
    """Print a batch with its tasks to stdout."""
    progress, tasks = studio.batches.get(batch_id), studio.batches.tasks(batch_id)
    if args.json:
        media = studio.gallery.of_tasks([task.task_id for task in tasks])
        documents = [task_document(task, media.get(task.task_id, ())) for task in tasks]
        costs = [_cost_document(provider, cost) for provider, cost in costs_of(tasks).items()]
        answer_json({**batch_document(progress), "costs": costs, "tasks": documents})
        return
    print("\n".join([batch_row(progress), *map(task_row, tasks)]), flush=True)
