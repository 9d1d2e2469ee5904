"""Prices over HTTP, without sending anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.sandbox.options import SandboxOptions
from tests.api.conftest import is_problem, make_client
from tests.conftest import wait_for

VEO: dict[str, Any] = {"prompt": "a kite", "model": "veo3_fast", "resolution": "720p"}


@pytest.fixture
def poor(
    config: Config,
    open_test_context: Callable[..., AppContext],
    use_context: Callable[[AppContext | None], None],
    sandbox_options: SandboxOptions,
) -> Any:
    """A client of an app whose account at the charged provider has 50 credits."""
    server = EmbeddedSandbox(replace(sandbox_options, credits=50.0))
    server.start()
    url = server.base_url or ""
    settings = replace(config, provider="kie", kie_api_key="k" * 20, kie_api_url=url, kie_upload_url=url)
    use_context(open_test_context(settings, run_engine=False))
    with make_client() as client:
        assert client.post("/api/credits/check").json()["credits"] == 50  # no route waits for the provider
        yield client
    server.stop()


def test_one_and_several_are_priced_and_nothing_is_stored(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    body = {"requests": [{"prompt": "a {red|blue} boat"}, VEO], "split_prompts": True}
    quote = client.post("/api/quotes", json=body).json()
    assert [each["model"] for each in quote["items"]] == ["gpt4o-image", "gpt4o-image", "veo3_fast"]
    assert quote["items"][2]["cost"] == {"credits_low": 60, "credits_high": 60, "usd_low": 0.3, "usd_high": 0.3}
    (total,) = quote["totals"]
    assert (total["provider"], total["tasks"], total["is_free"]) == ("sandbox", 3, True)
    assert (total["cost"]["credits_high"], total["balance_credits"]) == (72, None)
    assert quote["must_confirm"] is False
    assert context.studio.tasks.page().total == 0


def test_a_range_says_what_it_depends_on(idle: tuple[TestClient, AppContext]) -> None:
    request = {"prompt": "a kite", "model": "seedance-2.0", "resolution": "480p", "duration": -1}
    (item,) = idle[0].post("/api/quotes", json={"requests": [request]}).json()["items"]
    assert (item["cost"]["credits_low"], item["cost"]["credits_high"]) == (76, 285)
    assert item["unsure"] == ["result_length"]


def test_the_rate_of_the_settings_is_used(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    change = {"usd_per_credit": 0.0045, "currency": "EUR", "currency_per_usd": 0.9, "confirm_above": None}
    saved = client.put("/api/settings", json=change).json()
    assert {name: saved[name] for name in change} == change
    (item,) = client.post("/api/quotes", json={"requests": [VEO]}).json()["items"]
    assert item["cost"]["usd_high"] == 0.27
    assert client.put("/api/settings", json={"currency": "euro"}).status_code == 422


def test_an_invalid_request_names_its_field(idle: tuple[TestClient, AppContext]) -> None:
    answer = idle[0].post("/api/quotes", json={"requests": [VEO, {"prompt": ""}]})
    is_problem(answer, 422, "invalid_request", "requests.1.prompt")


def test_what_the_balance_cannot_pay_is_refused_before_sending(poor: TestClient) -> None:
    answer = poor.post("/api/videos/generate", json=VEO)
    is_problem(answer, 402, "no_credits")
    problem = answer.json()
    assert "at least 60 credits" in problem["detail"] and "Missing: 10 credits" in problem["detail"]
    assert "https://kie.ai/pricing" in problem["next_step"]
    assert poor.post("/api/images/generate", json={"prompt": "a boat"}).status_code == 202


def test_a_batch_is_refused_as_a_whole(poor: TestClient) -> None:
    nine = {"requests": [{"prompt": f"boat {number}"} for number in range(9)]}
    answer = poor.post("/api/batches", json=nine)
    is_problem(answer, 402, "no_credits")
    assert "Missing: 4 credits" in answer.json()["detail"]
    assert poor.get("/api/batches").json()["items"] == [] and poor.get("/api/tasks").json()["total"] == 0
    assert poor.post("/api/batches", json={"requests": nine["requests"][:8]}).status_code == 202


def test_a_quote_says_what_is_missing(poor: TestClient) -> None:
    assert poor.post("/api/credits/check").json()["credits"] == 50

    def known() -> Any:
        (total,) = poor.post("/api/quotes", json={"requests": [VEO]}).json()["totals"]
        return total if total["balance_credits"] is not None else None

    total = wait_for(known, "the balance")
    assert (total["balance_credits"], total["missing_credits"]) == (50, 10)
