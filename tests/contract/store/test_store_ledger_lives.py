"""Random lives of tasks: the ledger always agrees with the provider's account, and no entry is ever changed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import Phase as HypothesisPhase
from hypothesis import strategies as some

from kaimedia.domain import BatchKind, ErrorCode, Phase, ProviderName, Status, Task, TaskChange, utc_now
from kaimedia.domain.ledger import EntryKind, LedgerEntry
from kaimedia.errors import KeyReused, NotFound, StaleTransition
from kaimedia.jobs import failures, polling
from kaimedia.models.catalogue import get
from kaimedia.store.stores import Stores
from tests.contract.store.account import Account, End
from tests.contract.store.engine_steps import OUTCOMES, PRICE, after_send, has_ended, report_on, task_service
from tests.contract.store.factories import new_task

SPEC = get("gpt4o-image")
UNSENT = (Phase.PREPARING, Phase.QUEUED)
POLLED = (Phase.WAITING, Phase.GENERATING)
ENDS = ("completed", "completed", "completed", "failed", "charged")


@dataclass(frozen=True)
class Move:
    """One step of a life: what is done, to which task, and how it turns out."""

    action: str
    number: int
    outcome: str
    end: str
    flag: bool
    surprise: float


class Lives:
    """Tasks on a real database; the test plays the engine, the provider and the user.

    A surprise is a charge that differs from the list price; the provider reports it.
    """

    def __init__(self, stores: Stores) -> None:
        self.stores = stores
        self.account = Account()
        self.ids: list[str] = []
        self.deleted: set[str] = set()
        self.entries: dict[str, list[LedgerEntry]] = {}
        self.service = task_service(stores)

    def tasks(self, *phases: Phase) -> list[Task]:
        """The tasks of this life in these phases, or all that are not deleted, the oldest first."""
        found = {task.task_id: task for task in self.stores.task_reader.by_ids(self.ids)}
        ordered = [found[each] for each in self.ids if each in found]
        return [task for task in ordered if not phases or task.phase in phases]

    def pick(self, move: Move, *phases: Phase) -> Task | None:
        """One of them."""
        found = self.tasks(*phases)
        return found[move.number % len(found)] if found else None

    def write(self, task: Task, fields: dict[str, object]) -> None:
        """Write what a handler returned, as `UpdateBatcher` does."""
        change = TaskChange(task.task_id, frozenset({task.phase}), fields)
        if "provider_task_id" in fields:
            self.stores.task_updater.change(change, utc_now())
        else:
            assert self.stores.task_updater.change_many([change], utc_now())

    def submit(self, _move: Move) -> None:
        self.ids.append(self.service.submit(new_task().request).task_id)

    def submit_batch(self, move: Move) -> None:
        new = [new_task(provider=ProviderName.KIE)] * (1 + move.number % 3)
        batch = self.stores.batches.create(BatchKind.PROMPTS, "batch", new, utc_now())
        self.ids += [task.task_id for task in self.stores.batches.tasks(batch.id)]

    def stop_batch(self, move: Move) -> None:
        task = self.pick(move)
        if task is not None and task.batch_id is not None:
            self.stores.batches.stop(task.batch_id, utc_now())

    def cancel(self, move: Move) -> None:
        if task := self.pick(move, *UNSENT, *POLLED, Phase.SAVING):
            self.service.cancel(task.task_id)

    def retry(self, move: Move) -> None:
        if task := self.pick(move, Phase.FAILED):
            with suppress(KeyReused):  # it was retried before, and that task was deleted
                again = self.service.retry(task.task_id)
                self.ids += [again.task_id] if again.task_id not in self.ids else []

    def dismiss(self, move: Move) -> None:
        if task := self.pick(move, Phase.FAILED):
            self.service.dismiss(task.task_id)

    def delete(self, move: Move) -> None:
        if task := self.pick(move, Phase.FAILED, Phase.DONE):
            self.stores.trash.delete(task.media_ids, utc_now())
            self.stores.trash.empty(task.media_ids)
            if not self.stores.task_reader.by_ids([task.task_id]):
                self.deleted.add(task.task_id)

    def attach(self, move: Move) -> None:
        """The user enters the id of a lost reply, which the app has checked with the provider."""
        task = self.pick(move, Phase.FAILED, Phase.SENDING)
        if task is not None and (made := self.account.tasks.get(task.task_id)):
            with suppress(StaleTransition):
                self.stores.task_updater.attach_provider_id(made.id, utc_now(), task_id=task.task_id)

    def send(self, move: Move) -> None:
        claims = self.stores.task_claims
        claimed = claims.claim_to_send("engine", utc_now(), 60, 1, provider=ProviderName.KIE, max_in_window=10**6)
        for task in claimed:
            if task.task_id not in self.ids:
                continue  # of an earlier life that failed
            made = self.account.accept(task.task_id, PRICE + move.surprise) if "accepted" in move.outcome else None
            if move.outcome.startswith("crash"):
                claims.release("engine", [task.task_id])  # the process is gone
            else:
                self.write(task, after_send(move.outcome, made))

    def advance(self, move: Move) -> None:
        """The usual next step of a task."""
        task = self.pick(move, *UNSENT, *POLLED, Phase.SAVING)
        if task is None:
            self.submit(move)
        elif task.phase in UNSENT:
            self.send(move)
        elif task.phase is Phase.SAVING:
            self.save(move)
        else:
            if task.task_id in self.account.tasks and move.flag:
                self.end_at_provider(task.task_id, move)
            self.apply_report(task, reports=move.number % 2 == 0)

    def recover(self, _move: Move) -> None:
        for task in self.stores.task_claims.lost_sends(utc_now()):
            if task.task_id in self.ids:
                self.write(task, failures.lost_in_crash(task.provider))

    def poll(self, move: Move) -> None:
        watched = [task for task in self.tasks(*POLLED, Phase.FAILED) if task.due_at is not None]
        if watched:
            self.apply_report(watched[move.number % len(watched)], reports=move.flag)

    def apply_report(self, task: Task, *, reports: bool) -> None:
        """Write what a poll says about a task."""
        report = report_on(self.account.tasks.get(task.task_id), task, reports=reports)
        self.write(task, polling.apply_poll(task, SPEC, report, age_s=10, now=utc_now(), first_s=None))

    def overdue(self, move: Move) -> None:
        if task := self.pick(move, *POLLED):
            self.write(task, failures.overdue("late", utc_now()) | ({"due_at": None} if move.flag else {}))

    def save(self, move: Move) -> None:
        if task := self.pick(move, Phase.SAVING):
            lost = failures.failed(ErrorCode.NOT_SAVED, "too large", may_have_cost=True)
            self.write(task, lost if move.number % 5 == 0 else {"phase": Phase.DONE, "due_at": None})

    def fetch_again(self, move: Move) -> None:
        if task := self.pick(move, Phase.DONE):
            self.stores.task_results.fetch_again(task.task_id, task.media_ids, utc_now())

    def finish(self, move: Move) -> None:
        """It ends a task; a failed one is given back, unless it is charged nevertheless."""
        if accepted := list(self.account.tasks):
            self.end_at_provider(accepted[move.number % len(accepted)], move)

    def end_at_provider(self, task_id: str, move: Move) -> None:
        given_back = self.account.tasks[task_id].charged if move.end == "failed" else 0.0
        self.account.finish(task_id, End.COMPLETED if move.end == "completed" else End.FAILED, gives_back=given_back)

    def refund(self, move: Move) -> None:
        """It gives back a part afterwards, which the next report of the task says."""
        completed = [each for each in self.account.tasks.values() if each.end is End.COMPLETED]
        if completed:
            completed[move.number % len(completed)].refunded = 1.0

    def call_back(self, move: Move) -> None:
        """It names the task of a lost reply; an unsigned call may name anything."""
        task, is_signed = self.pick(move), move.outcome == "accepted"
        if task is not None and (made := self.account.tasks.get(task.task_id)):
            named = made.id if move.flag or is_signed else f"forged-{task.task_id}"
            with suppress(StaleTransition, NotFound):
                self.stores.task_updater.attach_provider_id(named, utc_now(), nonce=task.nonce, is_proven=is_signed)

    def check(self) -> None:
        """No entry changed, nothing is reserved for an ended task, and what is known is what the account says."""
        found = self.stores.ledger.of_tasks(self.ids)
        for task_id, before in self.entries.items():
            assert found[task_id][: len(before)] == before
        self.entries = found
        tasks = {task.task_id: task for task in self.tasks()}
        for task_id in self.ids:
            reserved = self.total(task_id, EntryKind.RESERVED)
            assert reserved >= 0
            if task_id in self.deleted or has_ended(tasks[task_id]):
                assert reserved == 0, (tasks.get(task_id), self.entries[task_id])
        for task in tasks.values():
            self.check_known(task)

    def check_known(self, task: Task) -> None:
        """Compare one task with the account, as far as the app knows about it."""
        committed, made = self.total(task.task_id), self.account.tasks.get(task.task_id)
        if task.phase in UNSENT:
            assert committed == PRICE and made is None
        elif made is not None and task.phase is Phase.DONE:
            assert made.cost <= committed <= made.cost + made.refunded, (task, self.entries[task.task_id])
        elif made is not None and task.phase in POLLED:
            assert committed in (PRICE, made.charged, made.cost), (task, self.entries[task.task_id])
            assert self.total(task.task_id, EntryKind.WRITTEN_OFF) == 0
        elif made is None:
            is_free = task.phase is Phase.FAILED and not task.may_have_cost
            assert committed == (0.0 if is_free else PRICE)

    def total(self, task_id: str, *kinds: EntryKind) -> float:
        """The sum of a task's entries of these kinds, by default of all but the estimate."""
        wanted = kinds or tuple(EntryKind)[1:]
        return round(sum(entry.credits for entry in self.entries[task_id] if entry.kind in wanted), 6)

    def end(self) -> None:
        """The app finds out everything that can be found out: then the sums are equal to the last credit."""
        self.bring_all_to_an_end()
        for task in self.tasks(Phase.DONE):  # what was given back since is in the next report
            self.stores.task_results.fetch_again(task.task_id, task.media_ids, utc_now())
        self.bring_all_to_an_end()
        self.check()
        assert {task.status for task in self.tasks()} <= {Status.COMPLETED, Status.FAILED}
        known = [each for each in self.ids if each not in self.deleted]
        spent = sum(self.total(each, EntryKind.SETTLED, EntryKind.REFUNDED) for each in known)
        lost = {each: self.total(each, EntryKind.WRITTEN_OFF) for each in known}
        assert round(spent, 6) == round(sum(map(self.account.cost_of, known)), 6)
        assert all(each not in self.account.tasks for each, amount in lost.items() if amount), "lost what was accepted"

    def bring_all_to_an_end(self) -> None:
        for _ in range(8):
            for task in self.tasks():
                self.bring_to_an_end(task)

    def bring_to_an_end(self, task: Task) -> None:
        """One step towards the truth."""
        if task.phase in UNSENT:
            self.service.cancel(task.task_id)
        elif task.phase is Phase.SENDING:
            self.write(task, failures.lost_in_crash(task.provider))
        elif task.phase is Phase.SAVING:
            self.write(task, {"phase": Phase.DONE, "due_at": None})
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


