"""What is said about a task, made from its codes; the same on all surfaces."""

from __future__ import annotations

from kaimedia.domain import TASK_ERRORS, ErrorCode, HoldCode, NoteCode, Phase, Task
from kaimedia.jobs.plan import links_end_at
from kaimedia.providers.registry import is_free, label_of, starting_label_of
from kaimedia.studio.key_problems import key_location
from kaimedia.studio.paid import is_resumable

_RAISE_LIMIT = "Raise the key’s limit at {provider}, or enter another key in {key_location}."
_LEAVE_SANDBOX = "Set KAIMEDIA_PROVIDER to auto and restart, then try again. Nothing was charged."
_ON_HOLD = {
    HoldCode.COPY: "Not sent: this database is a copy. The original may have sent and paid for this. "
    "Send it or dismiss it.",
    HoldCode.PAUSED: "Not sent yet: its batch is paused.",
}
_REPEATED = {
    Phase.PREPARING: "Uploading the reference again",
    Phase.QUEUED: "Not sent yet, trying again",
    Phase.SENDING: "Not sent yet, trying again",
}
_TEXTS = {
    NoteCode.NO_ANSWER: "{Provider} is not responding as expected; checking again. ({reported})",
    NoteCode.KEY_REFUSED: "{Provider} rejected the key. Correct it in {key_location}; this task then resumes.",
    NoteCode.KEY_LIMIT_REACHED: "The key has reached its own limit; checking again. ({reported})",
    NoteCode.FAILURE_UNCONFIRMED: "{Provider} reports a problem; checking again. ({reported})",
    NoteCode.AWAITING_LINK: "{Provider} says it is done; waiting for the link.",
    NoteCode.AWAITING_READABLE_LINK: "{Provider} says it is done; waiting for a readable link.",
    NoteCode.NOT_SAVED_YET: "Generated but not saved yet: {reported} Trying again in {wait_s} s{until}.",
    NoteCode.LINK_EXPIRED: "Generated but not saved yet: {reported} Requesting a new link in {wait_s} s.",
    NoteCode.EXTRA_RESULTS: "{Provider} listed {extra} than requested; not saved.",
}
_UNREPORTED = {NoteCode.INTERNAL_ERROR: "internal error; see the log"}


def note_text(task: Task) -> str | None:
    """What is happening to a task, if its phase does not say it; None when there is nothing to say."""
    if task.hold_code is not None:
        return _ON_HOLD[task.hold_code]
    if task.note_code is None:
        return task.note or None
    if task.phase is Phase.FAILED:  # its reason and next step say it
        return None
    return _TEXTS.get(task.note_code, "{repeated} in {wait_s} s: {reported}").format(
        Provider=starting_label_of(task.provider),
        key_location=key_location(task.provider),
        reported=task.note or _UNREPORTED.get(task.note_code, "no details"),
        repeated=_REPEATED.get(task.phase, "Trying again"),
        wait_s=task.note_wait_s or 0,
        until=_until(task),
        extra="1 more result" if task.extra_results == 1 else f"{task.extra_results:,} more results",
    )


def _until(task: Task) -> str:
    if task.provider_done_at is None:
        return ""
    return f"; the link works at least until {links_end_at(task.provider_done_at):%b %d, %H:%M} UTC"


def next_step(task: Task) -> str:
    """What the user can do about a failed task. Only a task that was never accepted says "Nothing was charged"."""
    code = task.error_code or ErrorCode.PROVIDER_FAILED
    facts = TASK_ERRORS[code]
    if is_resumable(task) and not facts.is_resumable:
        return "You may have been charged. Checking again is free."
    if code is ErrorCode.BAD_KEY and task.note_code is NoteCode.KEY_LIMIT_REACHED:
        return _RAISE_LIMIT.format(provider=label_of(task.provider), key_location=key_location(task.provider))
    if code is ErrorCode.REJECTED and task.note_code is NoteCode.SANDBOX_ONLY:
        return _LEAVE_SANDBOX
    if code is ErrorCode.PROVIDER_FAILED and is_free(task.provider):
        return "Try again to start a new task."
    step = facts.next_step.format(
        provider=label_of(task.provider),
        Provider=starting_label_of(task.provider),
        key_location=key_location(task.provider),
    )
    return f"{step} Nothing was charged." if code is ErrorCode.REJECTED and task.provider_task_id is None else step
