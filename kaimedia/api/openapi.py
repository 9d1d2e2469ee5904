"""The OpenAPI document: FastAPI's, completed with our errors, security and examples."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from kaimedia import __version__
from kaimedia.api.examples import TEXTS, examples
from kaimedia.api.problems import MEDIA_TYPE, Problem

ROOT = "/api"
_ABOUT = """Generate images and videos, follow their progress, download and manage the results: the same queue
and the same rules as the pages. Requests return without waiting for the result. Every error is a problem document
(RFC 9457) with a stable `code`.

Until an API token is set, only the machine the app runs on can call the API. With one (created in Settings, or
`KAIMEDIA_API_TOKEN`), every request must send `Authorization: Bearer …`."""
_PROBLEM = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_TOKEN = {
    "401": "The API token is missing or wrong.",
    "403": "Not from this machine, from a page of another origin, or not allowed by the API token.",
}
_BODY = {
    "409": "Not possible in the current state, the name is taken, or the idempotency key was used for another request.",
    "413": "The body is too large.",
    "415": "This route does not accept the body's content type.",
    "422": "A field is invalid; `field` names it.",
}
_OTHER = {"404": "Not found.", "422": "A parameter is invalid or unknown; `field` names it."}
_ANY = (
    "Any other error: missing host (400) or unknown host (421), database unavailable (503), disk full (507), internal "
    "error (500)."
)


def describe(app: FastAPI, *, needs_token: bool) -> dict[str, Any]:
    """The document for this app; `needs_token` says whether requests without a token are rejected."""
    document = get_openapi(
        title="Kai.ai Media Generator", version=__version__, description=_ABOUT, routes=app.state.own_routes
    )
    document["paths"] = {f"{ROOT}{path}": item for path, item in document["paths"].items()}
    document["servers"] = [{"url": "..", "description": "This app, relative to the URL of this document"}]
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    _leave_out_other_models(document)
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas |= _problem_schemas()
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            _complete(path, method, operation, needs_token=needs_token)
    return document


def _leave_out_other_models(document: dict[str, Any]) -> None:
    """Remove the body of any other model: without the model's own rules, its schema would accept nearly everything."""
    schemas = document["components"]["schemas"]
    schemas.pop("OtherModelBody", None)
    bodies = [document["paths"][f"{ROOT}/{kind}/generate"]["post"]["requestBody"] for kind in ("images", "videos")]
    unions = [body["content"]["application/json"]["schema"] for body in bodies]
    several = [schemas[name]["properties"]["requests"]["items"] for name in ("NewBatch", "NewQuote")]
    for arms in (*unions, *several):
        for name in ("oneOf", "anyOf"):
            if name in arms:
                arms[name] = [arm for arm in arms[name] if not arm.get("$ref", "").endswith("/OtherModelBody")]
        arms.get("discriminator", {}).get("mapping", {}).pop("OtherModel", None)


def _problem_schemas() -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs", {}), "Problem": schema}


def _complete(path: str, method: str, operation: dict[str, Any], *, needs_token: bool) -> None:
    """Add errors, security and an example to an operation."""
    responses = operation["responses"]
    is_callback = path.startswith(f"{ROOT}/callbacks/")
    responses.pop("422", None)
    for status, answer in responses.items():
        if status.startswith("2"):
            _exemplify(answer["content"])
    is_open = path == f"{ROOT}/health" or is_callback
    errors = {"403": _TOKEN["403"]} if is_open else dict(_TOKEN)
    if is_callback:
        errors["413"] = _BODY["413"]
    elif method != "get":
        errors |= _BODY
    if "{" in path and not is_callback:
        errors["404"] = _OTHER["404"]
    if "cursor" in {parameter["name"] for parameter in operation.get("parameters", ())}:
        errors["404"] = "There is no page at this cursor."
    if not {"callbacks", "health"} & set(operation["tags"]):  # these accept any query
        errors.setdefault("422", _OTHER["422"])
    for status, text in errors.items():
        responses.setdefault(status, {"description": text, **_PROBLEM})
    responses["default"] = {"description": _ANY, **_PROBLEM}
    if is_open:
        operation["security"] = []
    else:
        operation["security"] = [{"token": []}] if needs_token else [{"token": []}, {}]


def _exemplify(content: dict[str, Any]) -> None:
    """Add an example for each content type of a success response."""
    for media_type, media in content.items():
        name = media["schema"].get("$ref", "").rpartition("/")[2]
        example = TEXTS.get(media_type) or examples().get(name)
        if example is not None:
            media["example"] = example
