"""The JSON Schema of a request to one model, made from its spec; `validation.py` is what decides."""

from __future__ import annotations

from typing import Any

from kaimedia.domain import Modality
from kaimedia.models.inputs import InputSlot, length_limits
from kaimedia.models.params import Param, ParamKind
from kaimedia.models.spec import ModelSpec, PromptUse


def request_schema(spec: ModelSpec) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a REST request; of a model with several modes, one of `anyOf` applies."""
    modes = spec.modes or (spec,)
    schemas = [_mode(spec, mode) for mode in modes]
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": spec.label}
    if len(schemas) == 1:
        return about | schemas[0]
    return about | {
        "anyOf": [schema | {"title": mode.remote_name} for schema, mode in zip(schemas, modes, strict=True)]
    }


def _mode(spec: ModelSpec, mode: ModelSpec) -> dict[str, Any]:
    properties: dict[str, Any] = {"model": {"const": spec.id}}
    required = ["model"]
    if mode.prompt_use is not PromptUse.NONE:
        properties["prompt"] = {"type": "string", "maxLength": mode.prompt_max_chars}
        if mode.prompt_use is PromptUse.REQUIRED:
            required.append("prompt")
            properties["prompt"]["minLength"] = mode.prompt_min_chars
    if mode.aspect_ratios:
        properties["aspect_ratio"] = {"enum": list(mode.aspect_ratios), "default": mode.default_aspect_ratio}
    if mode.durations_s:
        properties["duration"] = {"enum": list(mode.durations_s), "default": mode.default_duration_s}
    if mode.modality is Modality.IMAGE and len(mode.variants) > 1:
        properties["n_variants"] = {"enum": list(mode.variants), "default": 1}
    if mode.supports_enhance:
        properties["is_enhance"] = {"type": "boolean", "default": False}
    for param in mode.params:
        properties[param.name] = {name: value for name, value in _param(param).items() if value is not None}
        if param.is_required and param.default is None:
            required.append(param.name)
    if mode.inputs:
        properties["references"] = _references(mode)
        short = ("image_url", "image_media_id", "image_upload_id")
        properties |= {name: {"description": "One image in the first role, instead of references"} for name in short}
    return {
        "type": "object",
        "properties": properties | {"style": {"type": "string"}},
        "required": required,
        "additionalProperties": False,
    }


def _param(param: Param) -> dict[str, Any]:
    schema: dict[str, Any] = {"title": param.label, "description": param.help or None, "default": param.default}
    match param.kind:
        case ParamKind.CHOICE:
            return schema | {"enum": list(param.choices)}
        case ParamKind.NUMBER:
            bounds = {"minimum": param.minimum, "maximum": param.maximum}
            if param.special:
                return schema | {"anyOf": [{"enum": list(param.special)}, bounds]}
            return schema | {"type": "integer" if param.is_whole else "number"} | bounds
        case ParamKind.TEXT | ParamKind.TASK:
            return schema | {"type": "string", "maxLength": param.max_chars}
        case ParamKind.FLAG:
            return schema | {"type": "boolean"}
    item: dict[str, Any] = {"type": "integer" if param.is_whole else "string"}
    if param.kind is ParamKind.OBJECTS:
        keys = {name: {"description": text} for name, text in param.item.items()}
        item = {"type": "object", "properties": keys, "additionalProperties": False} if keys else {"type": "array"}
    return schema | {"type": "array", "items": item, "maxItems": param.max_items}


def _references(mode: ModelSpec) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {slot.role.value: _slot(slot) for slot in mode.inputs},
        "required": [slot.role.value for slot in mode.inputs if slot.minimum],
        "additionalProperties": False,
    }


def _slot(slot: InputSlot) -> dict[str, Any]:
    ways = {"url": {"type": "string"}, "media_id": {"type": "integer"}, "upload_id": {"type": "string"}}
    one = {"type": "object", "properties": ways, "minProperties": 1, "maxProperties": 1, "additionalProperties": False}
    return {
        "title": slot.label,
        "type": "array",
        "items": one,
        "minItems": max(1, slot.minimum),
        "maxItems": slot.maximum,
        "description": ", ".join(
            filter(None, (*slot.types, f"up to {slot.max_bytes:,} bytes each", length_limits(slot)))
        ),
    }
