"""Videos and sound as inputs over HTTP."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest
from starlette.testclient import TestClient

from kaimedia.context import AppContext
from kaimedia.domain import InputKind, Phase, Role
from tests import media_samples
from tests.api.conftest import ask, is_problem
from tests.conftest import wait_for_phase

AVATAR = "kling-ai-avatar"


def upload(client: TestClient, data: bytes) -> dict[str, str]:
    answer = client.post("/api/uploads", content=data, headers={"Content-Type": "application/octet-stream"})
    assert answer.status_code == 201, answer.text
    return {"upload_id": answer.json()["upload_id"]}


def sent_input(context: AppContext, provider_task_id: str | None) -> Any:
    url = f"{context.config.sandbox_url}/api/v1/jobs/recordInfo?taskId={provider_task_id}"
    call = urllib.request.Request(url, headers={"Authorization": "Bearer sandbox"})
    with urllib.request.urlopen(call) as answer:
        return json.loads(json.loads(json.load(answer)["data"]["param"])["input"])


def test_a_talking_portrait(client: TestClient, context: AppContext) -> None:
    portrait, speech = media_samples.image(size=(320, 320)), media_samples.sound("mp3", 2.0)
    references = {"portrait": [upload(client, portrait)], "audio": [upload(client, speech)]}
    asked = ask(client, "hello", kind="videos", model=AVATAR, references=references)
    task = wait_for_phase(context, asked["task_id"], Phase.DONE)
    assert [(each.role, each.kind) for each in task.request.references] == [
        (Role.PORTRAIT, InputKind.IMAGE),
        (Role.AUDIO, InputKind.AUDIO),
    ]
    link = sent_input(context, task.provider_task_id)["audio_url"]
    with urllib.request.urlopen(link) as answer:
        assert (answer.read(), answer.headers["Content-Type"]) == (speech, "audio/mpeg")


@pytest.mark.parametrize(
    ("model", "role", "data", "status", "text"),
    [
        (AVATAR, "audio", media_samples.image(), 415, "This is an image, not a sound file."),
        (AVATAR, "audio", media_samples.video(1.0), 415, "This is a video, not a sound file."),
        (AVATAR, "audio", media_samples.sound("flac"), 415, "FLAC is not among the types this model takes."),
        (AVATAR, "portrait", media_samples.wav(), 415, "This is a sound file, not an image."),
        ("infinitetalk", "audio", media_samples.wav(16.0), 422, "“Sound” can be up to 15 s long"),
    ],
    ids=["image", "video", "flac", "sound", "long"],
)
def test_a_file_that_does_not_fit_its_role(
    idle: tuple[TestClient, AppContext], model: str, role: str, data: bytes, status: int, text: str
) -> None:
    client, _ = idle
    body = {"model": model, "prompt": "x", "references": {role: [upload(client, data)]}}
    answer = client.post("/api/videos/generate", json=body)
    assert answer.status_code == status and text in answer.json()["detail"], answer.text
    if status == 422:
        is_problem(answer, 422, "invalid_request", f"references.{role}")


def test_the_short_form_takes_what_the_first_role_takes(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    given = upload(client, media_samples.video(1.0))
    asked = ask(client, "", kind="videos", model="topaz-video-upscale", image_upload_id=given["upload_id"])
    (reference,) = context.studio.tasks.get(asked["task_id"]).request.references
    assert (reference.role, reference.kind) == (Role.SOURCE_VIDEO, InputKind.VIDEO)


def test_models_list_their_limits(idle: tuple[TestClient, AppContext]) -> None:
    inputs = idle[0].get("/api/models/seedance-2.0").json()["inputs"]
    video = next(each for each in inputs if each["role"] == "reference_video")
    assert (video["kind"], video["min_item_s"], video["max_item_s"], video["max_total_s"]) == ("video", 2, 15, 15)
