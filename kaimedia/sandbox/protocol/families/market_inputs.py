"""The inputs of market models, checked by the catalog's own data: a new model there is known here."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from kaimedia.domain import GenerationRequest, InputKind, Modality, Reference
from kaimedia.errors import InvalidRequest
from kaimedia.models import catalogue
from kaimedia.models.inputs import MaskColor, masked_pair
from kaimedia.models.params import Param, ParamKind, SharedAs
from kaimedia.models.prices import PriceUnit
from kaimedia.models.rules import check_rules, is_sent, request_facts
from kaimedia.models.spec import ModelSpec, PromptUse
from kaimedia.models.wire_fields import Source, WireField
from kaimedia.sandbox.protocol.families.fields import Fields
from kaimedia.sandbox.protocol.replies import Refused
from kaimedia.sandbox.task import ImageFormat, Kind, Size

# Ids of the provider's playground without a page of their own: earlier names, read as the models that have one.
EARLIER_NAMES = {
    "kling/v1-avatar-standard": "kling/ai-avatar-standard",
    "kling/ai-avatar-v1-pro": "kling/ai-avatar-pro",
}
# Documented to refuse a ratio; other models ignore fields that they do not have.
_REFUSES_ASPECT_RATIO = frozenset({"kling/v2-5-turbo-image-to-video-pro", "minimax-h3/image-to-video"})
# A ratio that does not go with the resolution is accepted, and the task fails.
_FAIL_LATER = frozenset({"gpt-image-2-text-to-image", "gpt-image-2-image-to-image"})
PAUSED_MODELS = frozenset({"sora-2-pro-text-to-video", "sora-2-pro-image-to-video", "sora-2-pro-storyboard"})
_UNKNOWN_LENGTH_S = 5  # where the model decides, or an input does
_UNKNOWN_RESULTS = 4
_SHORT_SIDE = {Modality.IMAGE: 1024, Modality.VIDEO: 720}
_LONGEST_SHORT_SIDE = {Modality.IMAGE: 4096, Modality.VIDEO: 1080}
# What the names of some models' sizes stand for, by the beginning of the id.
_NAMED_SIDES: Mapping[str, Mapping[tuple[str, str], int]] = {
    "seedream/4.5-": {("quality", "basic"): 2048, ("quality", "high"): 4096},
    "seedream/5-lite-": {("quality", "basic"): 2048, ("quality", "high"): 3072, ("quality", "ultra"): 4096},
    "seedream/5-pro-": {("quality", "basic"): 1024, ("quality", "high"): 2048},
    "kling-3.0/video": {("mode", "std"): 720, ("mode", "pro"): 1080, ("mode", "4K"): 2160},
}
# A size that the catalog leaves out, since the large one costs the same.
_SMALL_SQUARE, _LARGE_SQUARE, _SMALL_SQUARE_SIZE = "square", "square_hd", (512, 512)
_COMMON_RATIOS = ("16:9", "9:16", "1:1", "4:3", "3:4")
_IMAGE_FORMATS: Mapping[str, ImageFormat] = {"jpeg": "jpeg", "jpg": "jpeg", "webp": "webp"}
_STEPS = {Modality.IMAGE: 16, Modality.VIDEO: 2}  # width and height are multiples of it


@dataclass(frozen=True, slots=True)
class Job:
    """A model's validated input; with `fails`, it is accepted and fails later."""

    kind: Kind
    prompt: str
    sizes: tuple[Size, ...]
    variants: int
    duration_s: int
    credits: float
    reference_urls: tuple[str, ...] = ()
    mask_url: str = ""
    mask_changes: Literal["white", "black"] = "black"
    media_urls: tuple[str, ...] = ()
    follows_media: bool = False
    image_format: ImageFormat = "png"
    fails: bool = False


def is_known(remote_name: str) -> bool:
    """True for an id of a market model in the catalog."""
    return _mode(remote_name) is not None


