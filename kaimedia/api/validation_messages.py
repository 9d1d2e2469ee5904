"""Messages about invalid fields.

What is wrong with a field of a model is said by `models.validate`, in the same words as on the pages and the command
line. The messages here are about the form of a request and about all other routes: the name of the field and what is
allowed, never the value sent (it may be a key).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from kaimedia.domain import GenerationRequest, Reference, Role
from kaimedia.errors import InvalidRequest
from kaimedia.models.catalogue import MODELS
from kaimedia.models.inputs import valid_references
from kaimedia.models.spec import ModelSpec
from kaimedia.models.validation import validate

# Fields of GenerationRequest whose name in a request body differs.
BODY_NAMES = {"variants": "n_variants", "duration_s": "duration", "enhance": "is_enhance", "reference": "image_url"}
_REQUEST_NAMES = {body_name: name for name, body_name in BODY_NAMES.items() if name != "reference"}
_SPECS = {spec.id: spec for spec in MODELS}
# What the pattern of a field means.
_PATTERNS = {
    "references.url": "A “url” in “references” must be a link that begins with http:// or https:// and has no spaces.",
    "references.upload_id": "An “upload_id” in “references” must be one returned by POST /api/uploads.",
    "image_url": "“image_url” must be a link that begins with http:// or https:// and has no spaces.",
    "Idempotency-Key": "“Idempotency-Key” must be 1–200 ASCII characters without spaces.",
    "api_key": "“api_key” must be 8–256 ASCII characters without spaces.",
    "provider_task_id": "“provider_task_id” must be the id in the provider's logs: 1–128 characters without spaces.",
    "task_id": "“task_id” must be a task id of this API: up to 64 letters, digits, “-” and “_”.",
    "name": "“name” must be one line with at least one visible character and no control characters.",
    "image_upload_id": "“image_upload_id” must be an upload_id returned by POST /api/uploads.",
    "upload_id": "“upload_id” must be one returned by POST /api/uploads.",
    "provider_task_ids": "“provider_task_ids” must be ids from the provider's logs: 1–128 characters without spaces.",
    "currency": "“currency” must be three capital letters, such as EUR.",
    "limits.token_id": "A “token_id” must be the first 12 digits of the SHA-256 of a token, or empty.",
    "cursor": "“cursor” must be the next_cursor of the previous page, unchanged.",
}
_PLAIN = {
    "missing": "“{}” is missing.",
    "extra_forbidden": "“{}” is not a field of this request.",
    "two_references": "Send only one of “image_url”, “image_media_id”, “image_upload_id” and “references”.",
    "no_reference": "“references” has no input; leave it out.",
    "one_input": "“{}” must have exactly one of “url”, “media_id” and “upload_id”.",
}
_KINDS = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "finite": "a number",
    "bool": "true or false",
    "not": "a whole number",
    "date": "a day like 2026-11-22",
    "datetime": "a time like 2026-11-22T10:00:00Z",
    "list": "a list",
    "model": "a JSON object",
    "dict": "a JSON object",
}
_BOUNDS = {
    "ge": "at least {}",
    "gt": "more than {}",
    "le": "at most {}",
    "lt": "less than {}",
    "min_length": "at least {} characters long",
    "max_length": "at most {} characters long",
}
_AMOUNTS = {"too_short": "at least", "too_long": "at most"}
_NUMBERED = ("requests", "limits")  # lists whose entries have fields: the index is part of the name
_SHAPE = '“references” must be lists of inputs by role, such as {"reference": [{"url": "https://…"}]}.'
_FALLBACK = "“{}” is not valid. See /api/docs."

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
    return str(part).islower() and part not in _SPECS


def _field(error: Mapping[str, Any]) -> str:
    if str(error["type"]).startswith("union_tag"):
        return "model"
    place, *inner = error["loc"]
    is_part = _is_part_of_entry if inner and inner[0] in _NUMBERED else str.islower
    parts = [str(part) for part in inner if part not in _SPECS and (place != "body" or is_part(str(part)))]
    return ".".join(parts) or "body"


def _is_part_of_entry(part: str) -> bool:
    """True for names of fields and the index of an entry, not for the name of a schema."""
    return part.islower() or part.isdecimal()


def _message(field: str, error: Mapping[str, Any]) -> str:
    kind, context = str(error["type"]), error.get("ctx") or {}
    if kind.startswith("union_tag"):
        return "“model” must be a model of this route. GET /api/models lists them."
    if said := _said_by_model(error):
        return said
    if kind in _PLAIN:
        return _PLAIN[kind].format(field)
    if kind == "string_pattern_mismatch" or (kind == "string_too_short" and field in _PATTERNS):
        general = ".".join((field.split(".")[0], field.split(".")[-1]))  # without the role
        return _PATTERNS.get(field) or _PATTERNS.get(general) or f"“{field}” has the wrong format."
    if kind == "value_error":  # from our validators
        return f"“{field}”: {context.get('error', 'this value is not allowed')}."
    return _of_bounds(field, kind, context, is_nan=error.get("input") != error.get("input"))


def _said_by_model(error: Mapping[str, Any]) -> str:
    """What the model says about a field; "" if it has no such field or would take the value."""
    place, *inner = error["loc"]
    spec = _SPECS.get(str(inner[0])) if place == "body" and len(inner) > 1 else None
    if spec is None or error["type"] == "missing":
        return ""
    path, value = [str(part) for part in inner[1:]], error.get("input")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if path[0] in ("n_variants", "duration") and not is_number:
        return ""
    try:
        if path[0] == "references":
            valid_references(spec.label, spec.inputs, _of_role(path[1:], value))
        else:
            validate(spec, _with_one_field(spec, path[0], value))
    except InvalidRequest as invalid:
        is_about_it = path[0] in ("references", BODY_NAMES.get(invalid.field, invalid.field))
        return invalid.message if is_about_it else ""
    return ""


def _of_role(path: Sequence[str], value: Any) -> tuple[Reference, ...]:
    if len(path) != 1 or path[0] not in set(Role):
        return ()
    return tuple(Reference(url="", role=Role(path[0])) for _ in (value if isinstance(value, list) else [value]))


def _with_one_field(spec: ModelSpec, body_name: str, value: Any) -> GenerationRequest:
    """A request that is valid except perhaps for this field of the body."""
    needed = (slot for slot in spec.inputs for _ in range(slot.minimum))
    required = tuple(Reference(url="", role=slot.role, kind=slot.kind) for slot in needed)
    request = GenerationRequest(model=spec.id, prompt="a boat", aspect_ratio="", references=required)
    name = _REQUEST_NAMES.get(body_name, body_name)
    if name in ("prompt", "aspect_ratio", *_REQUEST_NAMES.values()):
        return replace(request, **{name: value})
    return replace(request, params={name: value}) if spec.param(name) else request


def _of_bounds(field: str, kind: str, context: Mapping[str, Any], *, is_nan: bool) -> str:
    if kind in ("literal_error", "enum") and "expected" in context:
        expected = str(context["expected"]).replace("'", "").replace("True", "true").replace("False", "false")
        return f"“{field}” must be {expected}."
    if kind in _AMOUNTS:
        number = context.get("min_length", context.get("max_length", 0))
        return f"“{field}” must have {_AMOUNTS[kind]} {number:,} {'entry' if number == 1 else 'entries'}."
    if is_nan:  # no bound holds for it
        return f"“{field}” must be a number."
    for name, text in _BOUNDS.items():
        if name in context:
            return f"“{field}” must be {text.format(_number(context[name]))}."
    if field == "references":
        return _SHAPE
    known_kind = _KINDS.get(kind.partition("_")[0])
    return f"“{field}” must be {known_kind}." if known_kind else _FALLBACK.format(field)


def _number(bound: Any) -> str:
    """A bound without a fraction that is zero: "0", "1,000,000,000", "0.5"."""
    return f"{int(bound):,}" if isinstance(bound, float) and bound.is_integer() else f"{bound:,}"
