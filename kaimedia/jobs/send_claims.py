"""Claims queued tasks to send them, as long as their results can be saved."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from kaimedia.domain import Task
from kaimedia.errors import KaimediaError
from kaimedia.jobs import failures
from kaimedia.jobs.clock import cap_due_at
from kaimedia.jobs.storage_check import StorageCheck
from kaimedia.jobs.update_batcher import UpdateBatcher
from kaimedia.jobs.worker_pool import SEND
from kaimedia.providers.base import Limits
from kaimedia.store.tasks.claims import TaskClaims


class SendClaims:
    """The queued tasks one engine may send now.

    The storage is checked before a task is claimed: one that is committed as *sending* when its process dies has to be
    reported as possibly charged.
    """

    def __init__(
        self,
        claims: TaskClaims,
        updates: UpdateBatcher,
        storage: StorageCheck,
        limits_of: Callable[[str], Limits],
        *,
        owner: str,
        lease_s: float,
    ) -> None:
        self._claims = claims
        self._updates = updates
        self._storage = storage
        self._limits_of = limits_of
        self._owner = owner
        self._lease_s = lease_s

    def claim(
        self, provider: str, now: datetime, free_slots: int, held: Collection[str], *, only: str | None = None
    ) -> list[Task]:
        """Claim at most `free_slots` due tasks of a provider, committed as *sending*; none while that is unknown.

        Tasks in `held` are not claimed: one whose last change may not be written yet must not be sent; with `only`, no
        other than that one. While nothing can be saved, due tasks get a note that says so and are tried again later.
        """
        if free_slots <= 0 or (answer := self._storage.latest()) is None:
            return []
        if answer.problem is not None:
            self._defer(provider, now, free_slots, held, answer.problem, only)
            return []
        limits = self._limits_of(provider)
        return self._claims.claim_to_send(
            self._owner,
            now,
            self._lease_s,
            free_slots,
            provider=provider,
            window_s=limits.window_s,
            max_in_window=limits.creates,
            exclude=held,
            only=only,
        )

    def _defer(
        self,
        provider: str,
        now: datetime,
        limit: int,
        held: Collection[str],
        problem: KaimediaError,
        only: str | None,
    ) -> None:
        """Note the problem at due tasks. They stay queued, so that nothing looks as if it had been sent."""
        for task in self._claims.claim(
            self._owner, now, self._lease_s, SEND.phases, limit, provider=provider, exclude=held, only=only
        ):
            change = replace(failures.after_error(task, problem, now), owner=self._owner)
            self._updates.commit_now(cap_due_at(change, now))
