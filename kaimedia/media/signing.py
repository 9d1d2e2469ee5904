"""Addresses of media that hold for a while: what a page shows to a person who signed in, others cannot use for long."""

from __future__ import annotations

import hashlib
import hmac
import time
from contextvars import ContextVar
from urllib.parse import parse_qs

SLOT_S = 3600
on_behalf_of: ContextVar[str] = ContextVar("on_behalf_of", default="")  # the sign-in a call is made under


class Signer:
    """Signs file names until the end of the next full hour.

    A name keeps its address within an hour, so that browsers find it in their cache; it holds one to two hours.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def query(self, name: str, now_s: float | None = None, *, sign_in: str | None = None) -> str:
        """The query that opens `name`: `until=<seconds since 1970>&signature=<64 hex digits>`.

        Made for a sign-in (None: that of the call under way) it begins with `sign_in=<id>&`, so that it ends with it.
        """
        sign_in = on_behalf_of.get() if sign_in is None else sign_in
        until = (int(time.time() if now_s is None else now_s) // SLOT_S + 2) * SLOT_S
        by = f"sign_in={sign_in}&" if sign_in else ""
        return f"{by}until={until}&signature={self._signature(name, until, sign_in)}"

    def holds(self, name: str, query: str, now_s: float | None = None) -> bool:
        """Whether a query opens `name` now; other parameters beside the two are not looked at."""
        given = parse_qs(query, max_num_fields=20) if query.count("&") < 20 else {}
        until, signature = given.get("until", []), given.get("signature", [])
        if len(until) != 1 or len(signature) != 1 or not _is_number(until[0]) or not signature[0].isascii():
            return False
        is_right = hmac.compare_digest(self._signature(name, int(until[0]), sign_in_of(query)), signature[0])
        return is_right and (time.time() if now_s is None else now_s) < int(until[0])

    def _signature(self, name: str, until: int, sign_in: str) -> str:
        by = f"\n{sign_in}" if sign_in else ""
        return hmac.new(self._key, f"{name}\n{until}{by}".encode(), hashlib.sha256).hexdigest()


def sign_in_of(query: str) -> str:
    """The sign-in a query names, "" when it names none or several; says nothing about its signature."""
    given = parse_qs(query, max_num_fields=20).get("sign_in", []) if query.count("&") < 20 else []
    return given[0] if len(given) == 1 else ""


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12
