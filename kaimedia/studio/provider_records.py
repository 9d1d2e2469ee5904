"""Whether the provider knows a task id that a person typed: asked before anything is changed."""

from __future__ import annotations

from kaimedia.domain import Task
from kaimedia.errors import AuthFailed, InvalidRequest, KaimediaError, ProviderUnavailable
from kaimedia.jobs.providers import Providers
from kaimedia.kie import catalog
from kaimedia.kie.spec import Report, TaskState

FIELD = "provider_task_id"
MAX_CHARS = 128
BAD_KEY = "bad_key"
NOTHING_CHANGED = "Nothing has changed and nothing was charged; try again in a moment."


def clean_id(given: str) -> str:
    """A provider task id without the spaces around it.

    Raises:
        InvalidRequest: it is empty, longer than `MAX_CHARS`, or holds what no id holds.
    """
    text = given.strip()
    if not text or len(text) > MAX_CHARS or not (text.isascii() and text.isprintable()) or " " in text:
        raise InvalidRequest(f"Enter the task ID as kie.ai's logs show it, up to {MAX_CHARS} characters.", field=FIELD)
    return text


def check_known(providers: Providers, task: Task, provider_task_id: str) -> None:
    """Read the record of that id once, which is free; returns when there is one. Waits for the provider, seconds.

    Raises:
        InvalidRequest: the provider knows no such task.
        AuthFailed: there is no key, or it is refused.
        ProviderUnavailable: the provider could not be asked, or gave no answer about the task.
    """
    spec = catalog.get(task.request.model)
    report = providers.client(task.provider).report(spec, provider_task_id, age_s=0.0)
    if report.is_missing:
        raise InvalidRequest(
            "kie.ai knows no such task.",
            field=FIELD,
            next_step="Copy the ID from kie.ai's logs. If the key was changed since, the task belongs to that account.",
        )
    if not _is_about_a_task(report):
        raise _no_answer(report)


def _is_about_a_task(report: Report) -> bool:
    if report.state is TaskState.FAILED:
        return report.is_recorded
    return not report.is_transient


def _no_answer(report: Report) -> KaimediaError:
    if report.fault == BAD_KEY:
        return AuthFailed("kie.ai refuses the key, so the task could not be looked up.")
    return ProviderUnavailable(
        f"kie.ai could not be asked about this task. ({report.message or 'no details'})", next_step=NOTHING_CHANGED
    )
