"""Who may ask: the bearer key, and what every route needs of a request."""

from __future__ import annotations

import hmac
import json
from typing import Any

from starlette.requests import Request

from kaimedia.sandbox.desk import Desk
from kaimedia.sandbox.faults import Switch, in_prompt
from kaimedia.sandbox.wire import Refused

FAULT_HEADER = "X-Sandbox-Fault"


def desk_of(request: Request) -> Desk:
    """The running sandbox."""
    desk: Desk = request.app.state.desk
    return desk


def base_url(request: Request) -> str:
    """Scheme and host as the client wrote them, so that links fit its way to us."""
    host = request.headers.get("host") or request.url.netloc
    return f"{request.url.scheme}://{host}"


def is_let_in(request: Request) -> bool:
    """True with the right bearer key; any that is not empty when none was set."""
    desk = desk_of(request)
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    wanted = desk.options.api_key
    key = key.strip()
    fits = scheme.lower() == "bearer" and bool(key)
    if fits and wanted is not None:
        fits = hmac.compare_digest(key.encode(), wanted.encode())
    if not fits:
        desk.tally.count("unauthorized", desk.now())
    return fits


def header_switches(request: Request) -> tuple[Switch, ...]:
    """The faults a test asks for in this very request."""
    return in_prompt(f"[fault:{request.headers.get(FAULT_HEADER, '')}]")


async def json_body(request: Request) -> dict[str, Any]:
    """The request's JSON object.

    Raises:
        Refused: 422, it is none.
    """
    try:
        body = json.loads(await request.body())
    except ValueError as error:
        raise Refused(422, "The request body is not valid JSON") from error
    if not isinstance(body, dict):
        raise Refused(422, "The request body must be a JSON object")
    return body
