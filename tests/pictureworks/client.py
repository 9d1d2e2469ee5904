"""The calls the product makes to PictureWorks: submit and report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote as url_quote

from kaimedia.domain import ErrorCode, GenerationRequest
from kaimedia.errors import (
    AuthFailed,
    CreditsExhausted,
    OutcomeUnknown,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
)
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.base import Report, TaskState
from tests.pictureworks.transport import KEY_SETTING, Reply, Transport

_JOBS = "/v1/jobs"
_BAD_KEY = "PictureWorks rejected the key."
# Right after a create the record may not be visible yet.
_MISSING_GRACE_S = 90.0


class PictureWorksClient:
    """A client for PictureWorks; as thread-safe as its transport."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def submit(
        self,
        spec: ModelSpec,
        request: GenerationRequest,
        reference_urls: Sequence[str] = (),
        callback_url: str | None = None,
    ) -> str:
        """As `Provider.submit`: one POST, never repeated here."""
        reply = self._transport.post_once(_JOBS, {"prompt": request.prompt, "size": request.aspect_ratio})
        if 200 <= reply.status < 300:
            if job := reply.text("job"):
                return job
            raise OutcomeUnknown(
                "PictureWorks accepted the request without naming a job. It may have been charged.",
                provider_code=reply.status,
            )
        raise _refusal(reply)

    def report(self, spec: ModelSpec, provider_task_id: str, age_s: float) -> Report:
        """Poll a task accepted `age_s` seconds ago, once. Never raises for the provider's transient errors.

        A record still missing after 90 s is reported as failed, and so is a refused key, with fault `bad_key`.
        """
        try:
            reply = self._transport.get(f"{_JOBS}/{url_quote(provider_task_id, safe='')}")
        except ProviderUnavailable as error:
            return Report(TaskState.PROCESSING, message=error.message, is_transient=True)
        if reply.status in (401, 403):
            return Report(TaskState.FAILED, message=_BAD_KEY, fault=ErrorCode.BAD_KEY, provider_code=reply.status)
        if reply.status == 404:
            return _missing(age_s)
        if reply.status != 200 or not reply.body:
            message = f"PictureWorks answered with HTTP {reply.status}."
            return Report(TaskState.PROCESSING, message=message, is_transient=True, provider_code=reply.status)
        return self._of_record(reply)

    def upload(self, path: Path, mime_type: str) -> str:
        """Raises RequestRejected: there are no uploads."""
        raise RequestRejected("PictureWorks takes no input files.")

    def credits(self) -> float:
        """Raises RequestRejected: no balance can be read."""
        raise RequestRejected("PictureWorks does not report a balance.")

    def download_link(self, url: str) -> str:
        """Raises RequestRejected: there are no signed links."""
        raise RequestRejected("PictureWorks makes no new links to its results.")

    def close(self) -> None:
        """There is nothing to close: each call has its own connection."""

    def _of_record(self, reply: Reply) -> Report:
        word = reply.text("state")
        state = self._transport.quote(word) or None
        if word in ("queued", "working"):
            is_running = word == "working"
            return Report(TaskState.PROCESSING, provider_state=state, is_running=is_running, is_recorded=True)
        if word == "failed":
            reason = self._transport.quote(reply.text("reason"))
            message = f"PictureWorks says: “{reason}”" if reason else "PictureWorks gave no reason."
            fault = ErrorCode.PROVIDER_FAILED
            return Report(TaskState.FAILED, message=message, fault=fault, provider_state=state, is_recorded=True)
        if word == "done":
            return _done(reply, state)
        message = "PictureWorks reported an unknown state."
        return Report(TaskState.PROCESSING, message=message, provider_state=state, is_transient=True)


def _done(reply: Reply, state: str | None) -> Report:
    images = reply.body.get("images")
    listed = images if isinstance(images, list) else []
    urls = tuple(each for each in listed if isinstance(each, str) and each.startswith(("https://", "http://")))
    if urls:
        return Report(TaskState.COMPLETED, result_urls=urls, provider_state=state, is_recorded=True)
    return Report(
        TaskState.PROCESSING,
        provider_state=state,
        is_running=True,
        is_recorded=True,
        lacks_result=True,
        has_unreadable_result=bool(images),
    )


def _missing(age_s: float) -> Report:
    if age_s <= _MISSING_GRACE_S:
        return Report(TaskState.PROCESSING, is_missing=True, provider_code=404)
    message = "PictureWorks has no record of this task."
    fault = ErrorCode.PROVIDER_FAILED
    return Report(TaskState.FAILED, message=message, fault=fault, is_missing=True, provider_code=404)


def _refusal(reply: Reply) -> ProviderError:
    """The error for a create that was not accepted; `OutcomeUnknown` unless the refusal is definite."""
    status = reply.status
    if status in (401, 403):
        step = f"Correct {KEY_SETTING} and restart."
        return AuthFailed(_BAD_KEY, next_step=step, provider_code=status)
    if status == 402:
        message = "There are not enough credits at PictureWorks. Nothing was charged."
        return CreditsExhausted(message, next_step="Top up at PictureWorks, then press Try again.", provider_code=402)
    if status == 429:
        message = "PictureWorks is not accepting more tasks right now."
        return RateLimited(message, provider_code=429, retry_after_s=reply.retry_after_s)
    if 400 <= status < 500 and status != 408:
        message = f"PictureWorks rejected the request (HTTP {status}). Nothing was charged."
        return RequestRejected(message, provider_code=status)
    message = f"PictureWorks answered with HTTP {status}, so it is unclear whether it accepted the task."
    return OutcomeUnknown(message, provider_code=status)
