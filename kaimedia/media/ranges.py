"""The Range header: what of it is worth answering (RFC 9110, 14.2)."""

from __future__ import annotations

import re
from collections.abc import Sequence

# 18 digits are far more than any file has; longer ones are somebody's joke.
_RANGE = re.compile(r"[0-9]{1,18}-[0-9]{0,18}|-[0-9]{1,18}")


def readable(given: Sequence[str], size_bytes: int) -> str | None:
    """The header to answer, without the ranges that lie beyond the file as long as one lies within.

    None when the whole file is the answer: no header or several, another unit, or ranges that are none.
    """
    unit, _, wanted = given[0].strip().partition("=") if len(given) == 1 else ("", "", "")
    parts = [part for part in (part.strip(" \t") for part in wanted.split(",")) if part]
    if unit.lower() != "bytes" or not parts or not all(map(_is_sound, parts)):
        return None
    within = [part for part in parts if _is_within(part, size_bytes)]
    return f"bytes={','.join(within or parts)}"


def _is_sound(part: str) -> bool:
    if not _RANGE.fullmatch(part):
        return False
    first, _, last = part.partition("-")
    return not (first and last) or int(first) <= int(last)


def _is_within(part: str, size_bytes: int) -> bool:
    first, _, last = part.partition("-")
    return int(first) < size_bytes if first else int(last) > 0
