"""The account: its balance, accepted tasks, charges and refunds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kaimedia.sandbox.protocol.replies import NO_CREDITS, Refused
from kaimedia.sandbox.task import SandboxTask, State, TaskSnapshot


class Accounts:
    """The balance and every task charged to it, oldest first."""

    def __init__(self, credits: float) -> None:
        self.credits = credits
        self._tasks: dict[str, SandboxTask] = {}
        self._open: dict[str, SandboxTask] = {}
        self._copies: Counter[str] = Counter()

    def find(self, task_id: str, family: str | None = None) -> SandboxTask | None:
        """The task with that id, if it belongs to that family."""
        task = self._tasks.get(task_id)
        return task if task is not None and family in (None, task.order.family) else None

    def copies_of(self, prompt: str) -> int:
        """How many tasks with exactly this prompt were accepted."""
        return self._copies[prompt]

    def check(self, credits: float) -> None:
        """Refuse a charge above the balance.

        Raises:
            Refused: 402.
        """
        if credits > self.credits:
            raise Refused(402, NO_CREDITS)

    def accept(self, task: SandboxTask) -> None:
        """Charge for a task and store it."""
        self.credits -= task.order.credits
        self._tasks[task.task_id] = task
        self._open[task.task_id] = task
        self._copies[task.order.prompt] += 1
        if source := self._tasks.get(task.order.upgrade_of):
            source.upgrades[task.order.resolution] = task.task_id

    def settle(self, task: SandboxTask, snapshot: TaskSnapshot) -> bool:
        """Record a task's end and refund a failed one. True the first time."""
        if task.end is not None or not snapshot.state.is_over or snapshot.ended_ms is None:
            return False
        refunded = task.order.credits if snapshot.state is State.FAILED else 0.0
        self.close(task, snapshot.state, snapshot.ended_ms / 1000, refunded)
        return True

    def close(self, task: SandboxTask, end: State, ended_at: float, refunded: float) -> None:
        """Record an end and its refund."""
        task.end, task.ended_at, task.refunded = end, ended_at, refunded
        self.credits += refunded
        self._open.pop(task.task_id, None)

    def spend(self, credits: float) -> None:
        """Charge for something other than a task, as in journals of earlier versions."""
        self.credits -= credits

    def open_tasks(self) -> tuple[SandboxTask, ...]:
        """The tasks whose end is not recorded yet."""
        return tuple(self._open.values())

    def __iter__(self) -> Iterator[SandboxTask]:
        return iter(self._tasks.values())

    def __len__(self) -> int:
        return len(self._tasks)
