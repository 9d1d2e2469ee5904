"""One node of a JSON Schema in its plainest form: one type, its values, its limits."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_OF_TYPE: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}
MOST_VALUES = 200


@dataclass(frozen=True, slots=True)
class Node:
    """A schema that allows one JSON type, and null at most in addition; `values` are those allowed, () for any."""

    type: str
    values: tuple[Any, ...]
    keywords: Mapping[str, Any]

    def takes(self, value: Any) -> bool:
        """True for a value of the type, and one of `values` if there are any."""
        return _has_type(value, self.type) and (not self.values or value in self.values)

    def number(self, keyword: str) -> float | None:
        """A keyword that holds a number not beyond all floating-point numbers, else None."""
        value = self.keywords.get(keyword)
        is_number = isinstance(value, int | float) and _has_type(value, "number") and abs(value) <= sys.float_info.max
        return value if is_number else None

    def count(self, keyword: str) -> int | None:
        """A keyword that holds a number of things or characters, else None."""
        value = self.keywords.get(keyword)
        return value if isinstance(value, int) and _has_type(value, "integer") and 0 <= value < 10**9 else None

    @property
    def text(self) -> str:
        """The description in one line of at most 200 characters."""
        found = self.keywords.get("description")
        line = " ".join(found.split()) if isinstance(found, str) else ""
        return line if len(line) <= 200 else f"{line[:199].rstrip()}…"

    @property
    def items(self) -> Node | None:
        """What a list holds; None where that is not said."""
        return read(self.keywords.get("items"))


def read(schema: Any) -> Node | None:
    """The node; None where the schema allows several types, or says nothing that can be relied on."""
    keywords = _flat(schema)
    if keywords is None:
        return None
    values = keywords.get("enum", [keywords["const"]] if "const" in keywords else [])
    values = [value for value in values if value is not None] if isinstance(values, list) else []
    type_name = _type(keywords, values)
    if type_name is None or len(values) > MOST_VALUES or not all(_has_type(value, type_name) for value in values):
        return None
    return Node(type_name, _unique(values), keywords)


def _type(keywords: Mapping[str, Any], values: Sequence[Any]) -> str | None:
    declared = keywords.get("type")
    if isinstance(declared, list):
        names = [name for name in declared if name != "null"]
        declared = names[0] if len(names) == 1 else None
    if isinstance(declared, str):
        return declared if declared in _OF_TYPE else None
    if values:
        return next((name for name in _OF_TYPE if all(_has_type(value, name) for value in values)), None)
    if "properties" in keywords:
        return "object"
    if "items" in keywords:
        return "array"
    return "string" if keywords.get("format") in ("uri", "url") else None


def _flat(schema: Any) -> dict[str, Any] | None:
    """Without `allOf`, `anyOf` and `oneOf`; None where these leave a choice of shapes."""
    if not isinstance(schema, Mapping):
        return None
    found = {str(key): value for key, value in schema.items() if key not in ("allOf", "anyOf", "oneOf")}
    parts = schema.get("allOf")
    for part in parts if isinstance(parts, list) else ():
        flat = _flat(part)
        if flat is None:
            return None
        found = {**flat, **found}
    for key in ("anyOf", "oneOf"):
        branches = schema.get(key)
        if isinstance(branches, list):
            one = _one_of([branch for branch in branches if branch != {"type": "null"}])
            if one is None:
                return None
            found = {**one, **found}
    return found


def _one_of(branches: Sequence[Any]) -> dict[str, Any] | None:
    """The only branch, or all values of branches that are lists of values."""
    if len(branches) == 1:
        return _flat(branches[0])
    nodes = [read(branch) for branch in branches]
    values: list[Any] = []
    for node in nodes:
        if node is None or not node.values or node.type != (nodes[0].type if nodes[0] else ""):
            return None
        values += node.values
    return {"type": nodes[0].type, "enum": values} if nodes and nodes[0] else None


def _has_type(value: Any, type_name: str) -> bool:
    if isinstance(value, bool):
        return type_name == "boolean"
    return isinstance(value, _OF_TYPE[type_name])


def _unique(values: Sequence[Any]) -> tuple[Any, ...]:
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return tuple(found)
