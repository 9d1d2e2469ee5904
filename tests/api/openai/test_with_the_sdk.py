"""OpenAI's own Python client, unmodified but for its base URL, against the running app."""

from __future__ import annotations

import base64
import io
import json
import sqlite3
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import openai
import pytest
from PIL import Image

from tests.e2e.conftest import App, start_app, stop_app

pytestmark = [pytest.mark.xdist_group("openai-sdk"), pytest.mark.timeout(120)]
TOKEN = "a-token-for-the-openai-client"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    settings = {"KAIMEDIA_API_TOKEN": TOKEN, "KAIMEDIA_SANDBOX_SPEED": "100"}
    running = start_app(tmp_path_factory.mktemp("openai"), **settings)
    yield running
    stop_app(running)


@pytest.fixture
def client(app: App) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{app.url}/v1", api_key=TOKEN, timeout=60) as opened:
        yield opened


def tasks(app: App, prompt: str) -> list[dict[str, Any]]:
    asked = urllib.request.Request(f"{app.url}/api/tasks?limit=100", headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(asked) as answer:
        items: list[dict[str, Any]] = json.load(answer)["items"]
    return [each for each in items if each["prompt"] == prompt]


def request_of(app: App, task: dict[str, Any]) -> dict[str, Any]:
    """What was asked of the model."""
    with closing(sqlite3.connect(app.folder / "kaimedia.db")) as database:
        (text,) = database.execute("SELECT request FROM tasks WHERE task_id = ?", (task["task_id"],)).fetchone()
    found: dict[str, Any] = json.loads(text)
    return found


def image_of(text: str | None) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(text or "")))


def png(size: tuple[int, int] = (512, 512), *, hole: bool = False) -> bytes:
    image = Image.new("RGBA", size, (200, 80, 20, 255))
    if hole:
        image.paste((0, 0, 0, 0), (100, 100, 300, 300))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_an_image_is_made_in_the_shape_that_was_asked_for(client: openai.OpenAI, app: App) -> None:
    made = client.images.generate(prompt="a boat for openai", size="1024x1536", model="gpt4o-image")
    assert made.data is not None and len(made.data) == 1
    image = image_of(made.data[0].b64_json)
    assert abs(image.width / image.height - 2 / 3) < 0.02
    (task,) = tasks(app, "a boat for openai")
    assert task["status"] == "completed" and request_of(app, task)["aspect_ratio"] == "2:3"
    assert made.model_extra is not None and made.model_extra["task_ids"] == [task["task_id"]]


@pytest.mark.parametrize(
    "model", ["dall-e-3", *(pytest.param(each, marks=pytest.mark.exhaustive) for each in ("gpt-image-1", openai.omit))]
)
def test_names_of_openai_mean_the_default_model(client: openai.OpenAI, model: Any) -> None:
    made = client.images.generate(prompt=f"a kite by {model}", model=model, user="someone", quality="auto")
    assert made.model_extra is not None and made.model_extra["model"] == "gpt4o-image"


def test_a_link_is_to_the_file(client: openai.OpenAI) -> None:
    made = client.images.generate(prompt="a lantern as a link", response_format="url")
    assert made.data is not None and made.data[0].b64_json is None
    with urllib.request.urlopen(made.data[0].url or "") as answer:
        assert answer.headers["Content-Type"].startswith("image/") and Image.open(answer).width > 100


def test_an_image_is_converted_to_the_format_that_was_asked_for(client: openai.OpenAI) -> None:
    made = client.images.generate(prompt="a pear as webp", output_format="webp")
    assert made.data is not None and image_of(made.data[0].b64_json).format == "WEBP"


@pytest.mark.parametrize("model", ["gpt4o-image", "z-image"])
def test_several_images(client: openai.OpenAI, app: App, model: str) -> None:
    """By a model that makes several at once, and by one that makes single images."""
    made = client.images.generate(prompt=f"two geese by {model}", n=2, model=model)
    assert made.data is not None and len(made.data) == 2
    assert len(tasks(app, f"two geese by {model}")) == (1 if model == "gpt4o-image" else 2)


