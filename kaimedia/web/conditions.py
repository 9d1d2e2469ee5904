"""Conditional requests: send the file, 304 or 412 (RFC 9110, 13)."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime

from starlette.datastructures import Headers

_TAG = re.compile(r'(W/)?"[^"]*"')
NOT_MODIFIED, PRECONDITION_FAILED = 304, 412


def verdict(request: Headers, etag: str, last_modified: str) -> int | None:
    """304, 412, or None to send the file; conditions are evaluated in the order of RFC 9110, 13.2.2."""
    if expected := _joined(request, "if-match"):
        if expected != "*" and etag not in _tags(expected):  # weak tags never match here
            return PRECONDITION_FAILED
    elif _is_at_most(last_modified, request.get("if-unmodified-since")) is False:
        return PRECONDITION_FAILED
    if known := _joined(request, "if-none-match"):
        plain = {tag.removeprefix("W/") for tag in _tags(known)}
        return NOT_MODIFIED if known == "*" or etag in plain else None
    return NOT_MODIFIED if _is_at_most(last_modified, request.get("if-modified-since")) else None


def _joined(request: Headers, name: str) -> str:
    """All lines of a header joined into one."""
    return ",".join(request.getlist(name)).strip()


def _tags(line: str) -> set[str]:
    return {match[0] for match in _TAG.finditer(line)}


def _is_at_most(last_modified: str, date: str | None) -> bool | None:
    """Whether the file is no newer than that date; None if it is not a date or has no time zone."""
    if date is None:
        return None
    try:
        return parsedate_to_datetime(last_modified) <= parsedate_to_datetime(date)
    except (ValueError, TypeError):
        return None
