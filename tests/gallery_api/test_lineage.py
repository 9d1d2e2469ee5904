"""What an item was made from, what was made from it, and what the family cost."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from typing import Any

from starlette.testclient import TestClient

from kaimedia.context import AppContext
from kaimedia.domain import GenerationRequest, Phase
from kaimedia.studio import Studio
from kaimedia.web.gallery import archive
from tests.conftest import image_request, video_request, wait_for_phase
from tests.engine.test_task_lifecycle import png


def test_a_family_is_shown_with_what_all_of_it_cost(
    gallery_api: TestClient, context: AppContext, made: list[int]
) -> None:
    family = [made[0]]
    for prompt in ("made from it", "made from that"):
        reference = context.studio.references.from_media("gpt4o-image", family[-1])
        task = context.studio.tasks.submit(replace(image_request(prompt), references=(reference,)))
        wait_for_phase(context, task.task_id, Phase.DONE)
        family.append(context.studio.gallery.of_task(task.task_id)[0].id)
    found = [gallery_api.get("details", params={"id": each}).json() for each in family]
    assert [[each["id"] for each in one["family"]] for one in found] == [family] * 3
    assert {one["family_credits"] for one in found} == {12 + 6 + 6}  # the first task made two images
    assert gallery_api.get("details", params={"id": made[1]}).json()["family"] == []


def test_a_video_that_was_extended_belongs_to_its_source(gallery_api: TestClient, context: AppContext) -> None:
    source = context.studio.tasks.submit(video_request("A kite"))
    done = wait_for_phase(context, source.task_id, Phase.DONE)
    wanted = GenerationRequest("veo-3.1-extend", "It rises", "", params={"task_id": done.provider_task_id})
    task = context.studio.tasks.submit(wanted)
    wait_for_phase(context, task.task_id, Phase.DONE)
    (longer,), (first,) = (context.studio.gallery.of_task(each.task_id) for each in (task, source))
    assert longer.parent_id == first.id
    assert [each["id"] for each in gallery_api.get("details", params={"id": longer.id}).json()["inputs"]] == [first.id]
    assert [each["id"] for each in gallery_api.get("details", params={"id": first.id}).json()["used_in"]] == [longer.id]


def test_lineage_is_told_both_ways_and_for_images_that_are_not_in_the_gallery(
    gallery_api: TestClient, context: AppContext, made: list[int]
) -> None:
    source = made[0]
    from_gallery = context.studio.references.from_media("gpt4o-image", source)
    uploaded = context.studio.references.add("gpt4o-image", png(320, 320))
    children = []
    for reference in (from_gallery, uploaded):
        task = context.studio.tasks.submit(replace(image_request("made from it"), references=(reference,)))
        wait_for_phase(context, task.task_id, Phase.DONE)
        children.append(context.studio.gallery.of_task(task.task_id)[0].id)
    response = [gallery_api.get("details", params={"id": each}).json() for each in (source, *children)]
    assert [each["id"] for each in response[0]["used_in"]] == [children[0]]
    assert response[1]["inputs"][0]["id"] == source and response[1]["inputs"][0]["thumb"].startswith("static/media/")
    assert response[2]["inputs"][0]["id"] is None and not response[2]["inputs"][0]["is_deleted"]
    assert response[2]["inputs"][0]["thumb"].startswith("data:image/webp;base64,")
    notes = _notes(context.studio, (source, *children))
    assert notes == [None, {"media_id": source, "url": None}, {"media_id": None, "url": None}]
    context.studio.gallery.delete([source])
    assert gallery_api.get("details", params={"id": children[0]}).json()["inputs"][0]["is_deleted"]


def _notes(studio: Studio, ids: tuple[int, ...]) -> list[Any]:
    packed = zipfile.ZipFile(io.BytesIO(b"".join(archive.stream(studio, ids))))
    return [each["reference"] for each in json.loads(packed.read("prompts.json"))["files"]]