def job_of(remote_name: str, fields: Fields) -> Job:
    """Check the input of one model.

    Raises:
        Refused: 422 or 500, naming the field.
    """
    mode = _mode(remote_name)
    assert mode is not None, remote_name
    if mode.remote_name in _REFUSES_ASPECT_RATIO and fields.body.get("aspect_ratio") is not None:
        raise Refused(422, "aspect_ratio is not supported by this model: it follows the image")
    request = _request(mode, fields)
    fails = False
    try:
        check_rules(mode.rules, mode.labels, request)
    except InvalidRequest as problem:
        fails = mode.remote_name in _FAIL_LATER
        if not fails:
            raise _broken_rule(mode, problem.field, fields) from problem
    is_small = fields.body.get("image_size") == _SMALL_SQUARE
    is_chosen = bool(request.duration_s and request.duration_s > 0)
    length_s = request.duration_s if is_chosen and request.duration_s else _UNKNOWN_LENGTH_S
    images = [each for each in request.references if each.kind is InputKind.IMAGE]
    pair = masked_pair(mode.inputs, images)
    mask_url, is_white = "", False
    if pair is not None:
        slot, at, over = pair
        mask_url, is_white = images[at].url or "", slot.mask is not None and slot.mask.changes is MaskColor.WHITE
        images = [images[over], *(each for place, each in enumerate(images) if place not in (at, over))]
    return Job(
        kind="video" if mode.modality is Modality.VIDEO else "image",
        prompt=request.prompt,
        sizes=(_SMALL_SQUARE_SIZE,) if is_small else tuple(_sizes(mode, request)),
        variants=_UNKNOWN_RESULTS if mode.max_results else request.variants,
        duration_s=length_s if mode.modality is Modality.VIDEO else 0,
        credits=mode.estimate_credits(request) or _unlisted_credits(mode, length_s),
        reference_urls=tuple(each.url or "" for each in images),
        mask_url=mask_url,
        mask_changes="white" if is_white else "black",
        media_urls=tuple(each.url or "" for each in request.references if each.kind is not InputKind.IMAGE),
        follows_media=not is_chosen,
        image_format=_IMAGE_FORMATS.get(str(request.params.get("output_format")), "png"),
        fails=fails,
    )


def _broken_rule(mode: ModelSpec, name: str, fields: Fields) -> Refused:
    """The reply when fields do not go together; `name` is a parameter, an input's role, or what a field means."""
    for field in mode.wire:
        own = field.name if field.source is Source.PARAM else field.source.value
        if name == own or name in field.roles:
            if fields.body.get(field.name) in (None, "", []):
                return fields.missing(field.name)
            return Refused(422, f"The parameter `{field.name}` specified in the request is not valid.")
    return fields.missing(name)


def _mode(remote_name: str) -> ModelSpec | None:
    remote_name = EARLIER_NAMES.get(remote_name, remote_name)
    return _modes().get(remote_name) or _modes_of(catalogue.all_models()).get(remote_name)


@cache
def _modes() -> Mapping[str, ModelSpec]:
    return _modes_of(catalogue.MODELS)


def _modes_of(models: tuple[ModelSpec, ...]) -> Mapping[str, ModelSpec]:
    return {mode.remote_name: mode for spec in models if spec.wire or spec.modes for mode in spec.modes or (spec,)}


def _request(mode: ModelSpec, fields: Fields) -> GenerationRequest:
    """The request that a body stands for, with the provider's defaults for what is missing."""
    values: dict[str, Any] = {"prompt": "", "aspect_ratio": "", "duration_s": None, "variants": mode.variants[0]}
    params: dict[str, Any] = {}
    references: list[Reference] = []
    for field in mode.wire:
        match field.source:
            case Source.PROMPT:
                is_required = mode.prompt_use is PromptUse.REQUIRED
                values["prompt"] = fields.text(field.name, required=is_required, max_chars=mode.prompt_max_chars)
            case Source.INPUTS:
                references += _inputs(mode, field, fields)
            case Source.PARAM:
                param = mode.param(field.name)
                assert param is not None, field.name
                _CHECKS[param.kind](param, field, fields)
                value = fields.body.get(field.name, field.default)
                if value is not None:
                    params[field.name] = value
            case _:
                values[field.source.value] = _shared(mode, field, fields, values[field.source.value])
    request = GenerationRequest(model=mode.id, references=tuple(references), params=params, **values)
    facts = request_facts(request)
    for field in mode.wire:  # only now is it known which fields this request leaves out
        name = field.name if field.source is Source.PARAM else field.source.value
        is_missing = fields.body.get(field.name) is None
        if is_missing and field.source is Source.ASPECT_RATIO and not is_sent(mode.rules, name, facts):
            request = replace(request, aspect_ratio="")  # the result follows an input
        is_needed = field.is_always_sent or field.is_required
        if field.is_always_sent and field.json_type == "array":
            is_needed = False  # a missing list is read as an empty one
        if is_missing and is_needed and is_sent(mode.rules, name, facts):
            raise fields.missing(field.name)
    return request


def _shared(mode: ModelSpec, field: WireField, fields: Fields, default: Any) -> Any:
    """A ratio, a length or a count as ours."""
    value = fields.body.get(field.name)
    if value is None:
        own = {Source.ASPECT_RATIO: mode.default_aspect_ratio, Source.DURATION: mode.default_duration_s}
        return own.get(field.source) or default
    if value == _SMALL_SQUARE and _LARGE_SQUARE in field.values.values():
        value = _LARGE_SQUARE
    for ours, theirs in field.values.items():
        if type(theirs) is type(value) and theirs == value:
            return ours
    first = next(iter(field.values.values()))
    if isinstance(value, bool) or not isinstance(value, str if isinstance(first, str) else int | float):
        raise Refused(422, f"{field.name} must be {'a string' if isinstance(first, str) else 'a number'}")
    raise Refused(500, f"{field.name} is not within the range of allowed options")


