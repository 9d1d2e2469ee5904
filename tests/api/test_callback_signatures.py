"""Signed callbacks: with the account's key only what is signed counts, and it outweighs what a person typed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from kaimedia.bootstrap import House
from kaimedia.config import Config
from kaimedia.domain import ErrorCode, Phase, Task, utc_now
from kaimedia.kie.callbacks import sign
from kaimedia.studio import CallbackOutcome
from tests.api.callbacks import HMAC_KEY, PAYLOADS, THEIRS, call, is_due, lost, put, watched
from tests.api.conftest import make_client


@pytest.fixture
def signed(
    config: Config, open_test_house: Callable[..., House], use_house: Callable[[House | None], None]
) -> Iterator[tuple[TestClient, House]]:
    """A house that knows the account's webhook key."""
    house = open_test_house(replace(config, webhook_hmac_key=HMAC_KEY), run_engine=False)
    use_house(house)
    with make_client() as client:
        yield client, house


def headers(age_s: float = 0.0, key: str = HMAC_KEY, task_id: str = THEIRS) -> dict[str, str]:
    stamp = str(int(time.time() - age_s))
    return {"X-Webhook-Timestamp": stamp, "X-Webhook-Signature": sign(task_id, stamp, key)}


@pytest.mark.parametrize("name", [name for name in PAYLOADS if name != "names nobody"])
def test_what_is_signed_is_heard(signed: tuple[TestClient, House], name: str) -> None:
    client, house = signed
    task = watched(house)
    call(client, task.nonce, PAYLOADS[name], **headers())
    assert is_due(house, task)


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
def test_what_is_not_signed_does_nothing(signed: tuple[TestClient, House], given: dict[str, str]) -> None:
    client, house = signed
    tasks = watched(house), lost(house)
    before = [house.studio.task(task.task_id) for task in tasks]
    for task in tasks:
        call(client, task.nonce, PAYLOADS["gpt4o"], **given)
        assert house.studio.take_callback(task.nonce, PAYLOADS["gpt4o"]) is CallbackOutcome.UNSIGNED
    assert [house.studio.task(task.task_id) for task in tasks] == before


def by_hand(house: House, typed: str = "typed-wrong") -> Task:
    """A task whose reply was lost, and a person typed an id that is not its own."""
    return house.parts.tasks.adopt(typed, utc_now(), task_id=lost(house).task_id)


def missing(house: House, task: Task) -> Task:
    """The provider knew no task of that id."""
    return put(house, task, Phase.FAILED, error_code=ErrorCode.OUTCOME_UNKNOWN, may_have_cost=True, due_at=None)


def provider_id(house: House, task: Task) -> str | None:
    return house.studio.task(task.task_id).provider_task_id


@pytest.mark.parametrize("other_first", [True, False])
def test_the_id_that_is_signed_is_the_one_taken(signed: tuple[TestClient, House], other_first: bool) -> None:
    client, house = signed
    other = "of-somebody-else"
    inner, outer = (other, THEIRS) if other_first else (THEIRS, other)
    task = lost(house)
    call(client, task.nonce, {"code": 200, "taskId": outer, "data": {"taskId": inner}}, **headers())
    assert provider_id(house, task) == THEIRS


def test_a_signed_callback_for_another_task_does_not_wake(signed: tuple[TestClient, House]) -> None:
    client, house = signed
    task = watched(house)
    call(client, task.nonce, {"taskId": "another", "data": {"taskId": THEIRS}}, **headers(task_id="another"))
    assert not is_due(house, task) and provider_id(house, task) == THEIRS


def test_a_signed_callback_corrects_a_wrong_id(signed: tuple[TestClient, House]) -> None:
    client, house = signed
    typed, gone = by_hand(house), by_hand(house, "typed-wrong-too")
    for task in (typed, missing(house, gone)):
        call(
            client, task.nonce, {"data": {"taskId": f"true-{task.task_id}"}}, **headers(task_id=f"true-{task.task_id}")
        )
        after = house.studio.task(task.task_id)
        assert (after.phase, after.provider_task_id) == (Phase.WAITING, f"true-{task.task_id}")
        assert is_due(house, task)


def test_one_that_is_not_signed_does_not_while_the_id_is_watched(idle: tuple[TestClient, House]) -> None:
    client, house = idle
    task = by_hand(house)
    call(client, task.nonce, PAYLOADS["gpt4o"])
    assert provider_id(house, task) == "typed-wrong"
    missing(house, task)
    call(client, task.nonce, PAYLOADS["gpt4o"])
    assert provider_id(house, task) == THEIRS


def test_a_signed_callback_does_not_move_a_task_that_goes_well(signed: tuple[TestClient, House]) -> None:
    client, house = signed
    for place, fields in enumerate(({}, {"phase": Phase.GENERATING}, {"phase": Phase.SAVING})):
        task = put(house, watched(house, provider_task_id=f"own-{place}"), **{"phase": Phase.WAITING, **fields})
        call(client, task.nonce, PAYLOADS["gpt4o"], **headers())
        assert house.studio.task(task.task_id) == task
