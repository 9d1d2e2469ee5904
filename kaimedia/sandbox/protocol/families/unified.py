"""The newer ids of products that have endpoints of their own, on the jobs API.

Their inputs are those of the dedicated endpoints with other spellings, so those check them.
Source: docs.kie.ai, the models' pages, state of 2026-10.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kaimedia.sandbox.protocol import prices
from kaimedia.sandbox.protocol.families.fields import Fields
from kaimedia.sandbox.protocol.families.gpt4o import order as gpt4o_order
from kaimedia.sandbox.protocol.families.runway import extend as runway_extend
from kaimedia.sandbox.protocol.families.runway import order as runway_order
from kaimedia.sandbox.protocol.families.veo import extend as veo_extend
from kaimedia.sandbox.protocol.families.veo import order as veo_order
from kaimedia.sandbox.protocol.families.veo_upgrade import FULL_HD, ULTRA_HD
from kaimedia.sandbox.protocol.replies import Refused
from kaimedia.sandbox.task import Order, SandboxTask

Inputs = Mapping[str, Any]

_VEO = {
    "image_urls": "imageUrls",
    "generation_type": "generationType",
    "enable_translation": "enableTranslation",
    "enable_fallback": "enableFallback",
}
_RUNWAY = {"image_url": "imageUrl", "aspect_ratio": "aspectRatio", "watermark": "waterMark", "task_id": "taskId"}


@dataclass(frozen=True, slots=True)
class UnifiedModel:
    """How one id is checked. `source` is the field with the task that it continues, if it has one."""

    order: Callable[[Inputs, SandboxTask | None], Order]
    spelling: Mapping[str, str]
    source: str | None = None


def _upgraded(resolution: str) -> Callable[[Inputs, SandboxTask | None], Order]:
    def order(inputs: Inputs, source: SandboxTask | None) -> Order:
        if source is None:
            raise Refused(422, "Record does not exist")
        credits = prices.VEO_UPGRADE[resolution]
        return replace(source.order, credits=credits, resolution=resolution, upgrade_of=source.task_id)

    return order


def _subject_check(inputs: Inputs, source: SandboxTask | None) -> Order:
    """Whether an image has a subject: free, and without files."""
    image = Fields(inputs).url("image_url", required=True)
    return Order(
        family="market",
        model="",
        kind="image",
        prompt="",
        sizes=((1024, 1024),),
        credits=0.0,
        param={},
        variants=0,
        reference_urls=(image,),
    )


UNIFIED: Mapping[str, UnifiedModel] = {
    "4o-image-api": UnifiedModel(
        lambda inputs, _: gpt4o_order(inputs), {"files_url": "filesUrl", "file_url": "fileUrl"}
    ),
    "veo-3-1": UnifiedModel(lambda inputs, _: veo_order(inputs), _VEO),
    "veo/extend": UnifiedModel(veo_extend, {"task_id": "taskId"}, "task_id"),
    "veo/get-1080p-video": UnifiedModel(_upgraded(FULL_HD), {}, "taskId"),
    "veo/get-4k-video": UnifiedModel(_upgraded(ULTRA_HD), {}, "task_id"),
    "runway": UnifiedModel(lambda inputs, _: runway_order(inputs), _RUNWAY),
    "runway/extend-ai-video": UnifiedModel(runway_extend, _RUNWAY, "task_id"),
    "omnihuman-1-5/human-identification": UnifiedModel(_subject_check, {}),
}


def source_id(body: Mapping[str, Any]) -> str | None:
    """The id of the task that a request continues."""
    model, inputs = UNIFIED.get(str(body.get("model"))), body.get("input")
    if model is None or model.source is None or not isinstance(inputs, Mapping):
        return None
    return str(inputs.get(model.source) or "")


def order_of(name: str, inputs: Inputs, source: SandboxTask | None) -> Order:
    """The order of an id in `UNIFIED`.

    Raises:
        Refused: 422, naming the field in the spelling of this API.
    """
    model = UNIFIED[name]
    if model.source is not None:
        Fields(inputs).text(model.source, required=True)
    respelled = {model.spelling.get(field, field): value for field, value in inputs.items()}
    try:
        return model.order(respelled, source)
    except Refused as refused:
        ours = {theirs: field for field, theirs in model.spelling.items()}
        message = " ".join(ours.get(word, word) for word in refused.message.split(" "))
        raise Refused(refused.code, message) from refused
