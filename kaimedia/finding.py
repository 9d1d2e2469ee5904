"""What a check of the installation found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kaimedia.errors import KaimediaError


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of the check; `next_step` says what to do if `is_well` is False."""

    what: str
    is_well: bool
    detail: str
    next_step: str = ""


def guarded(what: str, inspect: Callable[[], Finding]) -> Finding:
    """The result of `inspect`; if it raises a KaimediaError, a finding that says so."""
    try:
        return inspect()
    except KaimediaError as error:
        return Finding(what, False, error.message, error.next_step)
