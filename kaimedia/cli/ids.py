"""Ids on the command line: a task's id (32 hex digits) or a gallery item's number."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kaimedia.errors import InvalidRequest

_TASK_ID = re.compile(r"[0-9a-f]{32}")
_MEDIA_ID = re.compile(r"[0-9]{1,18}")


def is_task_id(text: str) -> bool:
    """Whether `text` looks like a task id."""
    return _TASK_ID.fullmatch(text) is not None


def is_media_id(text: str) -> bool:
    """Whether `text` looks like an item number."""
    return _MEDIA_ID.fullmatch(text) is not None


def task_ids(typed: Sequence[str]) -> list[str]:
    """Each id once, in the order typed.

    Raises:
        InvalidRequest: one of them is not a task id.
    """
    ids = list(dict.fromkeys(text.strip() for text in typed))
    for text in ids:
        if not is_task_id(text):
            raise _malformed(text, "a task id (32 hex digits)", "list")
    return ids


def media_ids(typed: Sequence[str]) -> list[int]:
    """Each number once, in the order typed.

    Raises:
        InvalidRequest: one of them is not an item number.
    """
    for text in typed:
        if not is_media_id(text.strip()):
            raise _malformed(text, "an item number", "list media")
    return list(dict.fromkeys(int(text) for text in typed))


def _malformed(text: str, kind: str, command: str) -> InvalidRequest:
    return InvalidRequest(
        f"“{text[:80]}” is not {kind}.",
        field="id",
        next_step=f"`python -m kaimedia {command}` lists them. Nothing was changed.",
    )
