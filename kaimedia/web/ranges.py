"""The Range header (RFC 9110, 14.2)."""

from __future__ import annotations

import re
from collections.abc import Sequence

# 18 digits are more than any file size.
_RANGE = re.compile(r"[0-9]{1,18}-[0-9]{0,18}|-[0-9]{1,18}")


def readable(headers: Sequence[str], size_bytes: int) -> str | None:
    """The Range header to use, without ranges beyond the end of the file if at least one is within it.

    None to send the whole file: no header or several, another unit, or invalid ranges.
    """
    unit, _, text = headers[0].strip().partition("=") if len(headers) == 1 else ("", "", "")
    parts = [part for part in (part.strip(" \t") for part in text.split(",")) if part]
    if unit.lower() != "bytes" or not parts or not all(map(_is_valid, parts)):
        return None
    within = [part for part in parts if _is_within(part, size_bytes)]
    return f"bytes={','.join(within or parts)}"


def _is_valid(part: str) -> bool:
    if not _RANGE.fullmatch(part):
        return False
    first, _, last = part.partition("-")
    return not (first and last) or int(first) <= int(last)


def _is_within(part: str, size_bytes: int) -> bool:
    first, _, last = part.partition("-")
    return int(first) < size_bytes if first else int(last) > 0
