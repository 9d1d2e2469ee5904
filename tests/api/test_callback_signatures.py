"""Signed callbacks: with the account's key only signed ids count, and they override an id entered by the user."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, Phase, Task, utc_now
from kaimedia.providers.kie.callbacks import sign
from kaimedia.studio import CallbackOutcome
from tests.api.callbacks import HMAC_KEY, PAYLOADS, THEIRS, call, is_due, lost, put, watched
from tests.api.conftest import make_client


@pytest.fixture
def signed(
    config: Config, open_test_context: Callable[..., AppContext], use_context: Callable[[AppContext | None], None]
) -> Iterator[tuple[TestClient, AppContext]]:
    """An app that knows the account's webhook key."""
    context = open_test_context(replace(config, webhook_hmac_key=HMAC_KEY), run_engine=False)
    use_context(context)
    with make_client() as client:
        yield client, context


def headers(age_s: float = 0.0, key: str = HMAC_KEY, task_id: str = THEIRS) -> dict[str, str]:
    stamp = str(int(time.time() - age_s))
    return {"X-Webhook-Timestamp": stamp, "X-Webhook-Signature": sign(task_id, stamp, key)}


@pytest.mark.parametrize("name", [name for name in PAYLOADS if name != "names nobody"])
def test_what_is_signed_is_heard(signed: tuple[TestClient, AppContext], name: str) -> None:
    client, context = signed
    task = watched(context)
    call(client, task.nonce, PAYLOADS[name], **headers())
    assert is_due(context, task)


@pytest.mark.parametrize(
    "given",
    [
        {},
        headers(key="not the key"),
        headers(task_id="another"),
        headers(age_s=3600),
        headers(age_s=-3600),
        {"X-Webhook-Timestamp": "now", "X-Webhook-Signature": "x"},
        {"X-Webhook-Signature": headers()["X-Webhook-Signature"]},
    ],
)
def test_what_is_not_signed_does_nothing(signed: tuple[TestClient, AppContext], given: dict[str, str]) -> None:
    client, context = signed
    tasks = watched(context), lost(context)
    before = [context.studio.tasks.get(task.task_id) for task in tasks]
    for task in tasks:
        call(client, task.nonce, PAYLOADS["gpt4o"], **given)
        assert context.studio.callbacks.receive("kie", task.nonce, PAYLOADS["gpt4o"]) is CallbackOutcome.UNSIGNED
    assert [context.studio.tasks.get(task.task_id) for task in tasks] == before


def by_hand(context: AppContext, typed: str = "typed-wrong") -> Task:
    """A task whose reply was lost, and for which the user entered a wrong id."""
    return context.stores.task_updater.attach_provider_id(typed, utc_now(), task_id=lost(context).task_id)


def missing(context: AppContext, task: Task) -> Task:
    """The provider does not know a task with that id."""
    return put(context, task, Phase.FAILED, error_code=ErrorCode.OUTCOME_UNKNOWN, may_have_cost=True, due_at=None)


def provider_id(context: AppContext, task: Task) -> str | None:
    return context.studio.tasks.get(task.task_id).provider_task_id


@pytest.mark.parametrize("other_first", [True, False])
def test_the_id_that_is_signed_is_the_one_taken(signed: tuple[TestClient, AppContext], other_first: bool) -> None:
    client, context = signed
    other = "of-somebody-else"
    inner, outer = (other, THEIRS) if other_first else (THEIRS, other)
    task = lost(context)
    call(client, task.nonce, {"code": 200, "taskId": outer, "data": {"taskId": inner}}, **headers())
    assert provider_id(context, task) == THEIRS


def test_a_signed_callback_for_another_task_does_not_wake(signed: tuple[TestClient, AppContext]) -> None:
    client, context = signed
    task = watched(context)
    call(client, task.nonce, {"taskId": "another", "data": {"taskId": THEIRS}}, **headers(task_id="another"))
    assert not is_due(context, task) and provider_id(context, task) == THEIRS


def test_a_signed_callback_corrects_a_wrong_id(signed: tuple[TestClient, AppContext]) -> None:
    client, context = signed
    typed, gone = by_hand(context), by_hand(context, "typed-wrong-too")
    for task in (typed, missing(context, gone)):
        call(
            client, task.nonce, {"data": {"taskId": f"true-{task.task_id}"}}, **headers(task_id=f"true-{task.task_id}")
        )
        after = context.studio.tasks.get(task.task_id)
        assert (after.phase, after.provider_task_id) == (Phase.WAITING, f"true-{task.task_id}")
        assert is_due(context, task)


def test_one_that_is_not_signed_does_not_while_the_id_is_watched(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    task = by_hand(context)
    call(client, task.nonce, PAYLOADS["gpt4o"])
    assert provider_id(context, task) == "typed-wrong"
    missing(context, task)
    call(client, task.nonce, PAYLOADS["gpt4o"])
    assert provider_id(context, task) == THEIRS


def test_a_signed_callback_does_not_move_a_task_that_goes_well(signed: tuple[TestClient, AppContext]) -> None:
    client, context = signed
    for place, fields in enumerate(({}, {"phase": Phase.GENERATING}, {"phase": Phase.SAVING})):
        task = put(context, watched(context, provider_task_id=f"own-{place}"), **{"phase": Phase.WAITING, **fields})
        call(client, task.nonce, PAYLOADS["gpt4o"], **headers())
        assert context.studio.tasks.get(task.task_id) == task
