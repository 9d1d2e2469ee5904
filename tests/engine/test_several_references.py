"""Tasks with several inputs: each is uploaded once and arrives in its role."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import Phase, Reference, Role
from kaimedia.errors import ProviderUnavailable
from kaimedia.providers.kie.client import KieClient
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.conftest import image_request, video_request, wait_for_phase


def encoded(color: str, kind: str = "PNG") -> bytes:
    out = BytesIO()
    Image.new("RGB", (64, 48), color).save(out, kind)
    return out.getvalue()


def sent_body(context: AppContext, sandbox: EmbeddedSandbox, task_id: str) -> dict[str, Any]:
    """What the sandbox received for a task, from the record of its family."""
    task = context.studio.tasks.get(task_id)
    paths = {"gpt4o-image": "gpt4o-image/record-info", "veo3_fast": "veo/record-info"}
    path = f"{paths.get(task.model, 'jobs/recordInfo')}?taskId={task.provider_task_id}"
    call = urllib.request.Request(f"{sandbox.base_url}/api/v1/{path}", headers={"Authorization": "Bearer sandbox"})
    with urllib.request.urlopen(call) as answer:
        data = json.load(answer)["data"]
    found: dict[str, Any] = json.loads(data.get("paramJson") or data["param"])
    if isinstance(found.get("input"), str):
        found["input"] = json.loads(found["input"])
    return found


def colors(urls: list[str]) -> list[tuple[int, ...]]:
    """The color of each uploaded image."""
    found = []
    for url in urls:
        with urllib.request.urlopen(url) as answer, Image.open(BytesIO(answer.read())) as image:
            found.append(tuple(image.convert("RGB").getpixel((0, 0))))  # type: ignore[arg-type]
    return found


RED, GREEN, BLUE = (255, 0, 0), (0, 128, 0), (0, 0, 255)


def test_several_references_arrive_in_their_order(context: AppContext, sandbox: EmbeddedSandbox) -> None:
    references = tuple(context.studio.references.add("gpt4o-image", encoded(name)) for name in ("red", "green", "blue"))
    task = context.studio.tasks.submit(image_request(references=references))
    done = wait_for_phase(context, task.task_id, Phase.DONE)
    body = sent_body(context, sandbox, task.task_id)
    assert colors(body["filesUrl"]) == [RED, GREEN, BLUE] and list(done.reference_urls) == body["filesUrl"]
    assert "maskUrl" not in body


def test_a_mask_goes_with_its_image(context: AppContext, sandbox: EmbeddedSandbox) -> None:
    add = context.studio.references.add
    references = (add("gpt4o-image", encoded("blue"), Role.MASK), add("gpt4o-image", encoded("red")))
    task = context.studio.tasks.submit(image_request(references=references))
    wait_for_phase(context, task.task_id, Phase.DONE)
    body = sent_body(context, sandbox, task.task_id)
    assert colors([*body["filesUrl"], body["maskUrl"]]) == [RED, BLUE]


@pytest.mark.parametrize(
    ("model", "roles", "expected"),
    [
        ("veo3_fast", (Role.FIRST_FRAME, Role.LAST_FRAME), "FIRST_AND_LAST_FRAMES_2_VIDEO"),
        ("veo3_fast", (Role.REFERENCE, Role.REFERENCE), "REFERENCE_2_VIDEO"),
    ],
)
def test_veo_is_told_what_its_images_are(
    context: AppContext, sandbox: EmbeddedSandbox, model: str, roles: tuple[Role, ...], expected: str
) -> None:
    references = tuple(
        context.studio.references.add(model, encoded(name), role)
        for name, role in zip(("red", "blue"), roles, strict=True)
    )
    task = context.studio.tasks.submit(video_request(model=model, references=references))
    wait_for_phase(context, task.task_id, Phase.DONE)
    body = sent_body(context, sandbox, task.task_id)
    assert body["generationType"] == expected and colors(body["imageUrls"]) == [RED, BLUE]


def test_an_upload_that_fails_is_repeated_alone(
    config: Config, open_test_context: Callable[..., AppContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even by another process, because the database records what was uploaded."""
    context = open_test_context(replace(config, poll_s=0.05), run_engine=False)
    uploaded: list[str] = []
    upload = KieClient.upload

    def failing_second(self: KieClient, path: Any, mime_type: str) -> str:
        uploaded.append(path.name)
        if len(uploaded) == 2:
            raise ProviderUnavailable("The upload host is away.")
        return upload(self, path, mime_type)

    monkeypatch.setattr(KieClient, "upload", failing_second)
    references = tuple(context.studio.references.add("gpt4o-image", encoded(name)) for name in ("red", "green", "blue"))
    first, second, third = (each.filename for each in references)
    task = context.studio.tasks.submit(image_request(references=references))
    change = context.engine.handlers.prepare(context.stores.task_reader.get(task.task_id))
    context.stores.task_updater.change_many([change], task.created_at)
    stored = context.stores.task_reader.get(task.task_id)
    assert stored.phase is Phase.PREPARING and stored.reference_urls[0] and stored.reference_urls[1:] == (None, None)
    assert context.engine.handlers.prepare(stored).fields["phase"] is Phase.QUEUED
    assert uploaded == [first, second, second, third]


def test_every_gallery_item_it_was_made_from_is_known(context: AppContext) -> None:
    """While it exists, and that it was deleted; also for results beyond the number requested."""
    made = context.studio.tasks.submit(image_request(variants=2))
    wait_for_phase(context, made.task_id, Phase.DONE)
    first, last = context.studio.gallery.of_task(made.task_id)
    references = tuple(
        context.studio.references.from_media("kling-2.5-turbo", item.id, role)
        for item, role in ((first, Role.FIRST_FRAME), (last, Role.LAST_FRAME))
    )
    task = context.studio.tasks.submit(video_request(model="kling-2.5-turbo", references=references))
    wait_for_phase(context, task.task_id, Phase.DONE)
    (video,) = context.studio.gallery.of_task(task.task_id)
    assert video.parent_id == first.id
    inputs = context.studio.gallery.details(video.id).inputs
    assert [(each.role, each.media and each.media.id) for each in inputs] == [
        (Role.FIRST_FRAME, first.id),
        (Role.LAST_FRAME, last.id),
    ]
    for item in (first, last):
        assert [each.id for each in context.studio.gallery.details(item.id).made_from_this] == [video.id]
    context.studio.gallery.delete([last.id])
    again = context.studio.gallery.details(video.id).inputs
    assert [(each.media is None, each.was_in_gallery) for each in again] == [(False, False), (True, True)]


def test_a_file_stored_for_another_model_is_converted(context: AppContext, sandbox: EmbeddedSandbox) -> None:
    """Kling takes no WebP; a reference chosen for GPT-4o Image may be one."""
    stored = context.studio.references.add("gpt4o-image", encoded("red", "WEBP"))
    assert (stored.filename or "").endswith(".webp")
    chosen = Reference(filename=stored.filename)
    task = context.studio.tasks.submit(video_request(model="kling-2.5-turbo", references=(chosen,)))
    wait_for_phase(context, task.task_id, Phase.DONE)
    body = sent_body(context, sandbox, task.task_id)
    with urllib.request.urlopen(body["input"]["image_url"]) as answer:
        assert answer.headers["Content-Type"] in ("image/png", "image/jpeg")
