"""A provider's account, kept independently of the app: what it charged and gave back for each task."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import count
from uuid import uuid4

_numbers = count(1)
_run = uuid4().hex[:8]


class End(Enum):
    """How a task is at the provider."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass
class ProviderTask:
    """One accepted task. It is charged when it is accepted; `refunded` is what was given back since."""

    id: str
    charged: float
    end: End = End.RUNNING
    refunded: float = 0.0

    @property
    def cost(self) -> float:
        """What it cost in the end."""
        return self.charged - self.refunded


class Account:
    """All tasks ever accepted, by our task id; the account knows nothing about the app's rows."""

    def __init__(self) -> None:
        self.tasks: dict[str, ProviderTask] = {}

    def accept(self, task_id: str, price: float) -> ProviderTask:
        """Accept and charge a task."""
        made = self.tasks[task_id] = ProviderTask(f"p-{_run}-{next(_numbers)}", price)
        return made

    def finish(self, task_id: str, end: End, *, gives_back: float = 0.0) -> ProviderTask:
        """End a task; a failed one is given back as far as `gives_back` says."""
        task = self.tasks[task_id]
        if task.end is End.RUNNING:
            task.end, task.refunded = end, gives_back
        return task

    def cost_of(self, task_id: str) -> float:
        """What one of our tasks cost; nothing if it was never accepted."""
        return self.tasks[task_id].cost if task_id in self.tasks else 0.0
