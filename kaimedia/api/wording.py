"""What is wrong with a field, in our own words: its name and what it may be, never what was sent (it may be a key)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kaimedia.kie.catalog import MODELS

_MODELS = frozenset(spec.id for spec in MODELS)
_TEXT_PARAMS = frozenset(param.name for spec in MODELS for param in spec.params if param.kind == "text")
# Texts with a pattern, by field: what the pattern means.
_FORMS = {
    "prompt": "Write a “prompt” first. One sentence is enough.",
    "image_url": "“image_url” must be a link that begins with http:// or https:// and has no spaces.",
    "Idempotency-Key": "“Idempotency-Key” is 1 to 200 ASCII letters, digits and signs without spaces.",
    "api_key": "“api_key” is 8 to 256 ASCII letters, digits and signs without spaces.",
    "provider_task_id": "“provider_task_id” is the task id as kie.ai's logs show it: 1 to 128 signs without spaces.",
    "task_id": "“task_id” is one that this API answered: up to 64 letters, digits, “-” and “_”.",
    "name": "“name” is one line with at least one visible character and no control characters.",
    "image_upload_id": "“image_upload_id” is the upload_id that POST /api/uploads answered, as it is.",
    "upload_id": "“upload_id” is one that POST /api/uploads answered, as it is.",
    "cursor": "“cursor” is the next_cursor of the page before, as it is.",
}
_PLAIN = {
    "missing": "“{}” is missing.",
    "extra_forbidden": "“{}” is no field of this request.",
    "two_references": "Send one of “image_url”, “image_media_id” and “image_upload_id”, not several.",
}
_KINDS = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "finite": "a number",
    "bool": "true or false",
    "not": "a number",
    "datetime": "a moment like 2026-11-22T10:00:00Z",
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
_FALLBACK = "“{}” is not what this route takes; /api/docs shows the form."

Finding = tuple[str, str]


def findings(errors: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """The (field, sentence) pairs of a failed schema check, at least one, in order.

    Where a body may have one of several forms, only the form it comes nearest to is told about.
    """
    arms: dict[str, list[Mapping[str, Any]]] = {}
    for error in errors:
        arms.setdefault(_arm(error), []).append(error)
    if len(arms) > 1 and "" not in arms:
        lacking = {arm: _field(error) for arm, found in arms.items() for error in found if error["type"] == "missing"}
        if len(lacking) == len(arms):
            *others, last = (f"“{name}”" for name in lacking.values())
            return [(next(iter(lacking.values())), f"Send {', '.join(others)} or {last}.")]
        errors = [error for arm, found in arms.items() if arm not in lacking for error in found]
    return [(_field(error), _sentence(_field(error), error)) for error in errors]


def _arm(error: Mapping[str, Any]) -> str:
    """Which of several forms an error belongs to, "" when there is one form only."""
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


def _sentence(field: str, error: Mapping[str, Any]) -> str:
    kind, given = str(error["type"]), error.get("ctx") or {}
    if kind.startswith("union_tag"):
        return f"“model” must be one that this route offers. All models: {', '.join(spec.id for spec in MODELS)}."
    if kind in _PLAIN:
        return _PLAIN[kind].format(field)
    has_text = field in _TEXT_PARAMS or (field == "prompt" and _can_be_seen(error.get("input")))
    if kind == "string_pattern_mismatch" and has_text:
        return f"“{field}” holds a control character. Write it anew; nothing was sent."
    if kind == "string_pattern_mismatch" or (kind == "string_too_short" and field in _FORMS):
        return _FORMS.get(field, f"“{field}” does not have the form it must have.")
    if kind == "value_error":  # of our own validators
        return f"“{field}”: {given.get('error', 'this value is not taken')}."
    return _of_bounds(field, kind, given)


def _can_be_seen(text: Any) -> bool:
    return isinstance(text, str) and any(sign.isprintable() and not sign.isspace() for sign in text)


def _of_bounds(field: str, kind: str, given: Mapping[str, Any]) -> str:
    if kind in ("literal_error", "enum") and "expected" in given:
        expected = str(given["expected"]).replace("'", "").replace("True", "true").replace("False", "false")
        return f"“{field}” must be {expected}."
    if kind in _AMOUNTS:
        return f"“{field}” has {_AMOUNTS[kind].format(given.get('min_length', given.get('max_length')))}."
    for name, words in _BOUNDS.items():
        if name in given:
            return f"“{field}” must be {words.format(given[name])}."
    known_kind = _KINDS.get(kind.partition("_")[0])
    return f"“{field}” must be {known_kind}." if known_kind else _FALLBACK.format(field)
