"""Problem documents as the errors that OpenAI's clients read."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, Field
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kaimedia.api import problems

_TYPES = {401: "authentication_error", 402: "insufficient_quota", 403: "permission_error", 429: "rate_limit_error"}
# OpenAI's clients repeat a request after 409 and 5xx by themselves, which helps only where we say when.
NO_RETRY = {"x-should-retry": "false"}
_KEPT = ("retry-after", "www-authenticate", "x-should-retry", "x-request-id", "location", "allow")


class Error(BaseModel):
    """What went wrong, for people and programs."""

    message: str
    type: str
    param: str | None = Field(description="The invalid field.")
    code: str | None


class ErrorDocument(BaseModel):
    """The body of every response that is no success."""

    error: Error


class OpenAiErrors:
    """ASGI middleware: turns problem documents into `{"error": {"message", "type", "param", "code"}}`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start: Message | None = None
        parts: list[bytes] = []

        async def translated(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_problem(message):
                start = message
                return
            if start is None:
                await send(message)
                return
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                await _response(start, b"".join(parts))(scope, receive, send)

        await self._app(scope, receive, translated)


def _is_problem(message: Message) -> bool:
    return Headers(raw=message["headers"]).get("content-type", "").startswith(problems.MEDIA_TYPE)


def _response(start: Message, body: bytes) -> JSONResponse:
    document: dict[str, Any] = json.loads(body) if body else {}
    status: int = start["status"]
    # OpenAI's clients know 400 for what is wrong with a request, and 404 for a model that does not exist.
    is_model = status == 422 and document.get("field") == "model"
    if status == 422:
        status = 404 if is_model else 400
    error = {
        "message": " ".join(filter(None, (document.get("detail", ""), document.get("next_step", "")))),
        "type": _TYPES.get(status, "invalid_request_error" if status < 500 else "server_error"),
        "param": document.get("field"),
        "code": "model_not_found" if is_model else document.get("code"),
    }
    retries = {} if "retry-after" in Headers(raw=start["headers"]) else NO_RETRY
    kept = retries | {name: value for name, value in Headers(raw=start["headers"]).items() if name in _KEPT}
    return JSONResponse({"error": error}, status, headers={"Cache-Control": "no-store", **kept})