RARE = ("stop_batch", "cancel", "retry", "dismiss", "delete", "attach", "call_back", "recover", "poll", "finish")
ACTIONS = (*["advance"] * 20, "submit", "submit_batch", *RARE, "overdue", "fetch_again", "refund")
MOVES = some.builds(
    Move,
    action=some.sampled_from(ACTIONS),
    number=some.integers(0, 99),
    outcome=some.sampled_from(OUTCOMES),
    end=some.sampled_from(ENDS),
    flag=some.booleans(),
    surprise=some.sampled_from((0.0, 0.0, 0.0, 1.5, -2.0)),
)


@pytest.mark.slow
@pytest.mark.parametrize("lives", [6, pytest.param(30, marks=pytest.mark.exhaustive)])
def test_the_ledger_agrees_with_the_account_in_every_life(stores: Stores, dialect: str, lives: int) -> None:
    examples = lives if dialect == "sqlite" else lives // 2

    # Not shrunk: that would take minutes of transactions, and all lives share the database.
    @settings(phases=[HypothesisPhase.generate], max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(some.lists(MOVES, min_size=20, max_size=60))
    def live(moves: list[Move]) -> None:
        life = Lives(stores)
        for move in moves:
            getattr(life, move.action)(move)
            life.check()
        life.end()

    live()
