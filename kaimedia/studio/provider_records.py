"""Checks with the provider that a task id typed by the user exists, before anything is changed."""

from __future__ import annotations

from kaimedia.domain import ErrorCode, Task
from kaimedia.errors import AuthFailed, InvalidRequest, KaimediaError, ProviderUnavailable
from kaimedia.jobs.providers import Providers
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.base import Report, TaskState
from kaimedia.providers.registry import label_of, starting_label_of

FIELD = "provider_task_id"
MAX_CHARS = 128
NOTHING_CHANGED = "Nothing has changed and nothing was charged; try again in a moment."


def clean_id(typed: str, provider: str) -> str:
    """A provider task id without surrounding spaces.

    Raises:
        InvalidRequest: it is empty, longer than `MAX_CHARS`, or contains characters no id has.
    """
    text = typed.strip()
    if not text or len(text) > MAX_CHARS or not (text.isascii() and text.isprintable()) or " " in text:
        where = f"{label_of(provider)}'s logs"
        raise InvalidRequest(f"Enter the task ID as {where} show it, up to {MAX_CHARS} characters.", field=FIELD)
    return text


def check_known(providers: Providers, spec: ModelSpec, task: Task, provider_task_id: str) -> None:
    """Request the record of that id once (free); returns if it exists. Waits for the provider, seconds.

    `spec` is the task's model.

    Raises:
        InvalidRequest: the provider has no such task.
        AuthFailed: there is no key, or it is refused.
        ProviderUnavailable: the provider could not be reached, or did not answer about the task.
    """
    report = providers.client(task.provider).report(spec, provider_task_id, age_s=0.0)
    if report.is_missing:
        raise InvalidRequest(
            f"{starting_label_of(task.provider)} has no such task.",
            field=FIELD,
            next_step=f"Copy the ID from {label_of(task.provider)}'s logs. "
            "If you changed the key, the task belongs to the other account.",
        )
    if not _is_about_a_task(report):
        raise _no_answer(task.provider, report)


def _is_about_a_task(report: Report) -> bool:
    if report.state is TaskState.FAILED:
        return report.is_recorded
    return not report.is_transient


def _no_answer(provider: str, report: Report) -> KaimediaError:
    if report.fault is ErrorCode.BAD_KEY:
        return AuthFailed(f"{starting_label_of(provider)} rejected the key, so the task could not be looked up.")
    return ProviderUnavailable(
        f"{starting_label_of(provider)} gave no clear answer about this task. ({report.message or 'no details'})",
        next_step=NOTHING_CHANGED,
    )
