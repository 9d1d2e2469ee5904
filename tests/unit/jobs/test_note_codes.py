"""Notes about tasks: the code of each cause, and the sentence made from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kaimedia.domain import (
    ErrorCode,
    GenerationRequest,
    HoldCode,
    Modality,
    NoteCode,
    Phase,
    ProviderName,
    Task,
    note_fields,
)
from kaimedia.domain.closing import ClosedReason
from kaimedia.errors import (
    AuthFailed,
    DatabaseClosed,
    FetchFailed,
    InvalidRequest,
    KeyLimitReached,
    ProviderBusy,
    ProviderUnavailable,
    RateLimited,
    StorageFull,
    StoreUnavailable,
)
from kaimedia.jobs import failures, polling
from kaimedia.models import catalogue
from kaimedia.providers.base import Report, TaskState
from kaimedia.studio import next_step, note_text

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


def task(phase: Phase = Phase.GENERATING, **fields: Any) -> Task:
    values: dict[str, Any] = {
        "task_id": "0" * 32,
        "modality": Modality.IMAGE,
        "model": "gpt4o-image",
        "provider": ProviderName.KIE,
        "request": GenerationRequest("gpt4o-image", "a boat", "1:1"),
        "status": phase.status,
        "phase": phase,
        "progress": None,
        "media_ids": (),
        "created_at": NOW - timedelta(seconds=50),
        "updated_at": NOW,
        "accepted_at": NOW - timedelta(seconds=45),
    }
    return Task(**{**values, **fields})


def polled(report: Report, before: Task, *, age_s: float = 45.0) -> Task:
    """The task after one poll."""
    spec = catalogue.get(before.model)
    fields = polling.apply_poll(before, spec, report, age_s=age_s, now=NOW, first_s=None)
    return replace(before, **fields)


@pytest.mark.parametrize(
    ("error", "code", "is_outage"),
    [
        (ProviderUnavailable("No connection."), NoteCode.PROVIDER_UNREACHABLE, True),
        (ProviderBusy("Its queue is full."), NoteCode.PROVIDER_BUSY, False),
        (RateLimited("Slow down."), NoteCode.RATE_LIMITED, False),
        (FetchFailed("The link broke off."), NoteCode.REFERENCE_UNREACHABLE, False),
        (StorageFull("Full."), NoteCode.STORAGE_FULL, False),
        (StoreUnavailable("Locked."), NoteCode.DATABASE_UNAVAILABLE, False),
        (
            DatabaseClosed("Gone.", reason=ClosedReason.DAMAGED, next_step="Restart."),
            NoteCode.DATABASE_UNAVAILABLE,
            False,
        ),
        (InvalidRequest("Odd.", field="model"), NoteCode.INTERNAL_ERROR, False),
        (RuntimeError("secret"), NoteCode.INTERNAL_ERROR, False),
    ],
)
def test_a_repeated_step_says_why(error: Exception, code: NoteCode, is_outage: bool) -> None:
    change = failures.after_error(task(Phase.QUEUED), error, NOW)
    assert (change.fields["note_code"], code.is_outage) == (code, is_outage)
    text = note_text(task(Phase.QUEUED, **{name: change.fields[name] for name in ("note_code", "note", "note_wait_s")}))
    said = "internal error; see the log" if isinstance(error, RuntimeError) else str(error)
    assert text == f"Not sent yet, trying again in 2 s: {said}"


@pytest.mark.parametrize(
    ("report", "code", "expected"),
    [
        (
            Report(TaskState.FAILED, message="Unauthorized.", fault=ErrorCode.BAD_KEY),
            NoteCode.KEY_REFUSED,
            "kie.ai rejected the key. Correct it in Settings; this task then resumes.",
        ),
        (
            Report(TaskState.FAILED, message="No more.", fault=ErrorCode.BAD_KEY, is_key_limit=True),
            NoteCode.KEY_LIMIT_REACHED,
            "The key has reached its own limit; checking again. (No more.)",
        ),
        (
            Report(TaskState.FAILED, message="Odd.", fault=ErrorCode.REJECTED),
            NoteCode.FAILURE_UNCONFIRMED,
            "kie.ai reports a problem; checking again. (Odd.)",
        ),
        (
            Report(TaskState.PROCESSING, is_recorded=True, lacks_result=True),
            NoteCode.AWAITING_LINK,
            "kie.ai says it is done; waiting for the link.",
        ),
        (
            Report(TaskState.PROCESSING, is_recorded=True, lacks_result=True, has_unreadable_result=True),
            NoteCode.AWAITING_READABLE_LINK,
            "kie.ai says it is done; waiting for a readable link.",
        ),
    ],
)
def test_a_poll_says_what_it_waits_for(report: Report, code: NoteCode, expected: str) -> None:
    after = polled(report, task())
    assert (after.note_code, note_text(after)) == (code, expected)
    assert not code.is_outage
    answered = polled(Report(TaskState.PROCESSING, is_recorded=True, is_running=True), after)
    assert (answered.note_code, note_text(answered)) == (None, None)


def test_only_several_polls_without_an_answer_are_an_outage() -> None:
    silent = Report(TaskState.PROCESSING, is_transient=True, message="No connection.")
    codes, now = [], task()
    for _ in range(polling.UNANSWERED_POLLS):
        now = polled(silent, now)
        codes.append(now.note_code)
    assert codes == [*[None] * (polling.UNANSWERED_POLLS - 1), NoteCode.NO_ANSWER] and NoteCode.NO_ANSWER.is_outage
    assert note_text(now) == "kie.ai is not responding as expected; checking again. (No connection.)"
    there = replace(now, provider=ProviderName.SANDBOX, note="")
    assert note_text(there) == "The sandbox is not responding as expected; checking again. (no details)"


def test_a_task_that_failed_at_the_keys_limit_says_so_in_its_next_step() -> None:
    capped = task(**failures.from_error(KeyLimitReached("No more.")))
    refused = task(**failures.from_error(AuthFailed("No.")))
    assert capped.error_code is refused.error_code is ErrorCode.BAD_KEY
    assert next_step(capped).startswith("Raise the key’s limit at kie.ai")
    assert next_step(refused).startswith("Check the key in Settings")
    assert note_text(capped) is None and note_text(refused) is None


@pytest.mark.parametrize("code", NoteCode)
@pytest.mark.parametrize(
    "phase", [Phase.PREPARING, Phase.QUEUED, Phase.SENDING, Phase.WAITING, Phase.SAVING, Phase.DONE]
)
def test_every_code_is_a_sentence(code: NoteCode, phase: Phase) -> None:
    noted = task(phase, **note_fields(code, "It said no.", wait_s=2.4), extra_results=2, provider_done_at=NOW)
    text = note_text(noted) or ""
    assert text[-1] in ".)" and "{" not in text and "None" not in text


def test_the_time_left_is_that_of_the_links() -> None:
    noted = task(Phase.SAVING, **note_fields(NoteCode.NOT_SAVED_YET, "It was empty.", wait_s=2.0), provider_done_at=NOW)
    assert note_text(noted) == (
        "Generated but not saved yet: It was empty. "
        "Trying again in 2 s; the link works at least until Dec 01, 09:00 UTC."
    )
    assert note_text(replace(noted, provider_done_at=None)) == (
        "Generated but not saved yet: It was empty. Trying again in 2 s."
    )


def test_a_text_of_an_older_version_is_shown_as_it_is() -> None:
    assert note_text(task(note="Sending again in 20 s: …")) == "Sending again in 20 s: …"
    held = task(Phase.QUEUED, hold_code=HoldCode.COPY)
    assert "this database is a copy" in (note_text(held) or "")
