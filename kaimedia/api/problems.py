"""Errors over HTTP: all are problem documents (RFC 9457) with a message and a code."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kaimedia.api.validation_messages import BODY_NAMES, findings
from kaimedia.errors import ERRORS, ConfigError, InvalidRequest, KaimediaError, ProviderError
from kaimedia.log import request_id

log = logging.getLogger("kaimedia.api")

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = "5"
_TRY_AGAIN = "Try again in a few seconds; running tasks continue automatically."
# Problems of HTTP alone; those of the app are in `kaimedia.error_table`.
_TITLES = {
    "token_missing": "An API token is needed",
    "token_wrong": "This API token is not valid",
    "scope_missing": "This API token does not allow it",
    "token_unset": "Only this machine can call the API",
    "closed": "Unavailable at the moment",
    "body_too_large": "The body is too large",
    "not_json": "The body must be JSON",
}


class FieldError(BaseModel):
    """An invalid field."""

    field: str
    message: str


class Problem(BaseModel):
    """An error, for people (`title`, `detail`, `next_step`) and for programs (`code`, `field`)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "Check the request",
                "status": 422,
                "detail": "GPT-4o Image supports 1:1, 3:2 or 2:3, not 7:1.",
                "code": "invalid_request",
                "next_step": "Correct the field and try again. Nothing was sent.",
                "field": "aspect_ratio",
                "request_id": "5f0c2b7f9d3e4c1a",
            }
        }
    )

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable, unlike the texts.")
    next_step: str | None = Field(None, description="What to do about it.")
    field: str | None = Field(None, description="The invalid field, for 422.")
    errors: list[FieldError] | None = Field(None, description="All invalid fields, if there are several.")
    request_id: str | None = Field(None, description="Identifies this request in the log.")


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    next_step: str | None = None,
    field: str | None = None,
    errors: Sequence[FieldError] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """A problem document as a response."""
    body = Problem(
        title=ERRORS[code].title if code in ERRORS else _TITLES.get(code) or HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        next_step=next_step,
        field=field,
        errors=list(errors) if errors else None,
        request_id=request_id.get(),
    )
    answer = JSONResponse(body.model_dump(exclude_none=True), status, media_type=MEDIA_TYPE)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers.update(headers or {})
    return answer


def of_error(error: KaimediaError) -> JSONResponse:
    """The response for an error of the app."""
    field = BODY_NAMES.get(error.field, error.field) if isinstance(error, InvalidRequest) else None
    if isinstance(error, ConfigError):
        field = error.setting
    headers = {"Retry-After": RETRY_AFTER_S} if error.retryable else None
    # Their own steps are about a task, which the engine retries; the API caller has to repeat the request.
    step = _TRY_AGAIN if error.retryable and isinstance(error, ProviderError) else error.next_step
    return problem(error.http_status, error.code, error.message, next_step=step, field=field, headers=headers)


def _of_validation(error: RequestValidationError) -> JSONResponse:
    if any(one["type"] == "json_invalid" for one in error.errors()):
        return _invalid_json()
    found = [FieldError(field=field, message=message) for field, message in findings(error.errors())]
    several = found if len(found) > 1 else None
    step = InvalidRequest.facts.next_step
    return problem(422, "invalid_request", found[0].message, next_step=step, field=found[0].field, errors=several)


def _invalid_json() -> JSONResponse:
    return problem(422, "invalid_request", "The body is not valid JSON.", field="body")


async def _of_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == 400:  # only raised by FastAPI, for JSON it cannot read
        return _invalid_json()
    if error.status_code == 405:
        error.headers = {"Allow": ", ".join(sorted(_methods(request)))}
    phrase = HTTPStatus(error.status_code).phrase
    code = phrase.lower().replace(" ", "_")
    detail = error.detail if error.detail != phrase else f"{phrase}."
    return problem(error.status_code, code, detail, headers=error.headers)


def _methods(request: Request) -> set[str]:
    """The methods a path accepts; a route without parameters takes precedence over parameterized ones."""
    matching = [route for route in request.app.state.own_routes if route.matches(request.scope)[0] is not Match.NONE]
    exact = [route for route in matching if not getattr(route, "param_convertors", None)]
    found: set[str] = set().union(*(getattr(route, "methods", None) or set() for route in exact or matching))
    return found | {"HEAD"} if "GET" in found else found


async def _of_kaimedia(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, KaimediaError)
    return of_error(error)


async def _of_request(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return _of_validation(error)


def install(app: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """Turn every error of the routes into a problem document."""
    app.state.own_routes = tuple(routes)
    app.add_exception_handler(KaimediaError, _of_kaimedia)
    app.add_exception_handler(RequestValidationError, _of_request)
    app.add_exception_handler(HTTPException, _of_http)


class LastResort:
    """ASGI middleware: unhandled exceptions become a 500. Details go to the log, never to the caller."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:  # the API's boundary: the caller gets a problem document without details
            log.exception("unhandled error in %s %s", scope.get("method"), scope.get("path"))
            if has_begun:
                raise
            detail = "An internal error occurred; find it in the log by the request id."
            await problem(500, "error", detail)(scope, receive, send)
