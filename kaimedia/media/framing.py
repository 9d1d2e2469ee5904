"""The length a response declares, from headers that may contradict the body or each other."""

from __future__ import annotations

import http.client
import re

from kaimedia.media.probe import is_media

ABSURD_BYTES = 2**44  # a declared length from here on is ignored
_CHUNK_HEAD = re.compile(rb"[0-9A-Fa-f]{1,16}[ \t]*(;[^\r\n]*)?\r?\n?")
_PART = re.compile(r"bytes\s+(\d+)-(\d+)/(\d+)")


def frame(response: http.client.HTTPResponse) -> frozenset[int]:
    """Prepare a response for reading and return the lengths it declares, in bytes; empty if it declares none.

    An invalid length, or zero, is ignored: the body then ends with the connection. With several lengths at most the
    longest is read. A body declared as chunked that starts like a media file is read without chunk decoding.
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
    """The members of all header lines of that name, lower case, without spaces, quotes and parameters."""
    lines = response.headers.get_all(name) or []
    members = (member.partition(";")[0].strip().strip("\"'").lower() for line in lines for member in line.split(","))
    return [member for member in members if member]


def is_everything(response: http.client.HTTPResponse) -> bool:
    """Whether an unrequested 206 response contains the whole file, from its first byte to its last."""
    match = _PART.fullmatch((response.headers.get("Content-Range") or "").strip().lower())
    return match is not None and int(match[1]) == 0 and int(match[2]) + 1 == int(match[3])


def _is_chunked(response: http.client.HTTPResponse) -> bool:
    head = response.fp.peek(64)
    return _CHUNK_HEAD.match(head) is not None or not is_media(head)
