"""A request without an idempotency key is paid once until it was answered completely."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import Message

from kaimedia.api.openai.application import app
from kaimedia.api.openai.request import ImageRequest
from kaimedia.api.openai.whole_response import PIECE_BYTES, WholeResponse
from kaimedia.context import AppContext
from kaimedia.domain import Modality, Phase
from kaimedia.errors import StorageUnavailable
from kaimedia.models.catalogue import all_models
from kaimedia.models.spec import ModelSpec
from kaimedia.studio.gallery import GalleryService
from kaimedia.web.mounting import ApiMount
from tests.api.conftest import HERE
from tests.conftest import wait_for_phase

GENERATIONS = "/v1/images/generations"


@pytest.fixture
def openai(client: TestClient) -> Iterator[TestClient]:
    """The OpenAI-compatible routes of the running app."""
    mounted = Starlette(routes=[ApiMount("/v1", app)])
    with TestClient(mounted, base_url="http://127.0.0.1", client=HERE, raise_server_exceptions=False) as opened:
        yield opened


def tasks(context: AppContext) -> list[str]:
    return [task.task_id for task in context.studio.tasks.page(limit=100).items]


def test_an_error_while_the_answer_is_built_does_not_pay_again(
    openai: TestClient, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    image_in, calls = GalleryService.image_in, []

    def failing_once(self: GalleryService, *given: Any) -> bytes | None:
        calls.append(given)
        if len(calls) == 1:
            raise StorageUnavailable("The storage does not respond.")
        return image_in(self, *given)

    monkeypatch.setattr(GalleryService, "image_in", failing_once)
    body = {"prompt": "a boat, once"}
    assert openai.post(GENERATIONS, json=body).status_code == 503
    again = openai.post(GENERATIONS, json=body)
    assert again.status_code == 200 and again.json()["task_ids"] == tasks(context)


@pytest.mark.parametrize(("model", "number", "made"), [("gpt4o-image", 2, 1), ("z-image", 3, 3)])
def test_after_a_time_limit_any_process_goes_on_waiting(
    openai: TestClient, context: AppContext, model: str, number: int, made: int
) -> None:
    body = {"prompt": "a slow boat [fault:slow=60]", "model": model, "n": number}
    late = openai.post(GENERATIONS, json=body, headers={"Prefer": "wait=0"})
    assert late.status_code == 504 and late.headers["retry-after"] and "x-should-retry" not in late.headers
    answer = openai.post(GENERATIONS, json=body)
    assert len(answer.json()["data"]) == number and len(tasks(context)) == made
    fresh = openai.post(GENERATIONS, json=body)  # the one before was answered
    assert len(fresh.json()["data"]) == number and len(tasks(context)) == 2 * made


def test_of_deleted_tasks_nothing_is_waited_for(openai: TestClient, context: AppContext) -> None:
    body = {"prompt": "a boat that is deleted"}
    assert openai.post(GENERATIONS, json=body, headers={"Prefer": "wait=0"}).status_code == 504
    (first,) = tasks(context)
    wait_for_phase(context, first, Phase.DONE)
    media = [item.id for item in context.studio.gallery.of_task(first)]
    context.studio.gallery.delete(media)
    context.studio.trash.delete_forever(media)
    assert openai.post(GENERATIONS, json=body).json()["task_ids"] != [first]


def test_each_token_has_keys_of_its_own(openai: TestClient, context: AppContext) -> None:
    body, key = {"prompt": "one key, two tokens"}, {"Idempotency-Key": "same"}
    secrets = [context.studio.tokens.create(name)[0] for name in ("a", "b")]
    heads = [{**key, "Authorization": f"Bearer {secret}"} for secret in secrets]
    made = [openai.post(GENERATIONS, json=body, headers=head).json()["task_ids"] for head in (*heads, *heads)]
    assert made[:2] == made[2:] and made[0] != made[1]


@pytest.mark.parametrize("number", [1, 3, 7])
def test_a_model_that_makes_six_at_once_is_asked_as_often_as_needed(
    openai: TestClient, context: AppContext, number: int
) -> None:
    body = {"prompt": "six kites", "model": "grok-imagine", "n": number}
    answer = openai.post(GENERATIONS, json=body)
    assert len(answer.json()["data"]) == number and len(tasks(context)) == (1 if number <= 6 else 2)


@pytest.mark.parametrize("spec", [spec for spec in all_models() if spec.modality is Modality.IMAGE], ids=lambda s: s.id)
@pytest.mark.parametrize("number", [1, 2, 3, 10])
def test_no_model_is_asked_for_more_than_one_task_too_many(spec: ModelSpec, number: int) -> None:
    request = ImageRequest(prompt="x", n=number).generation(spec)
    assert request.variants in spec.mode_for(()).variants
    assert request.variants == number or request.variants == min(spec.mode_for(()).variants)


def test_null_means_the_default(openai: TestClient, context: AppContext) -> None:
    nothing = dict.fromkeys(("n", "size", "quality", "background", "response_format", "stream", "model", "user"))
    answer = openai.post(GENERATIONS, json={"prompt": "a boat of nothing", **nothing})
    assert answer.status_code == 200 and len(answer.json()["data"]) == 1 and len(tasks(context)) == 1


def test_images_whose_files_are_gone_are_an_error(openai: TestClient, context: AppContext) -> None:
    body = {"prompt": "a boat whose file goes"}
    key = {"Idempotency-Key": "k"}
    made = openai.post(GENERATIONS, json=body, headers=key).json()
    (item,) = context.studio.gallery.of_task(made["task_ids"][0])
    context.storage.delete([item.filename or ""])
    answer = openai.post(GENERATIONS, json=body, headers=key)
    assert answer.status_code == 410 and answer.json()["error"]["code"] == "file_gone"
    assert answer.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("has_left", [False, True])
@pytest.mark.parametrize("size_bytes", [0, 10, PIECE_BYTES, 3 * PIECE_BYTES + 5])
def test_a_response_counts_as_sent_if_the_client_was_still_there(has_left: bool, size_bytes: int) -> None:
    sent: list[Message] = []
    done: list[bool] = []

    async def receive() -> Message:
        if not has_left:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    content = bytes(size_bytes)
    response = WholeResponse(Response(content, 201, {"x-a": "b"}), lambda: done.append(True))
    asyncio.run(response({"type": "http", "headers": []}, receive, send))
    assert sent[0]["status"] == 201 and (b"x-a", b"b") in sent[0]["headers"]
    assert b"".join(message["body"] for message in sent[1:]) == content
    assert [message["more_body"] for message in sent[1:]] == [True] * (len(sent) - 2) + [False]
    assert done == ([] if has_left else [True])
