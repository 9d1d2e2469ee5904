"""How long a body says it is, read from headers that may contradict it or each other."""

from __future__ import annotations

import http.client
import re

from kaimedia.media.probe import is_media

ABSURD_BYTES = 2**44  # a length beyond this is no length
_CHUNK_HEAD = re.compile(rb"[0-9A-Fa-f]{1,16}[ \t]*(;[^\r\n]*)?\r?\n?")
_PART = re.compile(r"bytes\s+(\d+)-(\d+)/(\d+)")


def frame(response: http.client.HTTPResponse) -> frozenset[int]:
    """Prepare a response for reading and return the lengths it declares, bytes; empty when it declares none.

    A length that is no number, or zero, counts as none: then the body ends with the connection. Of several the
    longest bounds the reading. A body announced as chunked that begins as a media file is read as it stands.
    """
    if "chunked" in listed(response, "Transfer-Encoding"):
        response.chunked = _is_chunked(response)
        response.chunk_left = None
        if response.chunked:
            response.length = None
            return frozenset()
    lengths = {
        int(text) for text in listed(response, "Content-Length") if text.isascii() and text.isdigit() and len(text) < 20
    }
    declared = frozenset(length for length in lengths if 0 < length < ABSURD_BYTES)
    response.length = max(declared, default=None)
    return declared


def listed(response: http.client.HTTPResponse, name: str) -> list[str]:
    """The members of all header lines of that name, lower case, blanks and parameters off."""
    lines = response.headers.get_all(name) or []
    members = (member.partition(";")[0].strip().strip("\"'").lower() for line in lines for member in line.split(","))
    return [member for member in members if member]


def is_everything(response: http.client.HTTPResponse) -> bool:
    """Whether a 206 nobody asked for holds the file from its first byte to its last."""
    match = _PART.fullmatch((response.headers.get("Content-Range") or "").strip().lower())
    return match is not None and int(match[1]) == 0 and int(match[2]) + 1 == int(match[3])


def _is_chunked(response: http.client.HTTPResponse) -> bool:
    head = response.fp.peek(64)
    return _CHUNK_HEAD.match(head) is not None or not is_media(head)
