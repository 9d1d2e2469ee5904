"""Use cases of batches: submit many tasks as one, pause, resume, stop, and choose the best of a comparison."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from kaimedia.domain import (
    COMPARISON_TASKS,
    MAX_BATCH_TASKS,
    Batch,
    BatchKind,
    BatchProgress,
    GenerationRequest,
    Status,
    Task,
    WinRate,
    utc_now,
)
from kaimedia.errors import InvalidRequest, StaleTransition
from kaimedia.store.tasks.batches import Batches
from kaimedia.store.tasks.creator import NewTask
from kaimedia.studio.new_tasks import NewTasks
from kaimedia.studio.totals import BatchPrice

NAME_CHARS = 80
WIN_RATES_S = 30.0
SHOWN_FOR = timedelta(days=1)


class BatchService:
    """Submits and controls batches."""

    def __init__(self, batches: Batches, new_tasks: NewTasks, wake: Callable[[], None]) -> None:
        self._batches = batches
        self._new_tasks = new_tasks
        self._wake = wake
        self._win_rates: tuple[float, dict[str, WinRate]] | None = None  # and when they were read, monotonic seconds

    def prices(self, requests: Sequence[GenerationRequest]) -> dict[str, BatchPrice]:
        """The total by the provider that the tasks go to; each has its own credits."""
        return self._new_tasks.prices(requests)

    def check(
        self, kind: BatchKind, requests: Sequence[GenerationRequest], *, may_wait: bool = True
    ) -> tuple[NewTask, ...]:
        """Check a batch as `submit` does, without storing anything. Raises the same errors."""
        _check_number(kind, requests)
        checked = []
        for index, request in enumerate(requests):
            try:
                checked.append(self._new_tasks.checked(request))
            except InvalidRequest as error:
                error.field = f"requests.{index}.{error.field}"
                raise
        self._new_tasks.check_payable(checked, may_wait=may_wait)
        return tuple(checked)

    def submit(
        self,
        kind: BatchKind,
        requests: Sequence[GenerationRequest],
        *,
        name: str = "",
        is_blind: bool = False,
        idempotency_key: str | None = None,
        body_sha256: str = "",
        token_id: str = "",
        may_wait: bool = True,
    ) -> Batch:
        """Validate all requests and queue them in this order, all or none; returns at once.

        With an `idempotency_key`, a repeated call returns the batch of the first.
        `may_wait` as in `TaskService.submit`.

        Raises:
            InvalidRequest: there are too few or too many requests, or one is invalid; its field starts with
                `requests.` and its index. Nothing was sent.
            KeyReused: the key was used for something else.
            LimitReached: a spending limit does not allow all of them together.
            ModelRetired, AuthFailed, CreditsExhausted, StorageFull, DatabaseClosed: as `TaskService.submit`.
        """
        once = (idempotency_key, body_sha256) if idempotency_key else None
        if once and (known := self._batches.by_key(*once)):
            return known
        checked = [replace(each, token_id=token_id) for each in self.check(kind, requests, may_wait=may_wait)]
        self._new_tasks.check_room()
        name = " ".join((name or requests[0].prompt).split())[:NAME_CHARS]
        batch = self._batches.create(kind, name, checked, utc_now(), is_blind=is_blind, idempotency=once)
        self._wake()
        return batch

    def find_by_key(self, idempotency_key: str, body_sha256: str) -> Batch | None:
        """The batch submitted under this key, None when the key is new. Validates nothing else.

        Raises:
            KeyReused: the key was used for something else.
        """
        return self._batches.by_key(idempotency_key, body_sha256)

    def get(self, batch_id: int) -> BatchProgress:
        """One batch. Raises NotFound."""
        return self._batches.get(batch_id)

    def newest(
        self, limit: int = 50, *, before: int | None = None, kind: BatchKind | None = None
    ) -> list[BatchProgress]:
        """The newest batches; for the next page, `before` is the id of the last."""
        return self._batches.newest(limit, before=before, kind=kind)

    def shown(self) -> list[BatchProgress]:
        """The batches Generate shows until they are dismissed: today's, and those that run; newest first."""
        return self._batches.shown(utc_now() - SHOWN_FOR)

    def has_any(self, kind: BatchKind) -> bool:
        """True if there is a batch of this kind."""
        return self._batches.has_any(kind)

    def tasks(self, batch_id: int) -> list[Task]:
        """The tasks of a batch, in the order they were submitted."""
        return self._batches.tasks(batch_id)

    def tasks_of(self, batch_ids: Sequence[int]) -> dict[int, list[Task]]:
        """The tasks of several batches, by batch; one without tasks has no entry."""
        return self._batches.tasks_of(batch_ids)

    def pause(self, batch_id: int) -> BatchProgress:
        """Send no more of its tasks until it is resumed; those already sent go on.

        Raises:
            NotFound: there is no such batch.
            StaleTransition: it has no unsent task.
        """
        if not self._batches.get(batch_id).unsent:
            raise StaleTransition("All tasks of this batch were sent already.")
        return self._batches.pause(batch_id, utc_now())

    def resume(self, batch_id: int) -> BatchProgress:
        """Go on sending the tasks of a paused batch. Raises NotFound."""
        progress = self._batches.resume(batch_id, utc_now())
        self._wake()
        return progress

    def stop(self, batch_id: int) -> BatchProgress:
        """Cancel its unsent tasks, free of charge; those already sent go on and are saved. Raises NotFound."""
        return self._batches.stop(batch_id, utc_now())

    def dismiss(self, batch_id: int) -> BatchProgress:
        """No longer show it on Generate.

        Raises:
            NotFound: there is no such batch.
            StaleTransition: some of its tasks have not ended.
        """
        if self._batches.get(batch_id).is_active:
            raise StaleTransition("Some tasks of this batch have not ended.")
        return self._batches.dismiss(batch_id, utc_now())

    def vote(self, batch_id: int, winner_task_id: str | None) -> BatchProgress:
        """Choose the best result of a comparison; None withdraws the choice.

        Raises:
            NotFound: there is no such batch.
            InvalidRequest: it is not a comparison, or the task is not one of its finished ones.
        """
        progress = self._batches.get(batch_id)
        if progress.batch.kind is not BatchKind.COMPARISON:
            raise InvalidRequest("Only a comparison has a winner.", field="winner_task_id")
        finished = {task.task_id for task in self._batches.tasks(batch_id) if task.status is Status.COMPLETED}
        if winner_task_id is not None and winner_task_id not in finished:
            raise InvalidRequest("The winner must be a finished task of this comparison.", field="winner_task_id")
        changed = self._batches.vote(batch_id, winner_task_id, utc_now())
        self._win_rates = None
        return changed

    def win_rates(self) -> dict[str, WinRate]:
        """How often each model won, by model id; only models that took part in a comparison with a choice.

        Read again after a choice here, else every `WIN_RATES_S` seconds: pages ask for them on each run.
        """
        now_s = time.monotonic()
        if self._win_rates is None or now_s - self._win_rates[0] > WIN_RATES_S:
            self._win_rates = (now_s, self._batches.win_rates())
        return self._win_rates[1]


def _check_number(kind: BatchKind, requests: Sequence[GenerationRequest]) -> None:
    fewest, most = COMPARISON_TASKS if kind is BatchKind.COMPARISON else (1, MAX_BATCH_TASKS)
    if not fewest <= len(requests) <= most:
        noun = "models are compared at once" if kind is BatchKind.COMPARISON else "tasks make a batch"
        raise InvalidRequest(f"{fewest} to {most} {noun}; these are {len(requests)}.", field="requests")
    if kind is BatchKind.COMPARISON and len({request.model for request in requests}) < len(requests):
        raise InvalidRequest("Each model is compared once.", field="requests")
