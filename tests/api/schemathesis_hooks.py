"""What schemathesis cannot know: images, that deleted items can be restored, that models are compared once, zones."""

from __future__ import annotations

import io
import json
from datetime import date
from typing import Any
from zoneinfo import available_timezones

import schemathesis
from hypothesis import strategies as st
from PIL import Image
from schemathesis import Case, CheckContext, HookContext, Response
from schemathesis.specs.openapi.checks import use_after_free

from kaimedia.api.request_schema import BATCH_PROMPT_MAX_CHARS
from kaimedia.models import catalogue

DEFAULT_MODEL = "gpt4o-image"
OF_MANY = ("/batches", "/quotes")
CHANGED = (*OF_MANY, "/limits")
RESTORE = "/media/{media_id}/restore"


def _image(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(out, kind)
    return out.getvalue()


for _kind in ("png", "jpeg", "webp"):
    schemathesis.openapi.media_type(f"image/{_kind}", st.just(_image(_kind)))


@schemathesis.hook
def map_body(context: HookContext, body: Any) -> Any:
    """Without what no schema of a batch can describe: seeds the model lacks, empty choices, a model or limit twice.

    A single prompt is cut to its model's limit, which is that of many prompts in the schema.
    """
    return _describable(context.operation.path, body)


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """The same for boundary values, which are not mapped."""
    if case.path.endswith(CHANGED):  # assigned to others, even the same body is sent another way
        case.body = _describable(case.path, case.body)


def _describable(path: str, body: Any) -> Any:
    if path.endswith("/limits") and isinstance(body, dict) and isinstance(body.get("limits"), list):
        return {**body, "limits": _without_repeated(body["limits"])}
    is_batch = path.endswith(OF_MANY) and isinstance(body, dict)
    requests = body.get("requests") if is_batch else None
    if not isinstance(requests, list) or not all(isinstance(each, dict) for each in requests):
        return body
    body = dict(body)
    if isinstance(body.get("seeds"), int | float) and 1 < body["seeds"] <= 200:
        body["seeds"] = 1
    if body.get("split_prompts") is True:
        body["split_prompts"] = False
    body["requests"] = [_with_single_prompt(each) for each in requests]
    models = [json.dumps(each.get("model")) for each in requests]
    if body.get("kind") == "comparison" and (len(set(models)) < len(models) or not 2 <= len(models) <= 6):
        body["kind"] = "prompts"
    return body


def _without_repeated(limits: list[Any]) -> list[Any]:
    """The first of those with the same scope and token; what is no limit at all stays."""
    found: dict[str, Any] = {}
    for number, limit in enumerate(limits):
        which = [limit.get("scope"), limit.get("token_id", "")] if isinstance(limit, dict) else number
        found.setdefault(json.dumps(which), limit)
    return list(found.values())


def _with_single_prompt(request: dict[str, Any]) -> dict[str, Any]:
    prompt, model = request.get("prompt"), request.get("model", DEFAULT_MODEL)
    spec = catalogue.find(model) if isinstance(model, str) else None
    if spec is None or not isinstance(prompt, str) or len(prompt) > BATCH_PROMPT_MAX_CHARS:
        return request
    return {**request, "prompt": prompt[: spec.prompt_max_chars]} if len(prompt) > spec.prompt_max_chars else request


@schemathesis.hook
def map_query(context: HookContext, query: Any) -> Any:
    """Without what no schema of a query can describe: names that are no time zones, days in the wrong order."""
    if not context.operation.path.endswith("/spending") or not isinstance(query, dict):
        return query
    query = dict(query)
    zone = query.get("time_zone")
    if isinstance(zone, str):
        query["time_zone"] = zone if zone in available_timezones() else "Europe/Berlin"
    days = {name: query[name] for name in ("since", "until") if _is_day(query.get(name))}
    return query | dict.fromkeys(days, "2026-11-22")


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and len(value) == 10 and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


@schemathesis.check
def use_after_free_unless_restored(ctx: CheckContext, response: Response, case: Case) -> bool | None:
    """The built-in check, for items that were not restored before this request."""
    wanted = (case.path_parameters or {}).get("media_id")
    for earlier in ctx.internals.find_all_cases():
        answer = ctx.internals.find_response(case_id=earlier.id)
        is_restore = earlier.path.endswith(RESTORE) and answer is not None and answer.status_code == 200
        if is_restore and (earlier.path_parameters or {}).get("media_id") == wanted:
            return None
    found: bool | None = use_after_free(ctx, response, case)
    return found
