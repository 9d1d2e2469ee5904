"""The ledger against the sandbox's account: what the engine and the user do, with faults, and balances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, GenerationRequest, Phase, ProviderName, Status, Task
from kaimedia.domain.ledger import Basis, EntryKind
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.conftest import image_request, wait_for, wait_for_phase
from tests.engine.test_task_lifecycle import sandbox_tasks

FREE = ("create_402", "create_422", "create_429", "create_550", "fail", "policy", "internal_error")
PAID = ("html502", "dead_link", "create_430")
LOST = ("create_accepted_reset", "create_accepted_no_id", "create_reset", "create_html502")


def charged(sandbox: EmbeddedSandbox) -> float:
    """What the account was charged and not given back, in credits."""
    return sum(float(each["charged"]) - float(each["refunded"]) for each in sandbox_tasks(sandbox))


def jobs_request(prompt: str) -> GenerationRequest:
    """A video whose record reports its price."""
    return GenerationRequest("kling-2.5-turbo", prompt, "16:9", duration_s=5)


def ended(context: AppContext) -> list[Task] | None:
    """All tasks once none is sent, polled or saved any more."""
    tasks = list(context.studio.tasks.page(limit=100).items)
    over = (Status.COMPLETED, Status.FAILED)
    return tasks if all(task.status in over or task.phase is Phase.SAVING for task in tasks) else None


@pytest.mark.slow
def test_the_ledger_is_the_account_whatever_goes_wrong(context: AppContext, sandbox: EmbeddedSandbox) -> None:
    for fault in ("", *FREE, *PAID, *LOST):
        for make in (image_request, jobs_request):
            context.studio.tasks.submit(make(f"a boat, {make.__name__} [fault:{fault or 'none'}]"))
    tasks = wait_for(lambda: ended(context), "all tasks to end", 120)
    lost = [task for task in tasks if task.error_code is ErrorCode.OUTCOME_UNKNOWN]
    assert len(lost) == 2 * len(LOST)
    totals = context.stores.ledger.totals()
    assert totals.reserved == sum(task.credits_estimated or 0.0 for task in lost) and totals.written_off == 0

    accepted = {each["prompt"]: each["task_id"] for each in sandbox_tasks(sandbox)}
    for task in lost:
        if provider_task_id := accepted.get(task.request.prompt):
            context.studio.tasks.resolve(task.task_id, provider_task_id)
        else:
            context.studio.tasks.dismiss(task.task_id)
    wait_for(lambda: ended(context), "the resolved tasks to end", 120)
    totals = context.stores.ledger.totals()
    assert (totals.settled + totals.refunded, totals.reserved) == (charged(sandbox), 0.0)
    never_charged = [task for task in lost if task.request.prompt not in accepted]
    assert totals.written_off == sum(task.credits_estimated or 0.0 for task in never_charged) > 0


def test_a_reported_price_is_settled_as_reported_and_another_by_the_balance(
    context: AppContext, sandbox: EmbeddedSandbox
) -> None:
    def settled(task: Task) -> list[tuple[float, Basis]]:
        wait_for_phase(context, task.task_id, Phase.DONE)
        entries = context.stores.ledger.of_task(task.task_id)
        return [(entry.credits, entry.basis) for entry in entries if entry.kind is EntryKind.SETTLED]

    assert [basis for _, basis in settled(context.studio.tasks.submit(jobs_request("a kite")))] == [Basis.REPORTED]
    first = context.studio.account.check_key().balance_credits
    task = context.studio.tasks.submit(image_request("a boat"))
    assert settled(task) == [(6.0, Basis.ESTIMATE)]
    assert context.studio.account.check_key().balance_credits == (first or 0.0) - 6.0
    assert settled(task) == [(6.0, Basis.ESTIMATE), (0.0, Basis.BALANCE)]


def test_a_balance_is_recorded_for_the_account_that_has_it(
    config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    url = sandbox.base_url or ""
    keyed = replace(config, provider="kie", kie_api_key="a-key-of-kie", kie_api_url=url, kie_upload_url=url)
    context = open_test_context(keyed, run_engine=False)
    assert context.studio.account.check_key("a-key-not-in-use").is_accepted
    balances = context.stores.balances
    now = context.studio.account.check_key().checked_at
    assert now is not None
    last = balances.last_before(ProviderName.KIE, now)
    assert last is not None and last.at == now and balances.last_before(ProviderName.SANDBOX, now) is None
    assert len(balances.between(ProviderName.KIE, last.at.replace(year=2020), now)) == 0, "of another key: not recorded"
