"""Which parts of a file a request is for (RFC 9110, 14)."""

from __future__ import annotations

import re
from collections.abc import Sequence

MOST_RANGES = 100
# 18 digits are more than any file size.
_RANGE = re.compile(r"[0-9]{1,18}-[0-9]{0,18}|-[0-9]{1,18}")


def requested(headers: Sequence[str], size_bytes: int) -> list[tuple[int, int]] | None:
    """The parts that lines of a Range header request, each from start to before end, in order and apart.

    None to send the whole file: no header or several, another unit, invalid ranges or too many. Ranges beyond the
    end of the file are left out; an empty list means that all are.
    """
    unit, _, text = headers[0].strip().partition("=") if len(headers) == 1 else ("", "", "")
    parts = [part for part in (part.strip(" \t") for part in text.split(",")) if part]
    if unit.lower() != "bytes" or not 0 < len(parts) <= MOST_RANGES or not all(map(_is_valid, parts)):
        return None
    merged: list[tuple[int, int]] = []
    for start, end in sorted(_span(part, size_bytes) for part in parts):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _is_valid(part: str) -> bool:
    if not _RANGE.fullmatch(part):
        return False
    first, _, last = part.partition("-")
    return not (first and last) or int(first) <= int(last)


def _span(part: str, size_bytes: int) -> tuple[int, int]:
    """Start and end of a valid range; the end is not after the start if the range is beyond the file."""
    first, _, last = part.partition("-")
    if not first:
        return max(0, size_bytes - int(last)), size_bytes
    return int(first), min(int(last) + 1, size_bytes) if last else size_bytes
