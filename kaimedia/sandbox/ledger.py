"""Money and tasks: what was accepted, what it cost, what was given back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kaimedia.sandbox.task import Moment, SandboxTask, State
from kaimedia.sandbox.wire import NO_CREDITS, Refused


class Ledger:
    """The balance and every task it paid for, oldest first."""

    def __init__(self, credits: float) -> None:
        self.credits = credits
        self._tasks: dict[str, SandboxTask] = {}
        self._open: dict[str, SandboxTask] = {}
        self._copies: Counter[str] = Counter()

    def find(self, task_id: str, family: str | None = None) -> SandboxTask | None:
        """The task of that id, if it belongs to that family."""
        task = self._tasks.get(task_id)
        return task if task is not None and family in (None, task.order.family) else None

    def copies_of(self, prompt: str) -> int:
        """How many tasks with this very prompt were accepted."""
        return self._copies[prompt]

    def check(self, credits: float) -> None:
        """Refuse what cannot be paid.

        Raises:
            Refused: 402.
        """
        if credits > self.credits:
            raise Refused(402, NO_CREDITS)

    def accept(self, task: SandboxTask) -> None:
        """Charge a task and keep it."""
        self.credits -= task.order.credits
        self._tasks[task.task_id] = task
        self._open[task.task_id] = task
        self._copies[task.order.prompt] += 1

    def settle(self, task: SandboxTask, moment: Moment) -> bool:
        """Note the end of a task and give a failed one's credits back. True the first time."""
        if task.end is not None or not moment.state.is_over or moment.ended_ms is None:
            return False
        refunded = task.order.credits if moment.state is State.FAILED else 0.0
        self.close(task, moment.state, moment.ended_ms / 1000, refunded)
        return True

    def close(self, task: SandboxTask, end: State, ended_at: float, refunded: float) -> None:
        """Note an end whose refund is known."""
        task.end, task.ended_at, task.refunded = end, ended_at, refunded
        self.credits += refunded
        self._open.pop(task.task_id, None)

    def spend(self, credits: float) -> None:
        """Charge something that is no task."""
        self.credits -= credits

    def open_tasks(self) -> tuple[SandboxTask, ...]:
        """The tasks whose end is not noted yet."""
        return tuple(self._open.values())

    def __iter__(self) -> Iterator[SandboxTask]:
        return iter(self._tasks.values())

    def __len__(self) -> int:
        return len(self._tasks)
