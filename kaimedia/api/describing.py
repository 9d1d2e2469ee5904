"""The OpenAPI document: what FastAPI knows of the routes, brought to what callers really meet."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from kaimedia import __version__
from kaimedia.api.examples import TEXTS, examples
from kaimedia.api.problems import MEDIA_TYPE, Problem

ROOT = "/api"
_ABOUT = """Ask for pictures and clips, watch them being made, fetch and keep them: the same queue and the same rules as
the pages. Nothing here waits for the provider. Every error is a problem document (RFC 9457) with a stable `code`.

Until a token exists, only the machine the studio runs on is answered. With one (made in Settings, or
`KAIMEDIA_API_TOKEN`), every call sends `Authorization: Bearer …`."""
_PROBLEM = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_TOKEN = {"401": "The API token is missing or wrong.", "403": "Not from this machine, or from a foreign page."}
_BODY = {
    "409": "Not possible in its present state, a name is taken, or the idempotency key was used for something else.",
    "413": "The body is too large.",
    "415": "The body is not of a type this route takes.",
    "422": "A field is wrong; `field` names it.",
}
_OTHER = {"404": "There is none.", "422": "A parameter is wrong or unknown; `field` names it."}
_ANY = (
    "Anything else that goes wrong: a call without a host (400) or under a name that is not ours (421), the database "
    "(503), the disk (507), us (500)."
)


def describe(app: FastAPI, *, needs_token: bool) -> dict[str, Any]:
    """The document for this app; `needs_token` tells whether calls without a token are refused."""
    document = get_openapi(title="Kai.ai Media Generator", version=__version__, description=_ABOUT, routes=app.routes)
    document["paths"] = {f"{ROOT}{path}": item for path, item in document["paths"].items()}
    document["servers"] = [{"url": "..", "description": "This studio: relative to the address of this document"}]
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas |= _problem_schemas()
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            _complete(path, method, operation, needs_token=needs_token)
    return document


def _problem_schemas() -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs", {}), "Problem": schema}


def _complete(path: str, method: str, operation: dict[str, Any], *, needs_token: bool) -> None:
    """Errors and security of one operation."""
    responses = operation["responses"]
    is_callback = path.startswith(f"{ROOT}/callbacks/")
    responses.pop("422", None)
    for status, answer in responses.items():
        if status.startswith("2"):
            _exemplify(answer["content"])
    is_open = path == f"{ROOT}/health" or is_callback
    words = {"403": _TOKEN["403"]} if is_open else dict(_TOKEN)
    if is_callback:
        words["413"] = _BODY["413"]
    elif method != "get":
        words |= _BODY
    if "{" in path and not is_callback:
        words["404"] = _OTHER["404"]
    if "cursor" in {parameter["name"] for parameter in operation.get("parameters", ())}:
        words["404"] = "There is no page at this cursor."
    if not {"callbacks", "health"} & set(operation["tags"]):  # those take any query
        words.setdefault("422", _OTHER["422"])
    for status, text in words.items():
        responses.setdefault(status, {"description": text, **_PROBLEM})
    responses["default"] = {"description": _ANY, **_PROBLEM}
    if is_open:
        operation["security"] = []
    else:
        operation["security"] = [{"token": []}] if needs_token else [{"token": []}, {}]


def _exemplify(content: dict[str, Any]) -> None:
    """An example for each form of a success."""
    for media_type, form in content.items():
        name = form["schema"].get("$ref", "").rpartition("/")[2]
        example = TEXTS.get(media_type) or examples().get(name)
        if example is not None:
            form["example"] = example
