"""What the reply to a poll means, as a report."""

from __future__ import annotations

from dataclasses import replace

from kaimedia.domain import ErrorCode
from kaimedia.providers.base import Report, TaskState
from tests.pictureworks.refusals import BAD_KEY
from tests.pictureworks.transport import Reply, is_link

# Right after a create the record may not be visible yet.
_MISSING_GRACE_S = 90.0


def report_of(reply: Reply, age_s: float) -> Report:
    """The report of a reply about a task accepted `age_s` seconds ago."""
    status = reply.status
    transient = Report(TaskState.PROCESSING, is_transient=True, provider_code=status)
    failed = Report(TaskState.FAILED, fault=ErrorCode.PROVIDER_FAILED, provider_code=status)
    if reply.is_success and reply.text("state"):
        return _of_record(reply)
    if reply.is_success and reply.is_json:
        return replace(transient, is_empty=True)
    if status in (401, 403):
        return replace(failed, fault=ErrorCode.BAD_KEY, message=BAD_KEY)
    if status == 404 and age_s <= _MISSING_GRACE_S:
        return Report(TaskState.PROCESSING, is_missing=True, provider_code=status)
    if status == 404:
        return replace(failed, is_missing=True, message="PictureWorks has no record of this task.")
    message = f"PictureWorks answered with HTTP {status} instead of the task."
    return replace(failed if reply.is_definite_refusal else transient, message=message)


def _of_record(reply: Reply) -> Report:
    word, state = reply.text("state"), reply.quoted("state")
    known = Report(TaskState.PROCESSING, provider_state=state, is_recorded=True, credits=reply.number("cost"))
    if word == "queued":
        return known
    if word == "working":
        return replace(known, is_running=True)
    if word == "failed":
        reason = reply.quoted("reason")
        message = f"PictureWorks says: “{reason}”" if reason else "PictureWorks gave no reason."
        return replace(known, state=TaskState.FAILED, fault=ErrorCode.PROVIDER_FAILED, message=message)
    if word == "done":
        return _done(reply, known)
    message = "PictureWorks reported an unknown state."
    return Report(TaskState.PROCESSING, message=message, provider_state=state, is_transient=True)


def _done(reply: Reply, known: Report) -> Report:
    images = reply.body.get("images")
    urls = tuple(filter(is_link, images)) if isinstance(images, list) else ()
    if urls:
        return replace(known, state=TaskState.COMPLETED, result_urls=urls)
    return replace(known, is_running=True, lacks_result=True, has_unreadable_result=bool(images))
