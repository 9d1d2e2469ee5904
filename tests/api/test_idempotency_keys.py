"""The same call twice with an Idempotency-Key: one task, paid once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from fastapi import Response
from starlette.testclient import TestClient

from kaimedia import runtime
from kaimedia.api.generation import generate
from kaimedia.api.request_schema import GenerationBody
from kaimedia.context import AppContext
from kaimedia.domain import Modality, Phase, utc_now
from kaimedia.models.catalogue import get
from tests.api.conftest import ask, is_problem
from tests.conftest import wait_for_phase


def keyed(client: TestClient, key: str, body: dict[str, Any], kind: str = "images") -> Any:
    return client.post(f"/api/{kind}/generate", json=body, headers={"Idempotency-Key": key})


def test_the_same_key_and_body_give_the_same_task(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    first = keyed(client, "order-1", {"prompt": "x", "n_variants": 2})
    again = keyed(client, "order-1", {"n_variants": 2, "prompt": "x"})
    assert first.status_code == again.status_code == 202 and first.json() == again.json()
    assert context.studio.tasks.page().total == 1
    is_problem(keyed(client, "order-1", {"prompt": "y"}), 409, "idempotency_conflict")
    body = {"prompt": "x", "model": "veo3"}
    is_problem(keyed(client, "order-1", body, "videos"), 409, "idempotency_conflict")
    assert keyed(client, "order-2", {"prompt": "x", "n_variants": 2}).json()["task_id"] != first.json()["task_id"]


def test_a_wrong_body_leaves_its_key_free(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    assert keyed(client, "order-1", {"prompt": "x", "n_variants": 3}).status_code == 422
    assert keyed(client, "order-1", {"prompt": "x", "n_variants": 4}).status_code == 202


def test_racing_calls_make_one_task(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: keyed(client, "race", {"prompt": "x"}), range(48)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["task_id"] for answer in answers}) == 1
    assert context.studio.tasks.page().total == 1


def test_a_key_outlives_its_task_and_nothing_is_paid_twice(client: TestClient, context: AppContext) -> None:
    accepted = keyed(client, "order-1", {"prompt": "x"}).json()
    wait_for_phase(context, accepted["task_id"], Phase.DONE)
    client.delete("/api/media/all")
    context.stores.trash.empty(before=utc_now() + timedelta(hours=1))
    is_problem(client.get(f"/api/tasks/{accepted['task_id']}"), 404, "not_found")
    is_problem(keyed(client, "order-1", {"prompt": "x"}), 409, "idempotency_conflict")
    assert context.stores.idempotency_keys.forget(utc_now() + timedelta(seconds=1)) == 1
    assert keyed(client, "order-1", {"prompt": "x"}).status_code == 202


def test_a_call_may_be_repeated_when_its_image_is_gone(client: TestClient, context: AppContext) -> None:
    image = ask(client)
    wait_for_phase(context, image["task_id"], Phase.DONE)
    body = {"prompt": "x", "model": "runway", "image_media_id": image["media_id"]}
    first = keyed(client, "video-1", body, "videos")
    assert client.delete(f"/api/media/{image['media_id']}").status_code == 200
    again = keyed(client, "video-1", body, "videos")
    assert (again.status_code, again.json()["task_id"]) == (202, first.json()["task_id"])
    is_problem(keyed(client, "video-2", body, "videos"), 404, "not_found")
    is_problem(keyed(client, "video-1", {**body, "prompt": "y"}, "videos"), 409, "idempotency_conflict")


def test_a_field_added_later_does_not_break_a_key(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    before = keyed(client, "order-1", {"prompt": "x", "model": "gpt4o-image"})
    given = {"prompt": "x", "model": "gpt4o-image"}

    class LaterAsk(GenerationBody):
        """The schema of a later release."""

        spec = get("gpt4o-image")
        model: str
        aspect_ratio: str = "1:1"
        style: str = "plain"

    later = generate(runtime.studio(), LaterAsk(**given), "order-1", Response(), modality=Modality.IMAGE)
    assert later.task_id == before.json()["task_id"]


def test_keys_of_today_are_kept(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    keyed(client, "order-1", {"prompt": "x"})
    assert context.studio.request_keys.forget_old() == 0


@pytest.mark.parametrize("key", ["", "x" * 201, "with space", "\x01retry:1"])
def test_a_key_is_plain_text(idle: tuple[TestClient, AppContext], key: str) -> None:
    is_problem(keyed(idle[0], key, {"prompt": "x"}), 422, "invalid_request", "Idempotency-Key")
