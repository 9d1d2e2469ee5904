"""Checks a `createTask` body by the data set of the provider's models alone, without the product's catalog."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

PATH = Path(os.environ.get("KIE_MARKET", ROOT.parent / "shared" / "reference" / "kie-market.json"))
MEDIA = ("image_url", "image_urls", "video_url", "video_urls", "audio_url", "audio_urls")


@cache
def entries() -> Mapping[str, Mapping[str, Any]]:
    """The entries by id; empty without the data set."""
    if not PATH.exists():
        return {}
    return {entry["id"]: entry for entry in json.loads(PATH.read_text(encoding="utf-8"))["models"]}


def problems(body: Mapping[str, Any]) -> list[str]:
    """Everything that is wrong with a body; [] when it is accepted."""
    entry = entries()[body["model"]]
    params = {param["name"]: param for param in entry["params"]}
    given = body["input"]
    found = [f"unknown field {name}" for name in given if name not in params]
    left_out = {
        rule["param"]
        for rule in entry["constraints"]
        if rule["kind"] == "not_sent" and _holds(rule["when"], given, params)
    }
    for name, param in params.items():
        if name in given:
            found += [f"{name}: {text}" for text in _value(param, given[name])]
        elif param["required"] and name not in left_out:
            found.append(f"{name} is missing")
    for rule in entry["constraints"]:
        if _holds(rule.get("when") or {}, given, params):
            found += _rule(rule, given, params)
    return found


def _value(param: Mapping[str, Any], value: Any) -> Iterator[str]:
    types = {"string": str, "array": list, "boolean": bool, "integer": int, "number": (int, float)}
    if not isinstance(value, types[param["wire"]]) or (isinstance(value, bool) and param["wire"] != "boolean"):
        yield f"{value!r} is no {param['wire']}"
        return
    if "values" in param and not any(type(value) is type(each) and value == each for each in param["values"]):
        yield f"{value!r} is not one of {param['values']}"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_special = value in param.get("special_values", ())
    if is_number and not is_special and not param.get("min", value) <= value <= param.get("max", value):
        yield f"{value} is out of range"
    if (
        isinstance(value, str)
        and value
        and not param.get("min_length", 0) <= len(value) <= param.get("max_length", 10**9)
    ):
        yield f"has {len(value)} characters"
    if isinstance(value, list):
        if len(value) > param.get("max_items", 10**9) or (value and len(value) < param.get("min_items", 0)):
            yield f"has {len(value)} items"
        if param["required"] and len(value) < param.get("min_items", 0):
            yield "is empty"
        if param["type"] in MEDIA and not all(isinstance(url, str) and url.startswith("https://") for url in value):
            yield "holds something else than links"


def _fact(key: str, given: Mapping[str, Any], params: Mapping[str, Any]) -> Any:
    def has(name: str) -> bool:
        return given.get(name) not in (None, "", [])

    if key == "has_media":
        return any(has(name) for name, param in params.items() if param["type"] in (*MEDIA, "file_urls", "link_urls"))
    if key.startswith("has_"):
        return has(key[4:])
    if key.startswith("count_"):
        return len(given.get(key[6:]) or ())
    return given.get(key)


def _holds(when: Mapping[str, Any], given: Mapping[str, Any], params: Mapping[str, Any]) -> bool:
    def one(key: str, wanted: Any) -> bool:
        fact = _fact(key, given, params)
        return fact in wanted if isinstance(wanted, list) else fact == wanted

    return all(one(key, wanted) for key, wanted in when.items())


def _rule(  # noqa: C901 - one case for each kind of rule
    rule: Mapping[str, Any], given: Mapping[str, Any], params: Mapping[str, Any]
) -> Iterator[str]:
    def has(name: str) -> bool:
        return given.get(name) not in (None, "", [])

    value, items = (
        given.get(rule.get("param", "")),
        len(given.get(rule.get("param", "")) or ()) if _is_list(rule, given) else 0,
    )
    match rule["kind"]:
        case "forbid":
            yield f"forbidden: {rule['when']}"
        case "requires" if not _holds(rule["then"], given, params):
            yield f"{rule['when']} requires {rule['then']}"
        case "exclusive" if sum(any(map(has, group)) for group in rule["groups"]) > 1:
            yield f"more than one of {rule['groups']}"
        case "exactly_one" if sum(map(has, rule["params"])) != 1:
            yield f"not exactly one of {rule['params']}"
        case "at_least_one" if not any(map(has, rule["params"])):
            yield f"none of {rule['params']}"
        case "not_both_true" if all(given.get(name) is True for name in rule["params"]):
            yield f"both {rule['params']}"
        case "always_send":
            yield from (f"{name} must be sent" for name in rule["params"] if name not in given)
        case "not_sent" if rule["param"] in given:
            yield f"{rule['param']} must not be sent"
        case "allowed_values" if value is not None and value not in rule["values"]:
            yield f"{rule['param']} must be one of {rule['values']}"
        case "range" if value is not None and not rule["min"] <= value <= rule["max"]:
            yield f"{rule['param']} is out of range"
        case "range_items" | "max_items" if not rule.get("min", 0) <= items <= rule["max"]:
            yield f"{rule['param']} has {items} items"
        case "sum_items":
            total = sum(len(given.get(name) or ()) for name in rule["params"])
            if not rule["min"] <= total <= rule["max"]:
                yield f"{rule['params']} have {total} items"
        case "weighted_sum":
            total = sum(weight * len(given.get(name) or ()) for name, weight in rule["weights"].items())
            if total > rule["max"]:
                yield f"{rule['weights']} weigh {total}"
        case "same_length":
            first, second = (len(given.get(name) or ()) for name in rule["params"])
            if first and first != second:
                yield f"{rule['params']} differ in length"
        case "sum_equals":
            lengths = [item["duration"] for item in given.get("multi_prompt") or ()]
            if lengths and sum(lengths) != int(given["duration"]):
                yield "the shots do not add up to the length"


def _is_list(rule: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    return isinstance(given.get(rule.get("param", "")), list)
