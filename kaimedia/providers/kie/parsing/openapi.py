"""Read the OpenAPI document of one model: the JSON Schema of the `input` of its create call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any
from urllib.parse import unquote

from kaimedia.domain import InputSchema, SchemaProblem

CREATE_PATH = "/api/v1/jobs/createTask"
_DEEPEST = 24
_MOST_NODES = 20_000
_MAX_TEXT_CHARS = 400
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_UNUSED = frozenset({"example", "examples", "externalDocs", "xml", "discriminator"})


class _TooLarge(Exception):
    """References that lead in a circle, or a document beyond all measure."""


def input_schema(data: Any) -> InputSchema:
    """The schema in the reply of the schema route, or why there is none. Never raises."""
    document = data.get("openapi") if isinstance(data, Mapping) else None
    if document is None:
        return InputSchema(None, SchemaProblem.NOT_PUBLISHED)
    paths = document.get("paths") if isinstance(document, Mapping) else None
    if not isinstance(paths, Mapping) or not paths:
        return InputSchema(None, SchemaProblem.UNREADABLE)
    if CREATE_PATH not in paths:
        return InputSchema(None, SchemaProblem.OTHER_ENDPOINT)
    try:
        found = _Inliner(document).input()
    except _TooLarge:
        found = None
    return InputSchema(found, None if found is not None else SchemaProblem.UNREADABLE)


class _Inliner:
    """Replaces each `$ref` by what it points to, within one document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._nodes = 0

    def input(self) -> dict[str, Any] | None:
        content = self._document
        for key in ("paths", CREATE_PATH, "post", "requestBody", "content", "application/json", "schema", "input"):
            if key == "input":
                content = _merged(self._inlined(content, 0)).get("properties", {})
            content = self._target(content.get(key)) if isinstance(content, Mapping) else {}
        return _merged(content) if isinstance(content, Mapping) and content else None

    def _target(self, node: Any) -> Any:
        """What a node points to, through any number of references."""
        for _ in range(_DEEPEST):
            if not isinstance(node, Mapping) or not isinstance(node.get("$ref"), str):
                return node
            node = self._pointed(node["$ref"])
        raise _TooLarge

    def _pointed(self, pointer: str) -> Any:
        """The node of a local pointer; names are percent-encoded there, and may end in a space."""
        node: Any = self._document if pointer.startswith("#/") else None
        for part in pointer.removeprefix("#/").split("/"):
            name = unquote(part).replace("~1", "/").replace("~0", "~")
            node = node.get(name) if isinstance(node, Mapping) else None
        return node

    def _inlined(self, node: Any, depth: int) -> Any:
        self._nodes += 1
        if depth > _DEEPEST or self._nodes > _MOST_NODES:
            raise _TooLarge
        node = self._target(node)
        if isinstance(node, Mapping):
            return {
                str(key): self._inlined(value, depth + 1)
                for key, value in node.items()
                if key not in _UNUSED and not str(key).startswith("x-") and not _UNREADABLE.search(str(key))
            }
        if isinstance(node, list):
            return [self._inlined(each, depth + 1) for each in node]
        return _storable(node)


def _storable(value: Any) -> Any:
    """A value without what databases refuse: control characters, lone surrogates, NaN and infinity."""
    if isinstance(value, str):
        return _UNREADABLE.sub("", value)[:_MAX_TEXT_CHARS]
    return None if isinstance(value, float) and not isfinite(value) else value


def _merged(schema: Any) -> dict[str, Any]:
    """An object schema with the parts of its `allOf` in it."""
    if not isinstance(schema, Mapping):
        return {}
    parts = schema.get("allOf")
    found = {key: value for key, value in schema.items() if key != "allOf"}
    for part in map(_merged, parts if isinstance(parts, list) else ()):
        properties = {**_object(part.get("properties")), **_object(found.get("properties"))}
        required = [*_list(found.get("required")), *_list(part.get("required"))]
        found = {**part, **found, "properties": properties, "required": list(dict.fromkeys(map(str, required)))}
    return found


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
