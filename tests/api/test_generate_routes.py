"""Generating images and videos over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import Modality, Phase, ProviderName
from kaimedia.models.catalogue import MODELS
from kaimedia.models.validation import validate
from tests.api.conftest import ask, is_problem, make_client
from tests.conftest import wait_for, wait_for_phase
from tests.model_requests import simplest
from tests.providers import with_keys

FRAMES: dict[str, Any] = {"prompt": "x", "model": "kling-2.5-turbo"}
LINK = {"url": "https://a/b"}


def test_a_second_upgrade_of_a_video_is_a_conflict_that_names_the_first(
    client: TestClient, context: AppContext
) -> None:
    made = client.post("/api/videos/generate", json={"prompt": "a kite", "model": "veo3_fast"}).json()["task_id"]
    source = wait_for_phase(context, made, Phase.DONE)
    body = {"model": "veo-3.1-1080p", "task_id": source.provider_task_id}
    first = client.post("/api/videos/generate", json=body).json()["task_id"]
    answer = client.post("/api/videos/generate", json=body)
    is_problem(answer, 409, "conflict", "task_id")
    assert first in answer.json()["detail"] and answer.json()["next_step"]


def test_from_the_first_call_to_the_file(client: TestClient, context: AppContext) -> None:
    answer = client.post(
        "/api/images/generate",
        json={"prompt": "a paper boat", "aspect_ratio": "3:2", "n_variants": 2, "is_enhance": True},
    )
    accepted = answer.json()
    assert (answer.status_code, accepted["status"], len(accepted["media_ids"])) == (202, "pending", 2)
    assert accepted["media_id"] == accepted["media_ids"][0]
    place = answer.headers["location"]
    assert place == f"/api/tasks/{accepted['task_id']}"
    task = wait_for(lambda: done if (done := client.get(place).json())["status"] == "completed" else None, "the task")
    assert len(task["result_urls"]) == 2 and task["media_ids"] == accepted["media_ids"]
    for url, media_id in zip(task["result_urls"], task["media_ids"], strict=True):
        item = client.get(f"/api/media/{media_id}").json()
        assert item["url"] == url and url.startswith("/static/media/image_")
        facts = context.storage.facts(url.rpartition("/")[2])
        assert facts is not None and facts.size_bytes == item["size_bytes"]


@pytest.fixture
def config(config: Config) -> Config:
    """With a key for every provider, so that all models can be queued."""
    return with_keys(config)


@pytest.mark.parametrize("spec", MODELS, ids=lambda spec: spec.id)
def test_every_model_takes_its_own_defaults(idle: tuple[TestClient, AppContext], spec: Any) -> None:
    client, context = idle
    kind = "images" if spec.modality is Modality.IMAGE else "videos"
    mode = (spec.modes or (spec,))[0]
    wanted = simplest(spec, mode)
    body: dict[str, Any] = {"model": spec.id, "prompt": wanted.prompt, **wanted.params}
    if wanted.references:
        body["references"] = {}
        for reference in wanted.references:
            body["references"].setdefault(reference.role, []).append({"url": reference.url})
    response = client.post(f"/api/{kind}/generate", json=body)
    assert response.status_code == 202, response.text
    task = context.studio.tasks.get(response.json()["task_id"])
    assert task.model == spec.id and task.request == validate(spec, replace(wanted, aspect_ratio=""))
    assert task.request.duration_s == mode.default_duration_s


def test_a_models_own_fields_arrive(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    fields = {"model": "kling-2.5-turbo", "duration": 10, "cfg_scale": 0.7, "negative_prompt": "blur"}
    request = context.studio.tasks.get(ask(client, kind="videos", **fields)["task_id"]).request
    assert (request.duration_s, request.params) == (10, {"cfg_scale": 0.7, "negative_prompt": "blur"})


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        ("images", {"prompt": ""}, "prompt"),
        ("images", {"prompt": "\u200b \n"}, "prompt"),
        ("images", {"prompt": "a caf\x00"}, "prompt"),
        ("images", {"prompt": "a\x1bb"}, "prompt"),
        ("videos", {"prompt": "x", "model": "veo3", "watermark": "a\x07"}, "watermark"),
        ("images", {"prompt": "x" * 4001}, "prompt"),
        ("images", {}, "prompt"),
        ("images", {"prompt": 7}, "prompt"),
        ("images", {"prompt": "x", "model": "veo3"}, "model"),
        ("images", {"prompt": "x", "model": None}, "model"),
        ("images", {"prompt": "x", "aspect_ratio": "7:1"}, "aspect_ratio"),
        ("images", {"prompt": "x", "n_variants": 3}, "n_variants"),
        ("images", {"prompt": "x", "n_variants": True}, "n_variants"),
        ("images", {"prompt": "x", "is_enhance": "yes"}, "is_enhance"),
        ("images", {"prompt": "x", "image_url": "file:///etc/passwd"}, "image_url"),
        ("images", {"prompt": "x", "image_url": "https://a/b\u0085c"}, "image_url"),
        ("images", {"prompt": "x", "image_url": "https://a/b", "image_media_id": 1}, "body"),
        ("images", {"prompt": "x", "colour": "red"}, "colour"),
        ("videos", {"prompt": "x"}, "model"),
        ("videos", {"prompt": "x", "model": "gpt4o-image"}, "model"),
        ("videos", {"prompt": "x", "model": "veo3", "duration": 5}, "duration"),
        ("videos", {"prompt": "x", "model": "runway", "quality": "1080p", "duration": 10}, "quality"),
        ("videos", {"prompt": "x", "model": "kling-2.5-turbo", "cfg_scale": 0.55}, "cfg_scale"),
        ("videos", {"prompt": "x", "model": "kling-2.5-turbo", "cfg_scale": 2}, "cfg_scale"),
        ("videos", [], "model"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(
    idle: tuple[TestClient, AppContext], kind: str, body: Any, field: str
) -> None:
    client, context = idle
    is_problem(client.post(f"/api/{kind}/generate", json=body), 422, "invalid_request", field)
    assert context.studio.tasks.page().total == 0


@pytest.mark.parametrize(
    ("method", "path", "body", "detail"),
    [
        ("POST", "images/generate", {"prompt": " "}, "Write a prompt first. One sentence is enough."),
        ("POST", "images/generate", {"prompt": "caf\x00"}, "The prompt contains a control character (U+0000)"),
        ("POST", "images/generate", {"prompt": ""}, "Write a prompt first. One sentence is enough."),
        (
            "POST",
            "images/generate",
            {"prompt": "x" * 4001},
            "4,001 characters; GPT-4o Image takes up to 4,000.",
        ),
        ("POST", "images/generate", {"prompt": 7}, "The prompt must be text."),
        ("POST", "images/generate", {}, "“prompt” is missing."),
        (
            "POST",
            "images/generate",
            {"prompt": "x", "aspect_ratio": "7"},
            "supports 1:1, 3:2 or 2:3, not 7.",
        ),
        ("POST", "images/generate", {"prompt": "x", "n_variants": 3}, "GPT-4o Image makes 1, 2 or 4 at a time, not 3."),
        ("POST", "images/generate", {"prompt": "x", "n_variants": "2"}, "“n_variants” must be 1, 2 or 4."),
        ("POST", "images/generate", {"prompt": "x", "n_variants": True}, "“n_variants” must be a whole number."),
        ("POST", "images/generate", {"prompt": "x", "is_enhance": 1}, "“is_enhance” must be true or false."),
        ("POST", "images/generate", {"prompt": "x", "colour": "red"}, "“colour” is not a field of this request."),
        ("POST", "images/generate", {"prompt": "x", "image_url": "a b"}, "“image_url” must be a link that begins with"),
        ("POST", "images/generate", {"prompt": "x", "image_media_id": 0}, "“image_media_id” must be at least 1."),
        ("POST", "images/generate", {"prompt": "x", "image_media_id": 2**31}, "must be at most 2,147,483,647."),
        ("POST", "images/generate", {"prompt": "x", "image_media_id": "1"}, "“image_media_id” must be a whole number."),
        ("POST", "images/generate", 7, "“model” must be a model of this route."),
        ("POST", "videos/generate", FRAMES | {"references": {"mask": [LINK]}}, "Kling 2.5 Turbo takes no mask."),
        ("POST", "videos/generate", FRAMES | {"references": [LINK]}, "lists of inputs by role, such as {"),
        ("POST", "videos/generate", FRAMES | {"references": {"first_frame": [LINK, LINK]}}, "takes up to 1 for"),
        ("POST", "videos/generate", FRAMES | {"cfg_scale": 2}, "must be from 0 to 1, not 2."),
        ("POST", "tasks/x/resolve", {}, "Send “provider_task_id”, “dismiss” or “send”."),
        (
            "POST",
            "tasks/x/resolve",
            {"provider_task_id": "a b"},
            "“provider_task_id” must be the id in the provider's logs",
        ),
        ("POST", "tasks/x/resolve", {"dismiss": False}, "“dismiss” must be true."),
        ("POST", "tasks/x/resolve", [], "“body” must be a JSON object."),
        ("PUT", "settings", {"api_key": "canary"}, "“api_key” must be 8–256 ASCII characters"),
        ("PATCH", "media/1", {"is_favorite": None}, "“is_favorite” must be true or false."),
        ("GET", "tasks?cursor=%20", None, "“cursor” must be the next_cursor of the previous"),
        ("GET", "tasks?limit=1000", None, "“limit” must be at most 100."),
        ("GET", "tasks?limit=x", None, "“limit” must be a whole number."),
        ("GET", "tasks?status=gone", None, "“status” must be pending, processing, completed or failed."),
        ("GET", "tasks/%20", None, "“task_id” must be a task id of this API"),
    ],
)
def test_a_person_understands_what_is_wrong(
    idle: tuple[TestClient, AppContext], method: str, path: str, body: Any, detail: str
) -> None:
    answer = idle[0].request(method, f"/api/{path}", json=body)
    assert answer.status_code == 422 and detail in answer.json()["detail"], answer.text
    for response in ("pattern", "Input", "\\u", "canary", "String"):
        assert response not in answer.text


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b'{"prompt": ' + b"9" * 5000 + b"}", b"[" * 200_000, b"{", b""])
def test_what_is_no_json_is_the_body(idle: tuple[TestClient, AppContext], body: bytes) -> None:
    answer = idle[0].post("/api/images/generate", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["field"] in ("body", "model"), answer.text


def test_an_image_of_the_gallery_becomes_the_reference(client: TestClient, context: AppContext) -> None:
    first = ask(client)
    wait_for_phase(context, first["task_id"], Phase.DONE)
    fields = {"model": "kling-2.5-turbo", "image_media_id": first["media_id"]}
    second = ask(client, kind="videos", **fields)
    assert wait_for_phase(context, second["task_id"], Phase.DONE, Phase.FAILED).phase is Phase.DONE
    gone = client.post("/api/videos/generate", json={"prompt": "x", **fields, "image_media_id": 4711})
    is_problem(gone, 404, "not_found")


def test_a_link_is_left_to_the_queue(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    task = context.studio.tasks.get(ask(client, image_url="https://images.example/a.png")["task_id"])
    assert task.phase is Phase.PREPARING
    assert task.request.references and task.request.references[0].url == "https://images.example/a.png"


def test_a_retired_model_is_refused_in_words(
    config: Config, open_test_context: Callable[..., AppContext], use_context: Callable[[AppContext | None], None]
) -> None:
    context = open_test_context(replace(config, provider="kie", kie_api_key="k" * 20), run_engine=False)
    use_context(context)
    assert context.providers.current() is ProviderName.KIE
    with make_client() as client:
        answer = client.post("/api/videos/generate", json={"prompt": "x", "model": "sora2"})
        is_problem(answer, 409, "retired_model")
        sora = next(model for model in client.get("/api/models").json()["items"] if model["id"] == "sora2")
    assert not sora["is_available"] and sora["retirement"]["replacement"] in answer.json()["next_step"] + "veo3_fast"


def test_without_a_key_kie_is_not_asked(
    config: Config, open_test_context: Callable[..., AppContext], use_context: Callable[[AppContext | None], None]
) -> None:
    use_context(open_test_context(replace(config, provider="kie"), run_engine=False))
    with make_client() as client:
        is_problem(client.post("/api/images/generate", json={"prompt": "x"}), 502, "bad_key")
