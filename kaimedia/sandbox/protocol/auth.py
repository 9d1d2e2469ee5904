"""Authorization by bearer key, and helpers every route needs for a request."""

from __future__ import annotations

import hmac
import json
from typing import Any

from starlette.requests import Request

from kaimedia.sandbox.faults.switches import Switch, in_prompt
from kaimedia.sandbox.protocol.replies import Refused
from kaimedia.sandbox.state import SandboxState

FAULT_HEADER = "X-Sandbox-Fault"


def sandbox_of(request: Request) -> SandboxState:
    """The running sandbox."""
    sandbox: SandboxState = request.app.state.sandbox
    return sandbox


def base_url(request: Request) -> str:
    """Scheme and host as the client sent them, so that links work from the client's side."""
    host = request.headers.get("host") or request.url.netloc
    return f"{request.url.scheme}://{host}"


def is_authorized(request: Request) -> bool:
    """True with the right bearer key, or with any non-empty key if none is configured."""
    sandbox = sandbox_of(request)
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    expected = sandbox.options.api_key
    key = key.strip()
    is_valid = scheme.lower() == "bearer" and bool(key)
    if is_valid and expected is not None:
        is_valid = hmac.compare_digest(key.encode(), expected.encode())
    if not is_valid:
        sandbox.counters.count("unauthorized", sandbox.now())
    return is_valid


def header_switches(request: Request) -> tuple[Switch, ...]:
    """The faults that a test turns on for this one request."""
    return in_prompt(f"[fault:{request.headers.get(FAULT_HEADER, '')}]")


async def json_body(request: Request) -> dict[str, Any]:
    """The request's JSON object.

    Raises:
        Refused: 422, the body is not a JSON object.
    """
    try:
        body = json.loads(await request.body())
    except ValueError as error:
        raise Refused(422, "The request body is not valid JSON") from error
    if not isinstance(body, dict):
        raise Refused(422, "The request body must be a JSON object")
    return body
