"""What is happening to a task, where its phase does not say it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class NoteCode(StrEnum):
    """What keeps a task waiting or is worth knowing about it, as stored in `tasks.note_code`."""

    PROVIDER_UNREACHABLE = "provider_unreachable"  # an upload or a send: no connection, or no usable reply
    NO_ANSWER = "no_answer"  # polls: several in a row said nothing about the task
    PROVIDER_BUSY = "provider_busy"  # it answers, but takes no tasks now
    RATE_LIMITED = "rate_limited"  # too many tasks or requests at once
    KEY_REFUSED = "key_refused"  # while polling
    KEY_LIMIT_REACHED = "key_limit_reached"  # the key is valid, its own spending limit is reached
    SANDBOX_ONLY = "sandbox_only"  # not sent: KAIMEDIA_PROVIDER is sandbox, and the task's provider charges
    REFERENCE_UNREACHABLE = "reference_unreachable"  # the link to the reference image does not work at the moment
    STORAGE_FULL = "storage_full"  # no disk space for the result
    STORAGE_UNAVAILABLE = "storage_unavailable"  # the media storage does not respond
    DATABASE_UNAVAILABLE = "database_unavailable"
    INTERNAL_ERROR = "internal_error"
    FAILURE_UNCONFIRMED = "failure_unconfirmed"  # a reply says "failed", but not the task's own record
    AWAITING_LINK = "awaiting_link"  # done at the provider, without a link to the result
    AWAITING_READABLE_LINK = "awaiting_readable_link"  # the same, with something that is no link
    NOT_SAVED_YET = "not_saved_yet"  # generated, fetched again
    LINK_EXPIRED = "link_expired"  # generated, another link is requested
    EXTRA_RESULTS = "extra_results"  # the provider listed more than requested

    @property
    def is_outage(self) -> bool:
        """True if the provider does not respond."""
        return self in (NoteCode.PROVIDER_UNREACHABLE, NoteCode.NO_ANSWER)


NO_NOTE: Mapping[str, Any] = {"note_code": None, "note": None, "note_wait_s": None}


def note_fields(code: NoteCode, reported: str | None = None, *, wait_s: float | None = None) -> dict[str, Any]:
    """The fields of a task with this note.

    `reported` is what the provider or the error said; `wait_s` is the time until the next try, in seconds.
    """
    return {"note_code": code, "note": reported or "", "note_wait_s": None if wait_s is None else round(wait_s)}
