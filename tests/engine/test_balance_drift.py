"""The balance against the ledger with a provider that charges: explained, and shown where it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import requests

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import Phase
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.studio.balance_check import BalanceCheck
from tests.conftest import image_request, video_request, wait_for_phase
from tests.contract.sandbox.wire import CREATE, body

KEY = "key-of-a-test-1234"


@pytest.fixture
def charged(config: Config, open_test_context: Callable[..., AppContext]) -> AppContext:
    """An app with a key of a provider that charges."""
    url = config.sandbox_url or ""
    return open_test_context(replace(config, provider="kie", kie_api_key=KEY, kie_api_url=url, kie_upload_url=url))


def compared(context: AppContext) -> BalanceCheck:
    """Read the balance, and compare what was read so far."""
    assert context.studio.account.check_key().is_accepted
    return context.studio.spending.balance_check(context.studio.spending.period(provider="kie"))


@pytest.mark.slow
def test_the_ledger_explains_the_balance_and_not_what_others_spend(
    charged: AppContext, sandbox: EmbeddedSandbox
) -> None:
    assert compared(charged).unexplained == 0
    tasks = [
        charged.studio.tasks.submit(request)
        for request in (image_request(), video_request(), image_request("[fault:fail]"), image_request(variants=2))
    ]
    for task in tasks:
        wait_for_phase(charged, task.task_id, Phase.DONE, Phase.FAILED)
    check = compared(charged)
    assert check.taken == check.recorded == charged.stores.ledger.totals().spent > 60
    assert (check.unexplained, check.topped_up) == (0, 0)

    other = requests.post(
        f"{sandbox.base_url}{CREATE['gpt4o']}",
        json=body("gpt4o", "made by another program with the same key"),
        headers={"Authorization": f"Bearer {KEY}"},
        timeout=10,
    )
    assert other.json()["code"] == 200
    after = compared(charged)
    assert after.unexplained == 6 and after.recorded == check.recorded
    assert [each.unexplained for each in after.differences] == [6]
