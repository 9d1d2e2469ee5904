"""Signed media URLs that expire: a URL shown to a signed-in user is useless to others soon after."""

from __future__ import annotations

import hashlib
import hmac
import time
from contextvars import ContextVar
from urllib.parse import parse_qs

SLOT_S = 3600
current_sign_in: ContextVar[str] = ContextVar("current_sign_in", default="")  # id of the request's sign-in


class Signer:
    """Signs file names; a signature is valid for one to two hours.

    The URL of a name stays the same within an hour, so that browsers can cache it.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def query(self, name: str, now_s: float | None = None, *, sign_in: str | None = None) -> str:
        """The query string that gives access to `name`: `until=<seconds since 1970>&signature=<64 hex digits>`.

        For a sign-in (None: the current one) it starts with `sign_in=<id>&`, so that signing out invalidates it.
        """
        sign_in = current_sign_in.get() if sign_in is None else sign_in
        until = (int(time.time() if now_s is None else now_s) // SLOT_S + 2) * SLOT_S
        by = f"sign_in={sign_in}&" if sign_in else ""
        return f"{by}until={until}&signature={self._signature(name, until, sign_in)}"

    def is_valid(self, name: str, query: str, now_s: float | None = None) -> bool:
        """Whether a query string gives access to `name` now; other parameters are ignored."""
        parameters = parse_qs(query, max_num_fields=20) if query.count("&") < 20 else {}
        until, signature = parameters.get("until", []), parameters.get("signature", [])
        if len(until) != 1 or len(signature) != 1 or not _is_number(until[0]) or not signature[0].isascii():
            return False
        is_authentic = hmac.compare_digest(self._signature(name, int(until[0]), sign_in_of(query)), signature[0])
        return is_authentic and (time.time() if now_s is None else now_s) < int(until[0])

    def _signature(self, name: str, until: int, sign_in: str) -> str:
        by = f"\n{sign_in}" if sign_in else ""
        return hmac.new(self._key, f"{name}\n{until}{by}".encode(), hashlib.sha256).hexdigest()


def sign_in_of(query: str) -> str:
    """The sign-in id in a query, "" if there is none or more than one; does not check the signature."""
    parameters = parse_qs(query, max_num_fields=20).get("sign_in", []) if query.count("&") < 20 else []
    return parameters[0] if len(parameters) == 1 else ""


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12
