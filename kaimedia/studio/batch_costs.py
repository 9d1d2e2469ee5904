"""What the tasks of a batch cost, at each provider by itself: their credits are not the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kaimedia.domain import Status, Task
from kaimedia.studio.totals import BatchPrice


@dataclass(frozen=True, slots=True)
class BatchCost:
    """The list price of the tasks at one provider, and what it reported as charged; None where it reported nothing."""

    price: BatchPrice
    charged_credits: float | None


def costs_of(tasks: Iterable[Task]) -> dict[str, BatchCost]:
    """The cost by provider; tasks that failed or were canceled count only if they were or may have been charged."""
    by_provider: dict[str, list[Task]] = {}
    for task in tasks:
        if task.status is not Status.FAILED or task.may_have_cost or task.credits_actual:
            by_provider.setdefault(task.provider, []).append(task)
    return {provider: _cost(of_it) for provider, of_it in by_provider.items()}


def _cost(tasks: list[Task]) -> BatchCost:
    prices = [task.credits_estimated for task in tasks if task.credits_estimated is not None]
    charged = [task.credits_actual for task in tasks if task.credits_actual is not None]
    return BatchCost(BatchPrice(len(tasks), sum(prices), len(tasks) - len(prices)), sum(charged) if charged else None)
