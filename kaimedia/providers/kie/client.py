"""The calls the product makes to kie.ai: submit, poll, upload, credits, download link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from kaimedia.domain import ErrorCode, GenerationRequest, InputSchema, ListedModel, ListedPrice
from kaimedia.errors import ProviderUnavailable, RateLimited, UnexpectedResponse
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.base import MODEL_READS_PER_S, FoundTask, Report, TaskState
from kaimedia.providers.http.pacing import Pacing
from kaimedia.providers.kie import found_tasks, price_list, uploads
from kaimedia.providers.kie.families.codecs import codec_of
from kaimedia.providers.kie.http.transport import Transport
from kaimedia.providers.kie.model_list import KieModelList
from kaimedia.providers.kie.parsing import rejections
from kaimedia.providers.kie.parsing.envelope import checked
from kaimedia.providers.kie.parsing.links import read_links
from kaimedia.providers.kie.parsing.progress import read_number
from kaimedia.providers.kie.parsing.reading import mismatched_task_id

# Right after a create the record may not be visible yet.
MISSING_GRACE_S = 90.0


class KieClient:
    """A client for kie.ai; as thread-safe as its transport."""

    def __init__(self, transport: Transport, model_list_pace: Pacing | None = None) -> None:
        self._transport = transport
        self._list_pace = model_list_pace or Pacing(polls_per_s=MODEL_READS_PER_S)
        self._model_list = KieModelList(transport, self._list_pace)

    def submit(
        self,
        spec: ModelSpec,
        request: GenerationRequest,
        reference_urls: Sequence[str] = (),
        callback_url: str | None = None,
    ) -> str:
        """As `Provider.submit`: one request, never repeated here."""
        codec = codec_of(spec)
        call = codec.build(spec, request, tuple(reference_urls), callback_url)
        if call.method == "GET":
            envelope = self._transport.get_once(call.path, call.query)
        else:
            envelope = self._transport.post_once(call.path, call.json or {})
        return codec.accept(envelope, spec, request)

    def report(self, spec: ModelSpec, provider_task_id: str, age_s: float) -> Report:
        """Poll a task accepted `age_s` seconds ago. Never raises for the provider's transient errors.

        A record still missing after 90 s is reported as failed, and so is a refused key, with fault `bad_key`.
        """
        codec = codec_of(spec)
        call = codec.query(provider_task_id)
        is_post = call.method == "POST"
        try:
            if is_post:
                envelope = self._transport.post_read(call.path, call.json or {})
            else:
                envelope = self._transport.get(call.path, call.query)
        except (ProviderUnavailable, RateLimited) as error:
            return Report(TaskState.PROCESSING, message=error.message, is_transient=True)
        asked_for = call.query.get("taskId", provider_task_id)
        # What is posted is not a record, and its reply may name the task that it started.
        other = None if is_post else mismatched_task_id(envelope, asked_for)
        if other is not None:
            mismatch = self._transport.redact(f"kie.ai returned the record of another task ({other}).")
            return Report(TaskState.PROCESSING, message=mismatch, is_transient=True)
        report = codec.parse(envelope, spec)
        message = None if report.message is None else self._transport.redact(report.message)
        if report.is_missing and age_s > MISSING_GRACE_S:
            missing = rejections.sentence("kie.ai has no record of this task.", message or "")
            return replace(report, state=TaskState.FAILED, message=missing, fault=ErrorCode.PROVIDER_FAILED)
        return replace(report, message=message)

    @property
    def record_families(self) -> Mapping[str, str]:
        """The kinds of records; as `FindsTasks`."""
        return {name: kind.label for name, kind in found_tasks.KINDS.items()}

    def find_task(self, family: str, provider_task_id: str) -> FoundTask | None:
        """The record of any task of the account; as `FindsTasks`."""
        return found_tasks.find(self._transport, family, provider_task_id)

    def upload(self, path: Path, mime_type: str) -> str:
        """Upload an input and return its link, valid for three days. Raises like `uploads.upload`."""
        return uploads.upload(self._transport, path, mime_type)

    def credits(self) -> float:
        """The balance of the key's account, in credits.

        Raises:
            AuthFailed, RateLimited, ProviderUnavailable, RequestRejected: no balance was returned.
            UnexpectedResponse: the response has no number.
        """
        envelope = checked(self._transport.get("/api/v1/chat/credit"))
        balance = read_number(envelope.data)
        if balance is None:
            raise UnexpectedResponse("kie.ai did not report a balance.")
        return balance

    def download_link(self, url: str) -> str:
        """A signed link, valid for 20 minutes, to one of the provider's results. Free.

        Raises:
            AuthFailed, RateLimited, ProviderUnavailable: as for any call.
            RequestRejected: the link is not one of the provider's ("url is wrong").
            UnexpectedResponse: the response has no link.
        """
        envelope = checked(self._transport.post_read("/api/v1/common/download-url", {"url": url}))
        links = read_links(envelope.data)
        if not links:
            raise UnexpectedResponse("kie.ai did not return a download link.")
        return links[0]

    def listed_models(self) -> tuple[ListedModel, ...]:
        """Every model that kie.ai lists; as `ListsModels`."""
        return self._model_list.all()

    def input_schema(self, model_id: str) -> InputSchema:
        """What one listed model takes; as `ListsModels`."""
        return self._model_list.input_schema(model_id)

    def listed_prices(self) -> tuple[ListedPrice, ...]:
        """kie.ai's price list; as `ListsPrices`."""
        return price_list.read(self._transport, self._list_pace)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()
