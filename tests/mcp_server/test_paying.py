"""Agents pay only within a limit of their own, and not twice by accident."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from mcp import Client
from starlette.applications import Starlette
from starlette.testclient import TestClient

from kaimedia.api.application import app as api
from kaimedia.api.openai.application import app as openai
from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain.limits import LimitScope, SpendingLimit
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.studio import agents
from kaimedia.studio.tokens import LOCAL_AGENT_ID
from kaimedia.web.mounting import ApiMount
from tests.cli.conftest import sandbox_tasks
from tests.mcp_server.conftest import Agent, answer_of, error_of

BOAT = {"model": "gpt4o-image", "prompt": "a boat"}


@pytest.fixture
def charging(
    config: Config,
    sandbox: EmbeddedSandbox,
    open_test_context: Callable[..., AppContext],
    use_context: Callable[[AppContext | None], None],
) -> AppContext:
    """An app whose tasks are charged; they stay queued."""
    url = sandbox.base_url or ""
    keyed = replace(config, provider="kie", kie_api_key="a-key-of-kie", kie_api_url=url, kie_upload_url=url)
    context = open_test_context(keyed, run_engine=False)
    use_context(context)
    return context


def limit(context: AppContext, token_id: str, credits: float, scope: LimitScope = LimitScope.MONTH) -> None:
    context.studio.limits.save_one(SpendingLimit(scope, credits=credits, token_id=token_id))


def test_without_a_limit_of_its_own_a_token_cannot_spend(charging: AppContext) -> None:
    secret, token = charging.studio.tokens.create("an agent")
    agent = Agent(secret)
    limit(charging, "", 1000)  # one for everything is not the token's own
    limit(charging, "0123456789ab", 1000)
    quote = agent.answer("quote", **BOAT)
    assert (quote["needs_limit"], quote["would_be_refused"], quote["is_free"]) == (True, True, False)
    error = agent.error("generate_image", **BOAT)
    assert error["code"] == "limit_needed"
    assert f"limits set month CREDITS --token {token.token_id}" in error["next_step"]
    assert "in Settings, Spending limits" in error["next_step"]
    assert charging.studio.tasks.page().total == 0
    limit(charging, token.token_id, 1000)
    assert not agent.answer("quote", **BOAT)["needs_limit"]
    assert agent.answer("generate_image", **BOAT)["status"] == "pending"


def test_a_limit_for_one_task_is_not_enough(charging: AppContext) -> None:
    secret, token = charging.studio.tokens.create("an agent")
    agent = Agent(secret)
    limit(charging, token.token_id, 50, LimitScope.TASK)
    quote = agent.answer("quote", **BOAT)
    assert (quote["needs_limit"], quote["would_be_refused"]) == (True, True)
    assert not agent.answer("spending")["has_own_limit"]
    error = agent.error("generate_image", **BOAT)
    assert error["code"] == "limit_needed" and "daily or monthly" in error["message"]
    assert charging.studio.tasks.page().total == 0
    limit(charging, token.token_id, 50, LimitScope.DAY)
    assert agent.answer("spending")["has_own_limit"]
    assert agent.answer("generate_image", **BOAT)["status"] == "pending"


def test_only_mcp_needs_a_limit_and_every_address_applies_it(charging: AppContext) -> None:
    mounted = Starlette(routes=[ApiMount("/api", api), ApiMount("/v1", openai)])
    client = TestClient(mounted, base_url="http://127.0.0.1", client=("127.0.0.1", 5))
    numbers = iter(range(10))

    def paid() -> list[int]:
        """The statuses over `/api` and `/v1`, each for a prompt of its own; 504 is a task that is not finished."""
        no_wait = {"Prefer": "wait=0"}
        wishes = [BOAT | {"prompt": f"boat {next(numbers)}"} for _ in range(2)]
        rest = client.post("/api/images/generate", json=wishes[0])
        return [rest.status_code, client.post("/v1/images/generations", json=wishes[1], headers=no_wait).status_code]

    limit(charging, LOCAL_AGENT_ID, 0)
    assert paid() == [202, 504], "without a token, not even the limit of agents without one applies"
    assert [line["key"] for line in client.get("/api/spending?by=token").json()["items"]] == [""]
    secret, token = charging.studio.tokens.create("a program")
    client.headers["Authorization"] = f"Bearer {secret}"
    assert Agent(secret).error("generate_image", **BOAT)["code"] == "limit_needed"
    assert paid() == [202, 504], "a token without a limit pays"
    limit(charging, token.token_id, 12)
    assert paid() == [402, 402]
    assert Agent(secret).error("generate_image", **BOAT)["code"] == "limit_reached"


def test_agents_of_this_machine_without_a_token_have_an_id_for_limits(charging: AppContext) -> None:
    error = Agent().error("generate_image", **BOAT)
    assert error["code"] == "limit_needed" and f"--token {LOCAL_AGENT_ID}" in error["next_step"]
    limit(charging, LOCAL_AGENT_ID, 8)
    first = Agent().answer("generate_image", **BOAT)
    error = Agent().error("generate_image", **{**BOAT, "prompt": "another boat"})
    assert error["code"] == "limit_reached"
    found = Agent().answer("spending", by="token")
    assert found["has_own_limit"] and found["token_id"] == LOCAL_AGENT_ID
    assert [(each["token_id"], each["left"]) for each in found["limits"]] == [(LOCAL_AGENT_ID, 2.0)]
    (line,) = found["items"]
    assert (line["key"], line["credits_reserved"]) == (LOCAL_AGENT_ID, 6.0)
    assert line["label"] == "API token for agents on this machine"
    assert charging.studio.tasks.get(first["task_id"]).credits_estimated == 6


def test_a_limit_refuses_every_way_to_spend(charging: AppContext) -> None:
    secret, token = charging.studio.tokens.create("an agent")
    limit(charging, token.token_id, 3)
    agent = Agent(secret)
    assert agent.error("generate_image", **BOAT)["code"] == "limit_reached"
    assert agent.error("generate_video", model="veo3_fast", prompt="a boat")["code"] == "limit_reached"
    quote = agent.answer("quote", **BOAT)
    assert quote["would_be_refused"] and not quote["needs_limit"] and "this API token: 3 credits" in quote["limits"][0]
    assert charging.studio.tasks.page().total == 0


def test_the_sandbox_needs_no_limit(studio: AppContext) -> None:
    assert not Agent().answer("quote", **BOAT)["needs_limit"]
    assert Agent().answer("generate_image", **BOAT)["task_id"]


def test_the_same_call_within_a_minute_asks_back(charging: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, token = charging.studio.tokens.create("an agent")
    other_secret, other = charging.studio.tokens.create("another")
    for each in (token, other):
        limit(charging, each.token_id, 1000)
    agent = Agent(secret)
    first = agent.answer("generate_image", **BOAT)["task_id"]
    error = agent.error("generate_image", **BOAT)
    assert (error["code"], error["task_id"]) == ("repeated_request", first) and 0 <= error["seconds_ago"] < 60
    assert "again: true" in error["next_step"] and first in error["next_step"]
    assert error == {**agent.error("generate_image", **BOAT, again=False), "message": error["message"]} | {
        "seconds_ago": error["seconds_ago"]
    }
    assert charging.studio.tasks.page().total == 1
    second = agent.answer("generate_image", **BOAT, again=True)["task_id"]
    assert second != first
    assert agent.error("generate_image", **BOAT)["task_id"] == second  # counted from the last one
    assert Agent(other_secret).answer("generate_image", **BOAT)["task_id"] not in (first, second)
    assert charging.studio.tasks.page().total == 3
    monkeypatch.setattr(agents, "ASK_BACK_FOR", agents.ASK_BACK_FOR * 0)
    assert agent.answer("generate_image", **BOAT)["task_id"] not in (first, second)


def test_a_key_makes_a_call_repeatable(charging: AppContext) -> None:
    secret, token = charging.studio.tokens.create("an agent")
    limit(charging, token.token_id, 7)  # enough for one
    agent = Agent(secret)
    first = agent.answer("generate_image", **BOAT, idempotency_key="k")
    again = agent.answer("generate_image", **BOAT, idempotency_key="k", again=True)
    assert again["task_id"] == first["task_id"] and charging.studio.tasks.page().total == 1
    other = {**BOAT, "prompt": "another"}
    assert agent.error("generate_image", **other, idempotency_key="k")["code"] == "idempotency_conflict"
    assert agent.error("generate_image", **other, idempotency_key="with a space")["field"] == "idempotency_key"


def test_a_key_belongs_to_its_token(charging: AppContext) -> None:
    found = set()
    for name in ("one", "two"):
        secret, token = charging.studio.tokens.create(name)
        limit(charging, token.token_id, 100)
        found.add(Agent(secret).answer("generate_image", **BOAT, idempotency_key="k")["task_id"])
    assert len(found) == 2


@pytest.mark.parametrize("more", [{}, {"again": True}, {"idempotency_key": "k"}], ids=["plain", "again", "key"])
def test_calls_at_the_same_moment_pay_once(
    studio: AppContext, sandbox: EmbeddedSandbox, more: dict[str, object]
) -> None:
    async def all_at_once(client: Client) -> list[str]:
        async with asyncio.TaskGroup() as group:
            calls = [group.create_task(client.call_tool("generate_image", {**BOAT, **more})) for _ in range(6)]
        results = [call.result() for call in calls]
        return [error_of(each)["task_id"] if each.is_error else answer_of(each)["task_id"] for each in results]

    task_ids = Agent().talk(all_at_once)
    done = Agent().answer("wait_for_task", task_id=task_ids[0])
    assert done["status"] == "completed"
    if "again" not in more:
        assert len(set(task_ids)) == 1
    assert len(sandbox_tasks(sandbox)) == len(set(task_ids))
