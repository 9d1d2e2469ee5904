"""Random lives of tasks: the ledger always agrees with the provider's account, and no entry is ever changed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import Phase as HypothesisPhase
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kaimedia.domain import BatchKind, ErrorCode, Phase, ProviderName, Status, Task, TaskChange, utc_now
from kaimedia.domain.ledger import EntryKind, LedgerEntry
from kaimedia.errors import NotFound, StaleTransition, TooLarge
from kaimedia.jobs import failures, polling
from kaimedia.models.catalogue import get
from kaimedia.providers.base import Report, TaskState
from kaimedia.store.stores import Stores
from tests.contract.store.account import Account, End
from tests.contract.store.engine_steps import PRICE, after_send, has_ended, report_on, task_service
from tests.contract.store.factories import new_task

SPEC = get("gpt4o-image")
UNSENT = (Phase.PREPARING, Phase.QUEUED)
POLLED = (Phase.WAITING, Phase.GENERATING)


class Lives(RuleBasedStateMachine):
    """Tasks on a real database; the test plays the engine, the provider and the user.

    The account charges when it accepts. `surprises` are charges that differ from the list price; the provider reports
    those when the task ends. Everything the app may know is compared with the account after every step.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__()
        self.stores = stores
        self.account = Account()
        self.ids: list[str] = []
        self.deleted: set[str] = set()
        self.entries: dict[str, list[LedgerEntry]] = {}
        self.service = task_service(stores)

    # --- what is there -----------------------------------------------------------------------------------

    def tasks(self, *phases: Phase) -> list[Task]:
        """The tasks of this life in these phases, or all that are not deleted."""
        found = {task.task_id: task for task in self.stores.task_reader.by_ids(self.ids)}
        ordered = [found[each] for each in self.ids if each in found]
        return [task for task in ordered if not phases or task.phase in phases]

    def pick(self, number: int, *phases: Phase) -> Task | None:
        """One of them."""
        found = self.tasks(*phases)
        return found[number % len(found)] if found else None

    def change(self, task: Task, fields: dict[str, Any]) -> None:
        """Write what a handler returned."""
        self.stores.task_updater.change(TaskChange(task.task_id, frozenset({task.phase}), fields), utc_now())

    # --- the user and scripts ----------------------------------------------------------------------------

    @rule()
    def submit(self) -> None:
        self.ids.append(self.service.submit(new_task().request).task_id)

    @rule(size=some.integers(1, 3))
    def submit_batch(self, size: int) -> None:
        new = [new_task(provider=ProviderName.KIE)] * size
        batch = self.stores.batches.create(BatchKind.PROMPTS, "batch", new, utc_now())
        self.ids += [task.task_id for task in self.stores.batches.tasks(batch.id)]

    @rule(number=some.integers(0, 99))
    def stop_batch(self, number: int) -> None:
        task = self.pick(number)
        if task is not None and task.batch_id is not None:
            self.stores.batches.stop(task.batch_id, utc_now())

    @rule(number=some.integers(0, 99))
    def cancel(self, number: int) -> None:
        if task := self.pick(number, *UNSENT, *POLLED, Phase.SAVING):
            self.service.cancel(task.task_id)

    @rule(number=some.integers(0, 99))
    def retry(self, number: int) -> None:
        if task := self.pick(number, Phase.FAILED):
            again = self.service.retry(task.task_id)
            if again.task_id not in self.ids:
                self.ids.append(again.task_id)

    @rule(number=some.integers(0, 99))
    def dismiss(self, number: int) -> None:
        if task := self.pick(number, Phase.FAILED):
            self.service.dismiss(task.task_id)

    @rule(number=some.integers(0, 99))
    def delete(self, number: int) -> None:
        if task := self.pick(number, Phase.FAILED, Phase.DONE):
            self.stores.trash.delete(task.media_ids, utc_now())
            self.stores.trash.empty(task.media_ids)
            if not self.stores.task_reader.by_ids([task.task_id]):
                self.deleted.add(task.task_id)

    # --- the engine --------------------------------------------------------------------------------------

    @rule(
        outcome=some.sampled_from(
            ["accepted", "busy", "refused", "lost", "lost, accepted", "crash", "crash, accepted"]
        ),
        surprise=some.sampled_from([0.0, 0.0, 1.5, -2.0]),
    )
    def send(self, outcome: str, surprise: float) -> None:
        now = utc_now()
        claimed = self.stores.task_claims.claim_to_send(
            "engine", now, 60, 1, provider=ProviderName.KIE, max_in_window=10**6
        )
        for task in claimed:
            if task.task_id not in self.ids:
                continue  # of an earlier life that failed
            made = self.account.accept(task.task_id, PRICE + surprise) if "accepted" in outcome else None
            if outcome.startswith("crash"):
                self.stores.task_claims.release("engine", [task.task_id])  # the process is gone
            else:
                self.change(task, after_send(outcome, made))

    @rule()
    def recover(self) -> None:
        for task in self.stores.task_claims.lost_sends(utc_now()):
            if task.task_id in self.ids:
                self.change(task, failures.lost_in_crash(task.provider))

    @rule(number=some.integers(0, 99), reports=some.booleans())
    def poll(self, number: int, reports: bool) -> None:
        watched = [task for task in self.tasks(*POLLED, Phase.FAILED) if task.due_at is not None]
        if watched:
            self.apply_report(watched[number % len(watched)], reports=reports)

    def apply_report(self, task: Task, *, reports: bool) -> None:
        """Write what a poll says about a task; an amount that differs from the list price is always reported."""
        report = report_on(self.account.tasks.get(task.task_id), task, reports=reports)
        self.change(task, polling.apply_poll(task, SPEC, report, age_s=10, now=utc_now(), first_s=None))

    @rule(number=some.integers(0, 99))
    def poll_unanswered(self, number: int) -> None:
        if task := self.pick(number, *POLLED):
            report = Report(TaskState.PROCESSING, is_transient=True)
            self.change(task, polling.apply_poll(task, SPEC, report, age_s=10, now=utc_now(), first_s=None))

    @rule(number=some.integers(0, 99), is_over=some.booleans())
    def overdue(self, number: int, is_over: bool) -> None:
        if task := self.pick(number, *POLLED):
            fields = failures.overdue("late", utc_now())
            self.change(task, fields | ({"due_at": None} if is_over else {}))

    @rule(number=some.integers(0, 99), is_saved=some.booleans())
    def save(self, number: int, is_saved: bool) -> None:
        if task := self.pick(number, Phase.SAVING):
            lost = failures.failed(ErrorCode.NOT_SAVED, TooLarge("huge").message, may_have_cost=True)
            self.change(task, {"phase": Phase.DONE, "due_at": None} if is_saved else lost)

    @rule(number=some.integers(0, 99))
    def fetch_again(self, number: int) -> None:
        if task := self.pick(number, Phase.DONE):
            self.stores.task_results.fetch_again(task.task_id, task.media_ids, utc_now())

    # --- the provider ------------------------------------------------------------------------------------

    @precondition(lambda self: self.account.tasks)
    @rule(number=some.integers(0, 99), end=some.sampled_from(["completed", "completed", "failed", "charged"]))
    def finish(self, number: int, end: str) -> None:
        task_id = list(self.account.tasks)[number % len(self.account.tasks)]
        made = self.account.tasks[task_id]
        given_back = made.charged if end == "failed" else 0.0
        self.account.finish(task_id, End.COMPLETED if end == "completed" else End.FAILED, gives_back=given_back)

    @rule(number=some.integers(0, 99), is_signed=some.booleans(), is_true=some.booleans())
    def callback(self, number: int, is_signed: bool, is_true: bool) -> None:
        """The provider names the task of a lost reply; an unsigned one may name anything."""
        task = self.pick(number)
        made = self.account.tasks.get(task.task_id) if task else None
        if task is None or made is None:
            return
        named = made.id if is_true or is_signed else f"forged-{task.task_id}"
        with suppress(StaleTransition, NotFound):
            self.stores.task_updater.attach_provider_id(named, utc_now(), nonce=task.nonce, is_proven=is_signed)

    @rule(number=some.integers(0, 99))
    def attach(self, number: int) -> None:
        """The user enters the id of a lost reply, which the app has checked with the provider."""
        task = self.pick(number, Phase.FAILED, Phase.SENDING)
        made = self.account.tasks.get(task.task_id) if task else None
        if task is None or made is None:
            return
        with suppress(StaleTransition):
            self.stores.task_updater.attach_provider_id(made.id, utc_now(), task_id=task.task_id)

    # --- what always holds -------------------------------------------------------------------------------

    @invariant()
    def entries_are_only_added(self) -> None:
        found = self.stores.ledger.of_tasks(self.ids)
        for task_id, before in self.entries.items():
            assert found[task_id][: len(before)] == before
        self.entries = found

    @invariant()
    def only_open_tasks_have_a_reservation(self) -> None:
        found = {task.task_id: task for task in self.tasks()}
        for task_id in self.ids:
            reserved = self.total(task_id, EntryKind.RESERVED)
            assert reserved >= 0
            if task_id in self.deleted or has_ended(found[task_id]):
                assert reserved == 0, (found.get(task_id), self.entries[task_id])

    @invariant()
    def what_the_app_knows_is_what_the_account_says(self) -> None:
        for task in self.tasks():
            committed, cost = self.total(task.task_id), self.account.cost_of(task.task_id)
            made = self.account.tasks.get(task.task_id)
            if task.phase is Phase.DONE:
                assert committed == cost, (task, self.entries[task.task_id])
            elif task.phase in UNSENT:
                assert committed == PRICE and made is None
            elif task.phase is Phase.FAILED and not task.may_have_cost and made is None:
                assert committed == 0
            elif made is None or (made.end is End.RUNNING and made.charged == PRICE):
                assert committed == PRICE, (task, self.entries[task.task_id])

    def total(self, task_id: str, *kinds: EntryKind) -> float:
        """The sum of a task's entries of these kinds, by default of all but the estimate."""
        wanted = kinds or tuple(EntryKind)[1:]
        return round(sum(entry.credits for entry in self.entries[task_id] if entry.kind in wanted), 6)

    def teardown(self) -> None:
        """In the end the app finds out everything that can be found out: then the sums are equal to the last credit."""
        for _ in range(8):
            for task in self.tasks():
                self.bring_to_an_end(task)
        self.entries_are_only_added()
        self.only_open_tasks_have_a_reservation()
        for task in self.tasks():
            assert task.status in (Status.COMPLETED, Status.FAILED)
        known = [each for each in self.ids if each not in self.deleted]
        spent = sum(self.total(each, EntryKind.SETTLED, EntryKind.REFUNDED) for each in known)
        lost = {each: self.total(each, EntryKind.WRITTEN_OFF) for each in known}
        assert round(spent, 6) == round(sum(map(self.account.cost_of, known)), 6)
        assert all(each not in self.account.tasks for each, amount in lost.items() if amount), "lost what was accepted"
        assert all(amount in (0.0, PRICE) for amount in lost.values())

    def bring_to_an_end(self, task: Task) -> None:
        """One step towards the truth."""
        if task.phase in UNSENT:
            self.service.cancel(task.task_id)
        elif task.phase is Phase.SENDING:
            self.change(task, failures.lost_in_crash(task.provider))
        elif task.phase is Phase.SAVING:
            self.change(task, {"phase": Phase.DONE, "due_at": None})
        elif task.phase in POLLED:
            if task.task_id in self.account.tasks:
                self.account.finish(task.task_id, End.COMPLETED)
            self.apply_report(task, reports=True)
        elif task.phase is Phase.FAILED:
            self.find_out(task)

    def find_out(self, task: Task) -> None:
        """What the user does about a failed task that may be paid."""
        made = self.account.tasks.get(task.task_id)
        if made is None:
            self.service.dismiss(task.task_id)
        elif task.error_code is ErrorCode.OUTCOME_UNKNOWN:
            self.stores.task_updater.attach_provider_id(made.id, utc_now(), task_id=task.task_id)
        elif task.may_have_cost:
            self.service.retry(task.task_id)


@pytest.mark.slow
def test_the_ledger_agrees_with_the_account_in_every_life(stores: Stores, dialect: str) -> None:
    count = 40 if dialect == "sqlite" else 15
    # Not shrunk: that would take minutes of transactions, and all lives share the database.
    chosen = settings(
        phases=[HypothesisPhase.generate],
        max_examples=count,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    machine: Callable[[], RuleBasedStateMachine] = lambda: Lives(stores)  # noqa: E731
    run_state_machine_as_test(machine, settings=chosen)  # type: ignore[no-untyped-call]
