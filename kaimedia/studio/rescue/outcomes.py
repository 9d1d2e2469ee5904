"""What is known about a task whose reply was lost: when it was sent, and the balances around that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from kaimedia.domain import Task
from kaimedia.domain.ledger import Balance
from kaimedia.domain.outcome import OutcomeEvidence
from kaimedia.errors import StaleTransition
from kaimedia.store.ledger.balances import Balances
from kaimedia.store.tasks.outcomes import SentTasks
from kaimedia.store.tasks.reader import TaskReader
from kaimedia.studio.paid import has_open_outcome

LONGEST_SEND = timedelta(minutes=3)  # a paid call that takes longer has ended in an error

MOST_READINGS = 5  # looked at on each side
_INSTANT = timedelta(microseconds=1)


class OutcomeService:
    """Evidence about unknown outcomes; reads only the database."""

    def __init__(self, tasks: TaskReader, sent: SentTasks, balances: Balances) -> None:
        self._tasks = tasks
        self._sent = sent
        self._balances = balances

    def evidence(self, task_id: str) -> OutcomeEvidence:
        """What is known.

        Raises:
            NotFound: there is no such task.
            StaleTransition: its outcome is known.
        """
        task = self._tasks.get(task_id)
        if not has_open_outcome(task):
            raise StaleTransition("The outcome of this task is already known.")
        return self.of_task(task)

    def of_task(self, task: Task) -> OutcomeEvidence:
        """The same for a task that was read already."""
        sent_at = task.sent_at
        if sent_at is None:
            return OutcomeEvidence(None, None, None, None, 0.0, 0, task.credits_estimated)
        # Until the reply was given up. After a crash that is known only later, and after that the row may change.
        sent_until = min(max(task.updated_at, sent_at), sent_at + LONGEST_SEND)
        before, is_before_clear = self._clear_reading(
            task, sent_at, self._balances.last_before, lambda at: at - _INSTANT
        )
        after, is_after_clear = self._clear_reading(task, sent_until, self._balances.first_after, lambda at: at)
        if before is not None and after is not None and before.key_id != after.key_id:
            after = None  # the key was changed in between: it may be the balance of another account
        others = (0.0, 0)
        if before is not None and after is not None:
            others = self._sent.others(task.task_id, task.provider, before.at, after.at)
        is_clear = is_before_clear and is_after_clear
        return OutcomeEvidence(sent_at, sent_until, before, after, *others, task.credits_estimated, is_clear=is_clear)

    def _clear_reading(
        self,
        task: Task,
        moment: datetime,
        find: Callable[[str, datetime], Balance | None],
        beyond: Callable[[datetime], datetime],
    ) -> tuple[Balance | None, bool]:
        """The balance nearest to that moment at which no other task was being sent, else the nearest and False."""
        nearest = found = find(task.provider, moment)
        for _ in range(MOST_READINGS):
            if found is None:
                return nearest, False
            if not self._sent.is_sending_at(task.task_id, task.provider, found.at, LONGEST_SEND):
                return found, True
            found = find(task.provider, beyond(found.at))
        return nearest, False
