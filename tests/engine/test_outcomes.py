"""What is known about a lost reply: the window of time, and the balances around it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, Phase, Task, TaskChange, utc_now
from kaimedia.domain.ledger import Balance
from kaimedia.domain.outcome import OutcomeEvidence, Verdict
from kaimedia.errors import StaleTransition
from kaimedia.store.tables import TASKS
from kaimedia.studio import verdict_text
from tests.conftest import image_request, wait_for, wait_for_phase
from tests.contract.sandbox.wire import body
from tests.elsewhere import Make

SENT = utc_now()


def balance(credits: float, seconds: float) -> Balance:
    return Balance(1, "kie", credits, SENT + timedelta(seconds=seconds))


def evidence(**changes: object) -> OutcomeEvidence:
    usual = OutcomeEvidence(SENT, SENT, balance(100, -9), balance(94, 9), 0.0, 0, 6.0)
    return replace(usual, **changes)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, Verdict.LIKELY_CHARGED),
        ({"after": balance(88, 9), "others_credits": 6.0}, Verdict.LIKELY_CHARGED),
        ({"after": balance(100, 9)}, Verdict.LIKELY_NOT_CHARGED),
        ({"others_credits": 6.0}, Verdict.LIKELY_NOT_CHARGED),
        ({"after": balance(90, 9)}, Verdict.UNCLEAR),
        ({"after": balance(594, 9)}, Verdict.UNCLEAR),  # topped up
        ({"others_unknown": 1}, Verdict.UNCLEAR),
        ({"price_credits": None}, Verdict.UNCLEAR),
        ({"is_clear": False}, Verdict.UNCLEAR),
        ({"before": None}, Verdict.NO_BALANCE),
        ({"after": None}, Verdict.NO_BALANCE),
    ],
)
def test_verdicts(changes: dict[str, object], verdict: Verdict) -> None:
    found = evidence(**changes)
    assert found.verdict is verdict and verdict_text(found)


@pytest.fixture
def context(
    config: Config, open_test_context: Callable[..., AppContext], monkeypatch: pytest.MonkeyPatch
) -> AppContext:
    monkeypatch.setattr("kaimedia.jobs.balance_reads.FRESH_S", 0.0)
    monkeypatch.setattr("kaimedia.jobs.balance_reads.SETTLES_S", 0.1)
    monkeypatch.setattr("kaimedia.jobs.balance_reads.APART_S", 0.1)
    return open_test_context(config)


def lost(context: AppContext, fault: str) -> Task:
    task = context.studio.tasks.submit(image_request(f"x [fault:{fault}]"))
    return wait_for_phase(context, task.task_id, Phase.FAILED)


def known(context: AppContext, task: Task) -> OutcomeEvidence:
    """The evidence once a balance was read after it."""

    def found() -> OutcomeEvidence | None:
        seen = context.studio.rescue.outcomes.evidence(task.task_id)
        return seen if seen.after else None

    return wait_for(found, "a balance after the lost reply")  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [("create_accepted_reset", Verdict.LIKELY_CHARGED), ("create_reset", Verdict.LIKELY_NOT_CHARGED)],
)
def test_balances_are_read_around_a_lost_reply(context: AppContext, fault: str, verdict: Verdict) -> None:
    done = context.studio.tasks.submit(image_request())
    wait_for_phase(context, done.task_id, Phase.DONE)
    provider = done.provider
    accepted_at = context.studio.tasks.get(done.task_id).accepted_at or utc_now()
    wait_for(lambda: context.stores.balances.first_after(provider, accepted_at), "a balance between the two")
    task = lost(context, fault)
    found = known(context, task)
    assert found.verdict is verdict, found
    assert found.sent_from == task.sent_at and found.sent_until and found.sent_from <= found.sent_until
    assert found.before and found.after and found.before.at <= found.sent_from <= found.sent_until < found.after.at


def test_balances_of_different_keys_are_not_compared(context: AppContext) -> None:
    context.engine.stop()
    task = context.studio.tasks.submit(image_request("lost"))
    now = utc_now()
    fields = {"phase": Phase.FAILED, "error_code": ErrorCode.OUTCOME_UNKNOWN, "may_have_cost": True, "sent_at": now}
    context.stores.task_updater.change(TaskChange(task.task_id, frozenset(Phase), fields), now)
    context.stores.balances.record("sandbox", 100.0, now - timedelta(seconds=5), "another")
    check = context.providers.check_key()
    last = context.stores.balances.last_before("sandbox", utc_now())
    assert last and (last.credits, last.at) == (check.balance_credits, check.checked_at)
    assert last.key_id == hashlib.sha256(b"sandbox-key").hexdigest()[:12]
    found = context.studio.rescue.outcomes.evidence(task.task_id)
    assert found.before and found.verdict is Verdict.NO_BALANCE


def test_what_other_tasks_cost_is_counted(context: AppContext) -> None:
    context.stores.balances.record("sandbox", 100.0, utc_now())
    other = context.studio.tasks.submit(image_request())
    wait_for_phase(context, other.task_id, Phase.DONE)
    context.engine.stop()
    task = context.studio.tasks.submit(image_request("lost"))
    now = utc_now()
    fields = {"phase": Phase.FAILED, "error_code": ErrorCode.OUTCOME_UNKNOWN, "may_have_cost": True, "sent_at": now}
    context.stores.task_updater.change(TaskChange(task.task_id, frozenset(Phase), fields), now)
    since, until = now - timedelta(hours=1), utc_now()
    assert context.stores.sent_tasks.others(task.task_id, "sandbox", since, until) == (6.0, 0)
    assert context.stores.sent_tasks.others(other.task_id, "sandbox", since, until) == (0.0, 1)
    with pytest.raises(StaleTransition):
        context.studio.rescue.outcomes.evidence(other.task_id)


def test_the_text_fits_the_balances() -> None:
    unchanged = evidence(after=balance(100, 9))
    assert verdict_text(unchanged) == "It was probably not charged: the balance did not change."
    assert "other tasks explain" in verdict_text(evidence(others_credits=6.0))


def test_imported_tasks_explain_a_change_and_unknown_costs_leave_it_open(
    context: AppContext, make_elsewhere: Make
) -> None:
    since = utc_now() - timedelta(minutes=1)
    made = make_elsewhere("gpt4o", body("gpt4o", "a fox", size="1:1"))
    (result,) = context.studio.rescue.imports.run([made], family="gpt4o")
    task = wait_for_phase(context, str(result.task_id), Phase.DONE)
    others = context.stores.sent_tasks.others
    until = utc_now() + timedelta(minutes=1)
    assert others("another", task.provider, since, until) == (6.0, 0)
    assert others("another", task.provider, since, task.created_at - timedelta(seconds=1)) == (0.0, 0)
    assert others(task.task_id, task.provider, since, until) == (0.0, 0)
    with context.database.write() as session:
        unpriced = update(TASKS).where(TASKS.c.task_id == task.task_id)
        session.execute(unpriced.values(credits_actual=None, credits_estimated=None))
    assert others("another", task.provider, since, until) == (0.0, 1)
