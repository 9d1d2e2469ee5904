"""Messages about invalid fields: the name and what is allowed, never the value sent (it may be a key)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kaimedia.models.catalogue import MODELS

_MODELS = frozenset(spec.id for spec in MODELS)
_TEXT_PARAMS = frozenset(param.name for spec in MODELS for param in spec.params if param.kind == "text")
# What the pattern of a field means.
_PATTERNS = {
    "prompt": "Write a “prompt” first. One sentence is enough.",
    "references.url": "A “url” in “references” must be a link that begins with http:// or https:// and has no spaces.",
    "references.upload_id": "An “upload_id” in “references” must be one returned by POST /api/uploads.",
    "image_url": "“image_url” must be a link that begins with http:// or https:// and has no spaces.",
    "Idempotency-Key": "“Idempotency-Key” must be 1–200 ASCII characters, no spaces.",
    "api_key": "“api_key” must be 8–256 ASCII characters, no spaces.",
    "provider_task_id": "“provider_task_id” is the task id from the provider's logs: 1–128 characters, no spaces.",
    "task_id": "“task_id” must be a task id of this API: up to 64 letters, digits, “-” and “_”.",
    "name": "“name” must be one line with at least one visible character and no control characters.",
    "image_upload_id": "“image_upload_id” must be an upload_id returned by POST /api/uploads.",
    "upload_id": "“upload_id” must be one returned by POST /api/uploads.",
    "cursor": "“cursor” must be the next_cursor of the previous page, unchanged.",
}
_PLAIN = {
    "missing": "“{}” is missing.",
    "extra_forbidden": "“{}” is not a field of this request.",
    "two_references": "Send only one of “image_url”, “image_media_id”, “image_upload_id” and “references”.",
    "one_input": "“{}” must have exactly one of “url”, “media_id” and “upload_id”.",
}
_KINDS = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "finite": "a number",
    "bool": "true or false",
    "not": "a number",
    "datetime": "a time like 2026-11-22T10:00:00Z",
    "list": "a list",
    "model": "a JSON object",
    "dict": "a JSON object",
}
_BOUNDS = {
    "ge": "at least {:,}",
    "gt": "more than {:,}",
    "le": "at most {:,}",
    "lt": "less than {:,}",
    "min_length": "at least {:,} characters long",
    "max_length": "at most {:,} characters long",
}
_AMOUNTS = {"too_short": "at least {:,} entries", "too_long": "at most {:,} entries"}
_FALLBACK = "“{}” is not valid here; see /api/docs."

Finding = tuple[str, str]


def findings(errors: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """The (field, message) pairs of a failed schema check, at least one, in order.

    If a body can match one of several schemas, only the closest one is reported.
    """
    arms: dict[str, list[Mapping[str, Any]]] = {}
    for error in errors:
        arms.setdefault(_arm(error), []).append(error)
    if len(arms) > 1 and "" not in arms:
        missing = {arm: _field(error) for arm, found in arms.items() for error in found if error["type"] == "missing"}
        if len(missing) == len(arms):
            *others, last = (f"“{name}”" for name in missing.values())
            return [(next(iter(missing.values())), f"Send {', '.join(others)} or {last}.")]
        errors = [error for arm, found in arms.items() if arm not in missing for error in found]
    return [(_field(error), _message(_field(error), error)) for error in errors]


def _arm(error: Mapping[str, Any]) -> str:
    """Which of several schemas an error belongs to, "" if there is only one."""
    place, *inner = error["loc"]
    return str(inner[0]) if place == "body" and inner and not _is_field(inner[0]) else ""


def _is_field(part: Any) -> bool:
    return str(part).islower() and part not in _MODELS


def _field(error: Mapping[str, Any]) -> str:
    if str(error["type"]).startswith("union_tag"):
        return "model"
    place, *inner = error["loc"]
    parts = [str(part) for part in inner if part not in _MODELS and (place != "body" or str(part).islower())]
    return ".".join(parts) or "body"


def _message(field: str, error: Mapping[str, Any]) -> str:
    kind, context = str(error["type"]), error.get("ctx") or {}
    if kind.startswith("union_tag"):
        return f"“model” must be a model of this route. All models: {', '.join(spec.id for spec in MODELS)}."
    if kind in _PLAIN:
        return _PLAIN[kind].format(field)
    has_text = field in _TEXT_PARAMS or (field == "prompt" and _is_visible(error.get("input")))
    if kind == "string_pattern_mismatch" and has_text:
        return f"“{field}” contains a control character. Remove it and try again; nothing was sent."
    if kind == "string_pattern_mismatch" or (kind == "string_too_short" and field in _PATTERNS):
        general = ".".join((field.split(".")[0], field.split(".")[-1]))  # without the role
        return _PATTERNS.get(field) or _PATTERNS.get(general) or f"“{field}” has the wrong format."
    if kind == "value_error":  # from our validators
        return f"“{field}”: {context.get('error', 'this value is not allowed')}."
    return _of_bounds(field, kind, context)


def _is_visible(text: Any) -> bool:
    return isinstance(text, str) and any(char.isprintable() and not char.isspace() for char in text)


def _of_bounds(field: str, kind: str, context: Mapping[str, Any]) -> str:
    if kind in ("literal_error", "enum") and "expected" in context:
        expected = str(context["expected"]).replace("'", "").replace("True", "true").replace("False", "false")
        return f"“{field}” must be {expected}."
    if kind in _AMOUNTS:
        return f"“{field}” has {_AMOUNTS[kind].format(context.get('min_length', context.get('max_length')))}."
    for name, text in _BOUNDS.items():
        if name in context:
            return f"“{field}” must be {text.format(context[name])}."
    known_kind = _KINDS.get(kind.partition("_")[0])
    return f"“{field}” must be {known_kind}." if known_kind else _FALLBACK.format(field)
