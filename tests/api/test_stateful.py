"""After any sequence of requests, the store, the files and the provider's records are consistent."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy  # noqa: F401  hypothesis must not find it half imported by another thread
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import Phase as HypothesisPhase
from hypothesis.stateful import run_state_machine_as_test

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.sandbox.options import SandboxOptions
from kaimedia.studio import trash
from tests.api.conftest import make_client
from tests.api.random_calls import Calls

EXAMPLES = int(os.environ.get("STATEFUL_EXAMPLES", "5"))
IS_SAME_EVERY_TIME = "STATEFUL_EXAMPLES" not in os.environ  # a search for new faults is started on purpose
STEPS = 25


@pytest.fixture
def sandbox_options(sandbox_options: SandboxOptions) -> SandboxOptions:
    return replace(sandbox_options, speed=400.0, credits=1e9)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("examples", [EXAMPLES, pytest.param(3 * EXAMPLES, marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize("hmac_key", [None, "webhook-key-of-the-account"], ids=["unsigned", "signed"])
def test_any_sequence_of_calls_keeps_the_books(
    config: Config,
    open_test_context: Callable[..., AppContext],
    use_context: Callable[[AppContext | None], None],
    sandbox: EmbeddedSandbox,
    monkeypatch: pytest.MonkeyPatch,
    hmac_key: str | None,
    examples: int,
) -> None:
    monkeypatch.setattr("kaimedia.providers.kie.client.MISSING_GRACE_S", 1.0)
    monkeypatch.setattr("kaimedia.jobs.polling.UNPROVEN_GRACE_S", 1.0)
    monkeypatch.setattr(trash, "TRASH_RETENTION", timedelta(hours=-1))
    context = open_test_context(replace(config, poll_s=0.03, webhook_hmac_key=hmac_key))
    use_context(context)
    with make_client() as client:
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            lambda: Calls(client, context, sandbox, hmac_key),
            settings=settings(
                max_examples=examples,
                derandomize=IS_SAME_EVERY_TIME,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                phases=[HypothesisPhase.generate],  # the engine runs at the same time, so runs are not reproducible
                suppress_health_check=list(HealthCheck),
            ),
        )
        total = context.studio.tasks.page().total
    assert total > 0 or EXAMPLES < 5