def _inputs(mode: ModelSpec, field: WireField, fields: Fields) -> Iterator[Reference]:
    slots = [slot for slot in mode.inputs if slot.role in field.roles]
    if field.item is not None:
        given = fields.body.get(field.name) or []
        key = next(name for name, value in field.item.items() if value == "$url")
        if not isinstance(given, list) or not all(isinstance(each, dict) and key in each for each in given):
            raise Refused(422, f"{field.name} must be a list of objects with {key}")
        links = tuple(str(each[key]) for each in given)
    elif field.json_type == "array":
        most = slots[0].maximum if len(slots) == 1 else len(slots)
        links = fields.urls(field.name, most=most, required=field.is_required)
    else:
        link = fields.url(field.name, required=field.is_required)
        links = (link,) if link else ()
    for index, link in enumerate(links):
        slot = slots[min(index, len(slots) - 1)]
        yield Reference(url=link, role=slot.role, kind=slot.kind)


def _choice(param: Param, field: WireField, fields: Fields) -> None:
    value = fields.body.get(field.name)
    if value is None:
        return
    if type(value) is not type(param.choices[0]):
        raise Refused(422, f"{field.name} must be {'a string' if isinstance(param.choices[0], str) else 'a number'}")
    if value not in param.choices:
        raise Refused(500, f"{field.name} is not within the range of allowed options")


def _number(param: Param, field: WireField, fields: Fields) -> None:
    value = fields.body.get(field.name)
    if field.json_type == "integer" and value is not None and type(value) is not int:
        raise Refused(422, f"{field.name} must be an integer")
    if value not in param.special:
        low = -math.inf if param.minimum is None else param.minimum
        fields.number(field.name, low, math.inf if param.maximum is None else param.maximum)


def _text(param: Param, field: WireField, fields: Fields) -> None:
    fields.text(field.name, max_chars=param.max_chars)


def _flag(param: Param, field: WireField, fields: Fields) -> None:
    fields.flags(field.name)


def _list(param: Param, field: WireField, fields: Fields) -> None:
    value = fields.body.get(field.name)
    if value is not None and not isinstance(value, list):
        raise Refused(422, f"{field.name} must be a list")
    if value and param.max_items is not None and len(value) > param.max_items:
        raise Refused(422, f"{field.name} takes at most {param.max_items} entries")


_CHECKS: Mapping[ParamKind, Callable[[Param, WireField, Fields], None]] = {
    ParamKind.CHOICE: _choice,
    ParamKind.NUMBER: _number,
    ParamKind.TEXT: _text,
    ParamKind.TASK: _text,
    ParamKind.FLAG: _flag,
    ParamKind.LIST: _list,
    ParamKind.OBJECTS: _list,
}


def _sizes(mode: ModelSpec, request: GenerationRequest) -> Iterator[Size]:
    """The size of the ratio requested; several when the result follows an input."""
    ratios = (request.aspect_ratio,) if ":" in request.aspect_ratio else _COMMON_RATIOS
    if not request.references and len(ratios) > 1:
        ratios = ("16:9",) if mode.modality is Modality.VIDEO else ("1:1",)
    short = _short_side(mode, request)
    for ratio in ratios:
        across, down = map(float, ratio.split(":"))
        # Image sizes name an area, video sizes the short side.
        unit = short / (math.sqrt(across * down) if mode.modality is Modality.IMAGE else min(across, down))
        yield _stepped(across * unit, mode.modality), _stepped(down * unit, mode.modality)


def _stepped(pixels: float, modality: Modality) -> int:
    step = _STEPS[modality]
    return max(step, round(pixels / step) * step)


def _short_side(mode: ModelSpec, request: GenerationRequest) -> int:
    """The short side of a video, or the side of a square image with the requested area, in pixels."""
    short = _SHORT_SIDE[mode.modality]
    named = next((sides for start, sides in _NAMED_SIDES.items() if mode.remote_name.startswith(start)), {})
    for param in mode.params:
        value = str(request.params.get(param.name, ""))
        short = named.get((param.name, value), short)
        if param.shared_as is SharedAs.RESOLUTION and (found := re.fullmatch(r"(\d+(?:\.\d+)?)([kKpP]?)", value)):
            number = float(found[1])
            short = round(number * 1024 if found[2] in "kK" and found[2] else number)
    return min(max(short, 256), _LONGEST_SHORT_SIDE[mode.modality])


def _unlisted_credits(mode: ModelSpec, length_s: int) -> float:
    """What a request costs here that has no list price before its result."""
    rate = next((credits for _, credits in mode.price.table if credits is not None), 0.0)
    is_by_length = mode.price.unit in (PriceUnit.SECOND, PriceUnit.INPUT_SECOND)
    return rate * length_s if is_by_length else rate * len(mode.variants)
