"""Ids as typed: of a task (32 hex digits), or the number of an item of the gallery."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kaimedia.errors import InvalidRequest

_TASK_ID = re.compile(r"[0-9a-f]{32}")
_MEDIA_ID = re.compile(r"[0-9]{1,18}")


def is_task_id(text: str) -> bool:
    """Whether it has the form of a task's id."""
    return _TASK_ID.fullmatch(text) is not None


def is_media_id(text: str) -> bool:
    """Whether it has the form of an item's number."""
    return _MEDIA_ID.fullmatch(text) is not None


def task_ids(given: Sequence[str]) -> list[str]:
    """Each id once, in the order typed.

    Raises:
        InvalidRequest: one of them is no task's id.
    """
    ids = list(dict.fromkeys(text.strip() for text in given))
    for text in ids:
        if not is_task_id(text):
            raise _malformed(text, "a task's id (32 hex digits)", "list")
    return ids


def media_ids(given: Sequence[str]) -> list[int]:
    """Each number once, in the order typed.

    Raises:
        InvalidRequest: one of them is no number of an item.
    """
    for text in given:
        if not is_media_id(text.strip()):
            raise _malformed(text, "the number of an item", "list media")
    return list(dict.fromkeys(int(text) for text in given))


def _malformed(text: str, kind: str, command: str) -> InvalidRequest:
    return InvalidRequest(
        f"“{text[:80]}” is not {kind}.",
        field="id",
        next_step=f"`python -m kaimedia {command}` lists them. Nothing was changed.",
    )
