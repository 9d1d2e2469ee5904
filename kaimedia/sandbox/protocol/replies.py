"""kie.ai's envelope, used by every reply of the API host, including errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

ABSENT: Final = object()
JSON_TYPE = "application/json;charset=UTF-8"
GATEWAY_PAGE = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    "<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n"
)


class Refused(Exception):
    """A business error to be returned in an envelope: the wire's code and message."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


@dataclass(frozen=True, slots=True)
class Reply:
    """One envelope. `data` ABSENT omits the key, as with code 401."""

    code: int | str
    message: str = "success"
    data: Any = None
    http_status: int = 200
    headers: Mapping[str, str] | None = None

    def body(self) -> dict[str, Any]:
        """The envelope as a mapping."""
        envelope: dict[str, Any] = {"code": self.code, "msg": self.message}
        if self.data is not ABSENT:
            envelope["data"] = self.data
        return envelope

    def response(self) -> Response:
        """The envelope as an HTTP response."""
        return json_response(self.body(), self.http_status, self.headers)


def json_response(value: Any, http_status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Any value as JSON in the wire's content type."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(text, http_status, dict(headers or {}), media_type=JSON_TYPE)


UNAUTHORIZED = Reply(401, "Unauthorized – Authentication failed.", ABSENT)
RATE_LIMITED = Reply(429, "Your call frequency is too high. Please try again later.")
RATE_LIMITED_HTTP = Reply(429, RATE_LIMITED.message, None, 429, {"Retry-After": "1"})
NO_CREDITS = "Credits insufficient : Your current balance isn’t enough to run this request. Please top up to continue."
PAUSED = Reply(500, "This interface is temporarily paused")


def gateway_error() -> Response:
    """What the proxy in front of the provider responds when it gets no answer."""
    return Response(GATEWAY_PAGE, 502, media_type="text/html")
