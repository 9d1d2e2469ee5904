"""Requests that any model of the catalog takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kaimedia.domain import GenerationRequest, InputKind, Reference
from kaimedia.errors import InvalidRequest
from kaimedia.models.inputs import InputSlot
from kaimedia.models.params import Param, ParamKind
from kaimedia.models.spec import ModelSpec, PromptUse
from kaimedia.models.validation import validate

ENDINGS = {InputKind.IMAGE: "png", InputKind.VIDEO: "mp4", InputKind.AUDIO: "mp3"}
EXAMPLES: dict[str, Any] = {
    "multi_prompt": [{"prompt": "A fox", "duration": 5}],
    "elements": [{"name": "fox", "description": "a fox", "image_urls": ["https://x.example/1.png"]}],
    "kling_elements": [{"name": "fox", "description": "a fox", "element_input_urls": ["https://x.example/1.png"] * 2}],
    "color_palette": [{"hex": "#ffffff", "ratio": "33.33%"}] * 3,
    "mask_indexs": [0, 2],
}


def inputs(slot: InputSlot, count: int) -> tuple[Reference, ...]:
    link = "https://x.example/{}." + ENDINGS[slot.kind]
    return tuple(Reference(url=link.format(n), role=slot.role, kind=slot.kind) for n in range(count))


def needed(mode: ModelSpec) -> tuple[Reference, ...]:
    """The fewest inputs a mode takes."""
    return tuple(each for slot in mode.inputs for each in inputs(slot, slot.minimum))


def required(mode: ModelSpec) -> dict[str, Any]:
    return {param.name: example(param) for param in mode.params if param.is_required and param.default is None}


def example(param: Param) -> Any:
    if param.name in EXAMPLES:
        return EXAMPLES[param.name]
    if param.kind is ParamKind.LIST:
        return ["https://x.example/a.pdf"]
    if param.kind is ParamKind.OBJECTS:
        return [[[0, 0, 10, 10]]]
    return "4f1c"


def simplest(spec: ModelSpec, mode: ModelSpec | None = None) -> GenerationRequest:
    """A request with nothing chosen; rules that want one of several things get the first that helps."""
    mode = mode or (spec.modes or (spec,))[0]
    prompt = "" if mode.prompt_use is PromptUse.NONE else "A fox in the snow"
    ratio = mode.default_aspect_ratio or next(iter(mode.aspect_ratios), "")
    request = GenerationRequest(spec.id, prompt, ratio, references=needed(mode), params=required(mode))
    if _is_valid(spec, mode, request):
        return request
    for slot in mode.inputs:
        more = replace(request, references=(*request.references, *inputs(slot, 1)))
        if _is_valid(spec, mode, more):
            return more
    for param in mode.params:
        if param.kind is ParamKind.TASK:
            more = replace(request, params={**request.params, param.name: "4f1c"})
            if _is_valid(spec, mode, more):
                return more
    validate(spec, request)
    raise AssertionError("another mode applies")


def _is_valid(spec: ModelSpec, mode: ModelSpec, request: GenerationRequest) -> bool:
    try:
        validate(spec, request)
    except InvalidRequest:
        return False
    return spec.mode_for(request.references) is mode