def test_an_image_is_edited_under_a_mask(client: openai.OpenAI, app: App) -> None:
    prompt = "a moon in the hole"
    made = client.images.edit(image=png(), mask=png(hole=True), prompt=prompt, model="gpt4o-image")
    assert made.data is not None and image_of(made.data[0].b64_json).width > 100
    (task,) = tasks(app, prompt)
    assert {each["role"] for each in request_of(app, task)["references"]} == {"reference", "mask"}


def test_several_images_are_combined(client: openai.OpenAI, app: App) -> None:
    prompt = "both in one"
    files = [("a.png", png()), ("b.png", png((256, 300)))]
    made = client.images.edit(image=files, prompt=prompt, model="gpt4o-image")
    assert made.data is not None and len(made.data) == 1
    (task,) = tasks(app, prompt)
    assert len(request_of(app, task)["references"]) == 2


def test_what_takes_too_long_is_waited_for_by_the_client_and_paid_once(client: openai.OpenAI, app: App) -> None:
    prompt = "a slow snail [fault:slow=200]"  # 2 s at this speed, longer than one wait
    made = client.images.generate(prompt=prompt, extra_headers={"Prefer": "wait=1"}, timeout=30)
    assert made.data is not None and made.data[0].b64_json
    assert len(tasks(app, prompt)) == 1


def test_a_request_repeated_after_a_time_limit_gets_the_same_images(app: App) -> None:
    prompt = "a slower snail [fault:slow=120]"
    with openai.OpenAI(base_url=f"{app.url}/v1", api_key=TOKEN, max_retries=0) as patient:
        with pytest.raises(openai.InternalServerError) as caught:
            patient.images.generate(prompt=prompt, extra_headers={"Prefer": "wait=0"})
        body = caught.value.body
        assert caught.value.status_code == 504 and isinstance(body, dict) and body["code"] == "not_finished"
        (task,) = tasks(app, prompt)
        assert task["task_id"] in body["message"]
        made = patient.images.generate(prompt=prompt)
        assert made.model_extra is not None and made.model_extra["task_ids"] == [task["task_id"]]
        again = patient.images.generate(prompt=prompt)  # the first was read: this is a new request
        assert again.model_extra is not None and again.model_extra["task_ids"] != [task["task_id"]]


def test_a_failed_task_is_an_error_that_is_not_repeated(client: openai.OpenAI, app: App) -> None:
    prompt = "something forbidden [fault:policy]"
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.generate(prompt=prompt)
    assert caught.value.code == "moderation_blocked" and len(tasks(app, prompt)) == 1


@pytest.mark.parametrize(
    ("fields", "status", "param"),
    [
        ({"model": "veo3"}, 404, "model"),
        ({"model": "gpt-image-9"}, 404, "model"),
        ({"size": "large"}, 400, "size"),
        ({"n": 11}, 400, "n"),
        ({"background": "transparent", "model": "z-image"}, 400, "background"),
        ({"stream": True}, 400, "stream"),
        ({"prompt": ""}, 400, "prompt"),
    ],
)
def test_what_cannot_be_done_is_said(client: openai.OpenAI, fields: dict[str, Any], status: int, param: str) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        client.images.generate(**{"prompt": "a refused boat", **fields})
    body = caught.value.body
    assert isinstance(body, dict) and (caught.value.status_code, body["param"]) == (status, param), body
    assert body["message"]


def test_a_wrong_token_is_an_authentication_error(app: App) -> None:
    with (
        openai.OpenAI(base_url=f"{app.url}/v1", api_key="kaim_wrong", max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError) as caught,
    ):
        stranger.images.generate(prompt="a boat")
    assert caught.value.code == "token_wrong"


def test_the_image_models_are_listed(client: openai.OpenAI) -> None:
    ids = [model.id for model in client.models.list()]
    assert "gpt4o-image" in ids and "veo3" not in ids and len(ids) == len(set(ids)) > 30
    assert client.models.retrieve("z-image").owned_by
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("veo3")
