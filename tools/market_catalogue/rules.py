"""The rules of one id over several fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tools.market_catalogue.names import Names


def rules_of(entry: Mapping[str, Any], names: Names) -> tuple[list[dict[str, Any]], list[str]]:
    """The rules of one id by our names, and what can only be said."""
    rules = [rule for given in entry["constraints"] if (rule := _rule(given, names)) is not None]
    notes = [note for given in entry["constraints"] if (note := _note(given)) is not None]
    for given in entry["constraints"]:
        if given["kind"] == "step":
            names.by_name[given["param"]]["step"] = given["step"]
        elif given["kind"] == "source_task":
            names.by_name[given["param"]]["of"] = given["families"]
    return rules, notes


def _rule(  # noqa: C901 - one case for each kind of constraint
    given: Mapping[str, Any], names: Names
) -> dict[str, Any] | None:
    """A constraint as a rule, or None for one that no rule can check."""
    when = names.conditions(given.get("when"))
    limits = {"minimum": given.get("min"), "maximum": given.get("max")}
    param = given.get("param", "")
    match given["kind"]:
        case "forbid":
            return {"kind": "forbid", "when": when}
        case "not_both_true":
            return {"kind": "forbid", "when": {names.key(name): True for name in given["params"]}}
        case "requires":
            return {"kind": "require", "when": when, "then": names.conditions(given["then"])}
        case "exclusive":
            groups = [[role for name in group for role in _roles(names, name)] for group in given["groups"]]
            return {"kind": "exclusive", "groups": groups}
        case "at_least_one" | "exactly_one" as kind:
            return {"kind": kind, "names": [role for name in given["params"] for role in _roles(names, name)]}
        case "allowed_values":
            values = names.value(param, given["values"])
            return {"kind": "allowed", "when": when, "field": names.key(param), "values": values}
        case "range":
            return {"kind": "range", "when": when, "field": names.key(param), **limits}
        case "range_items" | "max_items":
            return {"kind": "count", "when": when, "weights": dict.fromkeys(_roles(names, param), 1), **limits}
        case "sum_items":
            return {"kind": "count", "weights": {names.key(name): 1 for name in given["params"]}, **limits}
        case "weighted_sum":
            weights = {names.key(name): weight for name, weight in given["weights"].items()}
            return {"kind": "count", "weights": weights, "maximum": given["max"]}
        case "same_length":
            first, second = (names.key(name) for name in given["params"])
            rule = {"kind": "count", "when": {f"has_{first}": True}, "weights": {first: 1, second: -1}}
            return rule | {
                "minimum": 0,
                "maximum": 0,
                "message": f"{given['text'][0].upper()}{given['text'][1:]}.".replace("picture", "image"),
            }
        case "sum_equals":
            return {"kind": "sum", "when": when, "field": given["params"][0].removesuffix("[].duration")}
        case "not_sent":
            return {"kind": "not_sent", "when": when, "field": names.key(param)}
    return None


def _note(given: Mapping[str, Any]) -> str | None:
    """What people should know of a constraint that no rule can check."""
    match given["kind"]:
        case "caution" if not given["text"].startswith(("page ", "the ratio field", "takes no aspect", "not priced")):
            return str(given["text"])
        case "max_seconds":
            return f"The motion video may have up to {given['max']} s when the character faces as in the image"
        case "sum_seconds":
            return f"Length and reference videos together may have up to {given['max']} s"
        case "same_pixels":
            return "The mask must have the size of the image"
    return None


def _roles(names: Names, name: str) -> list[str]:
    field = names.by_name.get(name)
    return list(field["roles"]) if field is not None and field["is"] == "input" else [names.key(name)]
