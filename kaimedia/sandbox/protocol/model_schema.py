"""The OpenAPI document of one model, as `GET /api/v1/models/{model}/schema` answers with it."""

from __future__ import annotations

from typing import Any

from kaimedia.domain import InputKind
from kaimedia.models.params import Param, ParamKind
from kaimedia.models.spec import ModelSpec, PromptUse
from kaimedia.models.wire_fields import Source, WireField
from kaimedia.sandbox.protocol.families import market

_NAME = "create task"
_FILES = {InputKind.IMAGE: "image", InputKind.VIDEO: "video", InputKind.AUDIO: "audio"}


def document(model_id: str, mode: ModelSpec) -> dict[str, Any] | None:
    """OpenAPI 3.1; None for models with endpoints of their own, whose documents are not synced."""
    if not mode.wire:
        return None
    body = {
        "type": "object",
        "required": ["model", "input"],
        "properties": {
            "model": {"type": "string", "enum": [model_id], "default": model_id},
            "callBackUrl": {"type": "string", "format": "uri"},
            "input": {"$ref": "#/components/schemas/input"},
        },
    }
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{_NAME.replace(' ', '%20')}"}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": mode.label, "version": "1.0.0"},
        "servers": [{"url": "https://api.kie.ai"}],
        "paths": {market.CREATE_PATH: {"post": {"requestBody": {"required": True, "content": content}}}},
        "components": {"schemas": {_NAME: body, "input": input_schema(mode)}},
    }


def input_schema(mode: ModelSpec) -> dict[str, Any]:
    """The JSON Schema of `input`."""
    return {
        "type": "object",
        "required": [field.name for field in mode.wire if field.is_required],
        "properties": {field.name: _field(mode, field) for field in mode.wire},
    }


def _field(mode: ModelSpec, field: WireField) -> dict[str, Any]:
    match field.source:
        case Source.PROMPT:
            schema: dict[str, Any] = {"type": "string", "maxLength": mode.prompt_max_chars}
            if mode.prompt_use is PromptUse.REQUIRED and mode.prompt_min_chars > 1:
                schema["minLength"] = mode.prompt_min_chars
        case Source.INPUTS:
            return _links(mode, field)
        case Source.PARAM:
            param = mode.param(field.name)
            assert param is not None, field.name
            schema = _param(param, field)
        case _:
            schema = {"type": field.json_type, "enum": list(field.values.values())}
            own = {Source.ASPECT_RATIO: mode.default_aspect_ratio, Source.DURATION: mode.default_duration_s}
            if field.default is None and (default := field.values.get(own.get(field.source))) is not None:
                schema["default"] = default
    return schema if field.default is None else {**schema, "default": field.default}


def _links(mode: ModelSpec, field: WireField) -> dict[str, Any]:
    slots = [slot for slot in mode.inputs if slot.role in field.roles]
    link: dict[str, Any] = {"type": "string", "format": "uri", "description": f"URL of the {_FILES[slots[0].kind]}"}
    if field.item is not None:
        keys = {name: link if value == "$url" else {"type": "string"} for name, value in field.item.items()}
        link = {"type": "object", "properties": keys}
    if field.json_type != "array":
        return link
    most = slots[0].maximum if len(slots) == 1 else len(slots)
    least = sum(slot.minimum for slot in slots)
    return {"type": "array", "items": link, "maxItems": most, **({"minItems": least} if least else {})}


def _param(param: Param, field: WireField) -> dict[str, Any]:
    """`special` values have no place in the schema's own words, so that the bounds include them."""
    schema: dict[str, Any] = {"type": field.json_type}
    if param.help:
        schema["description"] = param.help
    match param.kind:
        case ParamKind.CHOICE:
            schema["enum"] = list(param.choices)
        case ParamKind.NUMBER:
            bounds = {"minimum": param.minimum, "maximum": param.maximum, "multipleOf": param.step}
            schema |= {name: value for name, value in bounds.items() if value is not None}
            if param.special and param.minimum is not None:
                schema["minimum"] = min(param.minimum, *param.special)
        case ParamKind.TEXT | ParamKind.TASK if param.max_chars is not None:
            schema["maxLength"] = param.max_chars
        case ParamKind.LIST:
            schema["items"] = {"type": "integer" if param.is_whole else "string"}
        case ParamKind.OBJECTS:
            keys = {name: {"type": "string", "description": text} for name, text in param.item.items()}
            item: dict[str, Any] = {"type": "object", "properties": keys}
            schema["items"] = item if keys else {"type": "array", "items": {"type": "number"}}
    if param.max_items is not None:
        schema["maxItems"] = param.max_items
    if param.min_items:
        schema["minItems"] = param.min_items
    return schema
