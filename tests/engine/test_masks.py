"""Masks from storing to the provider: they have the image's size and, where the model wants that, its type."""

from __future__ import annotations

import json
import urllib.request
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import GenerationRequest, Phase, Reference, Role, Task
from kaimedia.errors import InvalidRequest
from kaimedia.models import catalogue
from kaimedia.models.inputs import MaskColor
from tests.conftest import wait_for_phase

SIZE = (64, 48)
# The role of the image under the mask, and the color of what changes.
MODELS = {
    "gpt4o-image": (Role.REFERENCE, MaskColor.BLACK),
    "ideogram-v3": (Role.SOURCE, MaskColor.BLACK),
    "qwen-image-2.1": (Role.REFERENCE, MaskColor.WHITE),
}


def image_bytes(size: tuple[int, int] = SIZE, kind: str = "PNG", orientation: int = 1) -> bytes:
    out, exif = BytesIO(), Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", size, "teal").save(out, kind, exif=exif)
    return out.getvalue()


def request(context: AppContext, model: str, image: bytes, mask: bytes) -> GenerationRequest:
    add = context.studio.references.add
    references = (add(model, image, MODELS[model][0]), add(model, mask, Role.MASK))
    ratio = "1:1" if model == "gpt4o-image" else ""
    return GenerationRequest(model, "a red door", ratio, references=references)


def body_of(task: Task, config: Config) -> dict[str, Any]:
    """What the sandbox received from GPT-4o Image."""
    url = f"{config.sandbox_url}/api/v1/gpt4o-image/record-info?taskId={task.provider_task_id}"
    call = urllib.request.Request(url, headers={"Authorization": "Bearer sandbox"})
    with urllib.request.urlopen(call) as answer:
        found: dict[str, Any] = json.loads(json.load(answer)["data"]["paramJson"])
    return found


def opened(url: str) -> Image.Image:
    with urllib.request.urlopen(url) as answer:
        return Image.open(BytesIO(answer.read()))


@pytest.mark.parametrize("model", MODELS)
def test_each_model_says_what_its_mask_is_like(model: str) -> None:
    slot = catalogue.get(model).input(Role.MASK)
    assert slot is not None and slot.mask is not None
    assert (slot.mask.over, slot.mask.changes) == MODELS[model] and slot.needs is slot.mask.over
    assert slot.help.startswith(slot.mask.changes.value.capitalize())


def test_masks_that_mean_something_else_have_no_colors() -> None:
    for model in ("omnihuman-1.5", "ideogram-character-remix"):
        slot = catalogue.get(model).input(Role.MASK)
        assert slot is not None and slot.mask is None


@pytest.mark.parametrize("model", MODELS)
def test_a_mask_of_another_size_is_refused_before_anything_is_sent(context: AppContext, model: str) -> None:
    with pytest.raises(InvalidRequest, match="The mask has 48 × 64 pixels") as caught:
        context.studio.tasks.submit(request(context, model, image_bytes(), image_bytes((48, 64))))
    assert caught.value.field == "mask"
    task = context.studio.tasks.submit(request(context, model, image_bytes(), image_bytes()))
    assert wait_for_phase(context, task.task_id, Phase.DONE, Phase.FAILED).phase is Phase.DONE


def test_a_mask_is_converted_to_the_type_of_its_image(context: AppContext) -> None:
    task = context.studio.tasks.submit(request(context, "gpt4o-image", image_bytes(kind="JPEG"), image_bytes()))
    body = body_of(wait_for_phase(context, task.task_id, Phase.DONE), context.config)
    assert [opened(url).format for url in (*body["filesUrl"], body["maskUrl"])] == ["JPEG", "JPEG"]
    assert opened(body["maskUrl"]).size == SIZE


def test_a_painted_mask_must_be_a_png_of_the_image_size(context: AppContext) -> None:
    spec = catalogue.get("gpt4o-image")
    slot, masks = spec.input(Role.MASK), context.studio.references.masks
    assert slot is not None
    image = context.studio.references.add(spec.id, image_bytes())
    stored = masks.add(slot, image_bytes(), image)
    assert stored.role is Role.MASK and stored.filename is not None
    for data in (image_bytes((10, 10)), image_bytes(kind="JPEG")):
        with pytest.raises(InvalidRequest) as caught:
            masks.add(slot, data, image)
        assert caught.value.field == "mask"


def test_what_is_painted_on_is_upright_with_the_mask_there_is(context: AppContext) -> None:
    spec = catalogue.get("gpt4o-image")
    slot, masks = spec.input(Role.REFERENCE), context.studio.references.masks
    assert slot is not None
    image = context.studio.references.add(spec.id, image_bytes(kind="JPEG", orientation=6))
    canvas = masks.canvas(image)
    assert (canvas.width_px, canvas.height_px) == SIZE[::-1] and canvas.mask is None
    upright = masks.upright(slot, image)
    assert upright.filename != image.filename and masks.upright(slot, upright) == upright
    mask = context.studio.references.add(spec.id, image_bytes(SIZE[::-1]), Role.MASK)
    assert masks.canvas(upright, mask).mask == image_bytes(SIZE[::-1])
    other = context.studio.references.add(spec.id, image_bytes(SIZE), Role.MASK)
    assert masks.canvas(upright, other).mask is None


def test_the_sandbox_refuses_a_mask_that_does_not_fit(context: AppContext, config: Config) -> None:
    client = context.providers.client("sandbox")
    spec, urls = catalogue.get("gpt4o-image"), []
    for number, size in enumerate((SIZE, (10, 10))):
        path = config.data_folder / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(image_bytes(size))
        urls.append(client.upload(path, "image/png"))
    references = tuple(
        Reference(url=url, role=role) for url, role in zip(urls, (Role.REFERENCE, Role.MASK), strict=True)
    )
    wanted = GenerationRequest("gpt4o-image", "a door", "1:1", references=references)
    task_id = client.submit(spec, wanted, urls)
    while (report := client.report(spec, task_id, 1.0)).state == "processing":
        pass
    assert report.state == "failed" and "same size and format" in (report.message or "")
