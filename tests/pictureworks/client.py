"""The calls the product makes to PictureWorks."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote as url_quote

from kaimedia.domain import GenerationRequest
from kaimedia.errors import OutcomeUnknown, ProviderUnavailable, ReferenceRejected, RequestRejected, UnexpectedResponse
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.base import Report, TaskState
from kaimedia.providers.http.multipart import MultipartFile
from tests.pictureworks import refusals
from tests.pictureworks.records import report_of
from tests.pictureworks.transport import Transport, is_link

_JOBS = "/v1/jobs"
_EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


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
        """As `Provider.submit`: one POST, never repeated here. There are no callbacks."""
        body = {"prompt": request.prompt, "size": request.aspect_ratio, "images": list(reference_urls)}
        reply = self._transport.post_once(_JOBS, body)
        if not reply.is_success:
            raise refusals.of_create(reply)
        if job := reply.text("job"):
            return job
        raise OutcomeUnknown(
            "PictureWorks accepted the request without naming a job. It may have been charged.",
            provider_code=reply.status,
        )

    def report(self, spec: ModelSpec, provider_task_id: str, age_s: float) -> Report:
        """As `Provider.report`: never raises for the provider's transient errors."""
        try:
            reply = self._transport.get(f"{_JOBS}/{url_quote(provider_task_id, safe='')}")
        except ProviderUnavailable as error:
            return Report(TaskState.PROCESSING, message=error.message, is_transient=True)
        return report_of(reply, age_s)

    def upload(self, path: Path, mime_type: str) -> str:
        """Upload an image and return its link. File names are ours: the user's may tell something about the user.

        Raises:
            ReferenceRejected: the file is of another type, cannot be read, or was not accepted.
            AuthFailed, RateLimited, ProviderUnavailable: as for any call.
            UnexpectedResponse: accepted, but no link was returned.
        """
        extension = _EXTENSIONS.get(mime_type)
        if extension is None:
            raise ReferenceRejected(f"PictureWorks does not accept files of type {mime_type[:60]}.")
        try:
            form = MultipartFile({}, path, f"{uuid.uuid4().hex}.{extension}", mime_type)
        except OSError as error:
            raise ReferenceRejected("The reference file can no longer be read.") from error
        reply = self._transport.upload("/v1/files", form)
        if not reply.is_success:
            raise refusals.of_upload(reply)
        if not is_link(url := reply.text("url")):
            raise UnexpectedResponse("PictureWorks accepted the reference file but returned no link to it.")
        return url

    def credits(self) -> float:
        """The balance of the key's account, in credits.

        Raises:
            AuthFailed, RateLimited, ProviderUnavailable: as for any call.
            UnexpectedResponse: the reply has no number.
        """
        reply = self._transport.get("/v1/account")
        if not reply.is_success:
            raise refusals.of_free_call(reply)
        balance = reply.number("credits")
        if balance is None:
            raise UnexpectedResponse("PictureWorks did not report a balance.")
        return balance

    def download_link(self, url: str) -> str:
        """Raises RequestRejected: there are no signed links."""
        raise RequestRejected("PictureWorks makes no new links to its results.")

    def close(self) -> None:
        """There is nothing to close: each call has its own connection."""
