"""Turns the report of a poll into task fields: pure functions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from kaimedia.domain import NO_NOTE, ErrorCode, NoteCode, Phase, Task, note_fields
from kaimedia.jobs import failures, plan
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.base import Report, TaskState
from kaimedia.providers.registry import is_free, starting_label_of

UNSURE_TRIES = 3  # responses in a row that say "failed" without a task record
UNANSWERED_POLLS = 3  # unanswered polls before the card mentions it
UNPROVEN_GRACE_S = 90.0  # an id that may be mistyped, and no record of it by then: say so
FREE_GRACE_S = 10.0  # no record of a free task by then: its provider has lost it, and nothing was charged
SKEW = timedelta(seconds=5)
_RUNNING = (Phase.WAITING, Phase.GENERATING)


def apply_poll(
    task: Task,
    spec: ModelSpec,
    report: Report,
    *,
    age_s: float,
    measured_age_s: float | None = None,
    done_age_s: float = 0.0,
    now: datetime,
    first_s: float | None,
) -> dict[str, Any]:
    """The fields to change after one poll of a task accepted `age_s` ago and reported done `done_age_s` ago, seconds.

    `measured_age_s` is the age by the monotonic clock alone, where this process saw the task accepted.

    A task the provider accepted is paid: only its own record ends it for good. Any other failure (a code in
    the envelope, a missing record, the deadline) is shown to the user, and the task is polled for another day.
    """
    fields = (
        _after_failure(task, spec, report, measured_age_s=measured_age_s, now=now, first_s=first_s)
        if task.phase is Phase.FAILED and not _is_settled(report)
        else _after(task, spec, report, age_s=age_s, now=now, first_s=first_s)
    )
    if report.lacks_result and done_age_s > plan.NO_RESULT_GRACE_S and fields.get("phase", task.phase) in _RUNNING:
        fields = _without_result(task, report, now) | {"provider_done_at": fields["provider_done_at"]}
    if task.accepted_at and task.accepted_at > now + SKEW:
        fields["accepted_at"] = now  # was written while the clock was ahead
    if task.is_id_unproven and _is_healthy(report):
        fields["is_id_unproven"] = False  # from now on nothing may replace it
    return fields


def _is_healthy(report: Report) -> bool:
    is_seen = report.is_recorded or report.is_running or report.state is TaskState.COMPLETED
    return is_seen and report.state is not TaskState.FAILED


def _after(
    task: Task, spec: ModelSpec, report: Report, *, age_s: float, now: datetime, first_s: float | None
) -> dict[str, Any]:
    if report.state is TaskState.COMPLETED:
        return _finished(task, spec, report, now)
    if (report.is_missing or report.is_empty) and _may_be_given_up(task) and age_s > FREE_GRACE_S:
        return failures.lost_by_free_provider(task.provider)
    if report.state is TaskState.FAILED and report.is_recorded:
        # An amount reported while it was running is not charged for a task that failed.
        return failures.from_report(report) | {"credits_actual": report.credits}
    if report.state is TaskState.FAILED and report.fault is not ErrorCode.BAD_KEY:
        return _unsure(task, report, now)
    if report.is_empty and task.is_id_unproven and age_s > UNPROVEN_GRACE_S:
        return _unknown_id(task, now)
    if age_s > spec.deadline_s:
        return _past_deadline(task, spec, now)
    return _still_running(task, spec, report, age_s=age_s, now=now, first_s=first_s)


def _may_be_given_up(task: Task) -> bool:
    """True if a task without a record can be ended at once: it is free, and its id is not one that a user typed."""
    return is_free(task.provider) and not task.is_id_unproven


def _finished(task: Task, spec: ModelSpec, report: Report, now: datetime) -> dict[str, Any]:
    limit = plan.max_results(spec, task.request.variants)
    return {
        "phase": Phase.SAVING,
        "result_urls": report.result_urls[:limit],
        "extra_results": max(0, len(report.result_urls) - limit),
        "provider_done_at": task.provider_done_at or now,
        "credits_actual": report.credits if report.credits is not None else task.credits_actual,
        "error_code": None,
        "error_message": None,
        "may_have_cost": False,
        **NO_NOTE,
        "due_at": now,
    }


def _is_settled(report: Report) -> bool:
    return report.state is TaskState.COMPLETED or (report.state is TaskState.FAILED and report.is_recorded)


def _after_failure(
    task: Task, spec: ModelSpec, report: Report, *, measured_age_s: float | None, now: datetime, first_s: float | None
) -> dict[str, Any]:
    """The fields for a task marked as failed that may still finish: polled for a day's worth of answered polls.

    An unanswered poll says nothing about the task: an outage of days must not use up its day.
    """
    age_s = (now - (task.accepted_at or task.created_at)).total_seconds()
    # By either clock: a poll under a wrong wall clock moved `accepted_at`; then only the monotonic one is right.
    is_in_time = any(each is not None and 0 <= each <= spec.deadline_s for each in (age_s, measured_age_s))
    if task.error_code is ErrorCode.EXPIRED and report.is_running and is_in_time:  # ended by a wrong clock
        fields = _still_running(task, spec, report, age_s=max(0.0, age_s), now=now, first_s=first_s)
        return fields | {"phase": Phase.GENERATING, "may_have_cost": False}
    is_answered = (report.is_empty or not report.is_transient) and report.fault is not ErrorCode.BAD_KEY
    attempts = task.attempts + is_answered
    limit = plan.SLOW_SAVES if task.error_code is ErrorCode.NOT_SAVED else plan.SLOW_POLLS
    again_at = now + timedelta(seconds=plan.SLOW_POLL_S) if attempts < limit else None
    return {"due_at": again_at, "attempts": attempts}


def _unsure(task: Task, report: Report, now: datetime) -> dict[str, Any]:
    if not report.is_missing and task.attempts + 1 < UNSURE_TRIES:
        again_at = now + timedelta(seconds=plan.back_off_s(task.attempts + 1))
        note = note_fields(NoteCode.FAILURE_UNCONFIRMED, report.message)
        return {"attempts": task.attempts + 1, "due_at": again_at, **note}
    if report.is_missing:
        return _unknown_id(task, now)
    return failures.from_report(report) | _slow_polls(now)


def _unknown_id(task: Task, now: datetime) -> dict[str, Any]:
    """The fields for a task the provider has no record of: perhaps paid, under another id or in another account."""
    message = (
        f"{starting_label_of(task.provider)} has no task {task.provider_task_id}. If you typed the ID, check it and "
        "enter it again. If you changed the key, the task belongs to the other account. "
        "It is not sent again automatically."
    )
    return failures.failed(ErrorCode.OUTCOME_UNKNOWN, message) | _slow_polls(now)


def _slow_polls(now: datetime) -> dict[str, Any]:
    return {"may_have_cost": True, "due_at": now + timedelta(seconds=plan.SLOW_POLL_S), "attempts": 0}


def _past_deadline(task: Task, spec: ModelSpec, now: datetime) -> dict[str, Any]:
    message = (
        f"{starting_label_of(task.provider)} has not finished this within {spec.deadline_s // 60} minutes. "
        "It is paid and often still finishes: we keep checking for a day, and it is never sent again automatically."
    )
    return failures.overdue(message, now)


def _still_running(
    task: Task, spec: ModelSpec, report: Report, *, age_s: float, now: datetime, first_s: float | None
) -> dict[str, Any]:
    unanswered = task.attempts + 1 if report.is_transient or report.fault else 0
    wait_s = plan.next_poll_delay_s(spec, age_s, first_s=first_s)
    if unanswered > 1:
        wait_s = max(wait_s, plan.back_off_s(unanswered, first_s=min(wait_s, 2.0), longest_s=60))
    fields: dict[str, Any] = {
        "attempts": unanswered,
        "due_at": now + timedelta(seconds=wait_s),
        **(_unanswered_note(report) if unanswered >= UNANSWERED_POLLS or report.fault else NO_NOTE),
    }
    if report.lacks_result:
        done_at = task.provider_done_at or now
        awaited = NoteCode.AWAITING_READABLE_LINK if report.has_unreadable_result else NoteCode.AWAITING_LINK
        fields |= {"provider_done_at": done_at, **note_fields(awaited)}
    if report.progress is not None and report.progress != task.progress:
        fields["progress"] = report.progress
    if report.credits is not None:
        fields["credits_actual"] = report.credits
    if report.is_running and task.phase is Phase.WAITING:
        fields["phase"] = Phase.GENERATING
    return fields


def _without_result(task: Task, report: Report, now: datetime) -> dict[str, Any]:
    returned = "an unreadable result" if report.has_unreadable_result else "no link to the result"
    who = starting_label_of(task.provider)
    return failures.overdue(f"{who} says this is done but returned {returned}. We keep checking for a day.", now)


def _unanswered_note(report: Report) -> dict[str, Any]:
    if report.fault is ErrorCode.BAD_KEY:
        code = NoteCode.KEY_LIMIT_REACHED if report.is_key_limit else NoteCode.KEY_REFUSED
        return note_fields(code, report.message)
    return note_fields(NoteCode.NO_ANSWER, report.message)
