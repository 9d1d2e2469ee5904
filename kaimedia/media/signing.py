"""Addresses of media that hold for a while: what a page shows to a person who signed in, others cannot use for long."""

from __future__ import annotations

import hashlib
import hmac
import time
from urllib.parse import parse_qs

SLOT_S = 3600


class Signer:
    """Signs file names until the end of the next full hour.

    A name keeps its address within an hour, so that browsers find it in their cache; it holds one to two hours.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def query(self, name: str, now_s: float | None = None) -> str:
        """The query that opens `name`: `until=<seconds since 1970>&signature=<64 hex digits>`."""
        until = (int(time.time() if now_s is None else now_s) // SLOT_S + 2) * SLOT_S
        return f"until={until}&signature={self._signature(name, until)}"

    def holds(self, name: str, query: str, now_s: float | None = None) -> bool:
        """Whether a query opens `name` now; other parameters beside the two are not looked at."""
        given = parse_qs(query, max_num_fields=20) if query.count("&") < 20 else {}
        until, signature = given.get("until", []), given.get("signature", [])
        if len(until) != 1 or len(signature) != 1 or not _is_number(until[0]) or not signature[0].isascii():
            return False
        is_right = hmac.compare_digest(self._signature(name, int(until[0])), signature[0])
        return is_right and (time.time() if now_s is None else now_s) < int(until[0])

    def _signature(self, name: str, until: int) -> str:
        return hmac.new(self._key, f"{name}\n{until}".encode(), hashlib.sha256).hexdigest()


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12
