"""The fields of one id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tools.market_catalogue.decisions import (
    ASPECT_FIELDS,
    COUNT_FIELDS,
    DEFAULT_BYTES,
    DEFAULT_TYPES,
    DURATION_FIELDS,
    LEFT_OUT_FIELDS,
    MEDIA_TYPES,
    OBJECT_INPUTS,
    OWN_DEFAULTS,
    OWN_ROLES,
    ROLES,
    SMALL_SQUARE,
)


def fields_of(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The fields of one id, each saying what it `is`."""
    always = {name for rule in entry["constraints"] if rule["kind"] == "always_send" for name in rule["params"]}
    found = []
    for param in entry["params"]:
        if (entry["id"], param["name"]) in LEFT_OUT_FIELDS or param.get("deprecated"):
            continue
        field = {"name": param["name"], **_field(entry, param)}
        field["type"] = param["wire"]
        if param["required"]:
            field["required"] = True
        if param["name"] in always:
            field["always_sent"] = True
        if "default" in param:
            field["default"] = OWN_DEFAULTS.get(param["name"], param["default"])
        found.append(field)
    return found


def _field(entry: Mapping[str, Any], param: Mapping[str, Any]) -> dict[str, Any]:
    name, kind = param["name"], param["type"]
    if name == "prompt":
        return {"is": "prompt", "max_chars": param.get("max_length"), "min_chars": param.get("min_length")}
    if name in ASPECT_FIELDS and kind == "enum":
        return {"is": "aspect_ratio", "values": [value for value in param["values"] if value != SMALL_SQUARE]}
    if name in DURATION_FIELDS and kind in ("enum", "int"):
        values = param.get("values") or [*range(param["min"], param["max"] + 1), *param.get("special_values", ())]
        return {"is": "duration", "values": values}
    if name in COUNT_FIELDS and name == entry["output"].get("count_param"):
        return {"is": "variants", "values": param.get("values") or [*range(param["min"], param["max"] + 1)]}
    if kind in MEDIA_TYPES:
        role = OWN_ROLES.get((entry["id"], name)) or param.get("role") or "source"
        return _input({**param, "role": role}, MEDIA_TYPES[kind], single=not kind.endswith("s"))
    if name in OBJECT_INPUTS:
        media, item = OBJECT_INPUTS[name]
        return {**_input(param, media, single=False), "item": item}
    return {"is": "param", **_param(param)}


def _input(param: Mapping[str, Any], media: str, *, single: bool) -> dict[str, Any]:
    role = param["role"]
    roles = param.get("roles") or [ROLES.get((role, media), role)]
    field: dict[str, Any] = {"is": "input", "media": media, "roles": roles}
    field["max_items"] = 1 if single else param.get("max_items") or (len(roles) if len(roles) > 1 else 10)
    field["min_items"] = param.get("min_items", 1) if param["required"] else 0
    field["max_bytes"] = param.get("max_bytes", DEFAULT_BYTES)
    field["accept"] = param.get("accept") or DEFAULT_TYPES[media]
    for name in ("min_item_s", "max_item_s", "max_total_s", "note"):
        if param.get(name) is not None:
            field[name] = param[name]
    return field


def _param(param: Mapping[str, Any]) -> dict[str, Any]:
    kinds = {"string": "text", "int": "number", "float": "number", "bool": "flag", "enum": "choice"} | {
        "task_ref": "task",
        "object_list": "objects",
        "bbox_list": "objects",
    }
    field: dict[str, Any] = {"kind": kinds.get(param["type"], "list")}
    names = {"values": "choices", "min": "minimum", "max": "maximum", "max_length": "max_chars"} | {
        "special_values": "special"
    }
    same = ("step", "min_items", "max_items", "item", "note", "unit")
    for theirs, ours in (*names.items(), *((name, name) for name in same)):
        if param.get(theirs) is not None:
            field[ours] = param[theirs]
    if param["type"] in ("int", "int_list"):
        field["whole"] = True
    return field
