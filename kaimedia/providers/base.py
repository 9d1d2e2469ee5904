"""What a provider is to the rest of the product."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from kaimedia.domain import ErrorCode, GenerationRequest, InputSchema, ListedModel, ListedPrice, Modality
from kaimedia.models.spec import ModelSpec


class TaskState(StrEnum):
    """A task's state as a poll reports it, normalized."""

    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Report:
    """The normalized result of one poll.

    `progress` is 0–1, or None if the provider reports none. `is_running` is True once the provider says it
    is working on the task (False: still queued). `is_transient` marks a transient error: the reply says nothing
    about the task. `is_missing` marks a record the provider does not have (yet), `is_empty` a successful reply
    without any record, which some providers send for an id they do not know. `lacks_result` marks success
    without a link, `has_unreadable_result` that there is a value where links belong but no link can be read from it.
    `is_recorded` is True when the state comes from the task's own record, False when only from the envelope's code.
    `fault` is the kind of failure, None unless failed; `is_key_limit` marks a `BAD_KEY` that is only the key's own
    spending limit. `completed_at` is the provider's own time, if it gives one.
    """

    state: TaskState
    progress: float | None = None
    result_urls: tuple[str, ...] = ()
    message: str | None = None
    fault: ErrorCode | None = None
    provider_state: str | None = None
    provider_code: int | None = None
    credits: float | None = None
    is_key_limit: bool = False
    is_running: bool = False
    is_transient: bool = False
    is_missing: bool = False
    is_empty: bool = False
    is_recorded: bool = False
    lacks_result: bool = False
    has_unreadable_result: bool = False
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """How a provider is reached: its API, its upload host if that is another, and the key; "" if it needs none.

    `callback_secret` verifies its callbacks; without it they are only a hint to poll.
    """

    url: str = ""
    upload_url: str = ""
    key: str = field(default="", repr=False)
    callback_secret: str = field(default="", repr=False)


MODEL_READS_PER_S = 0.9  # kie.ai allows one


@dataclass(frozen=True, slots=True)
class Limits:
    """What one account may do: creates per window, status reads per second, reads per second for one task.

    The engine keeps to them over all processes. The defaults are a cautious choice for a provider that publishes none.
    `model_reads_per_s` are reads of the list of models and of their schemas together.
    """

    creates: int = 10
    window_s: float = 10.0
    reads_per_s: float = 5.0
    reads_per_task_s: float = 3.0
    model_reads_per_s: float = MODEL_READS_PER_S


class Provider(Protocol):
    """One account at one provider. Thread-safe.

    All but `report` and `close` may raise AuthFailed, RateLimited or ProviderUnavailable (`kaimedia.errors`). `upload`,
    `credits` and `download_link` are called only where the provider's entry says that they exist; elsewhere they raise
    RequestRejected. Where they exist, they raise UnexpectedResponse if a call succeeded and what it should return is
    missing.
    """

    def submit(
        self,
        spec: ModelSpec,
        request: GenerationRequest,
        reference_urls: Sequence[str] = (),
        callback_url: str | None = None,
    ) -> str:
        """Send one validated request, once, and return the provider's task id. This is the call that costs.

        Raises:
            RateLimited, ProviderUnavailable: not sent or not accepted; may be sent again.
            AuthFailed, CreditsExhausted, RequestRejected, ContentRejected, ReferenceRejected: refused, not charged.
            OutcomeUnknown: possibly accepted; must not be repeated automatically.
        """
        ...

    def report(self, spec: ModelSpec, provider_task_id: str, age_s: float) -> Report:
        """Poll a task accepted `age_s` seconds ago, once. Outages are reported as transient, not raised."""
        ...

    def upload(self, path: Path, mime_type: str) -> str:
        """Upload an input and return a link that the provider can read. Free, may be repeated.

        Raises:
            ReferenceRejected: the provider does not take this file, or it can no longer be read.
            UnexpectedResponse: accepted, but no link was returned.
        """
        ...

    def credits(self) -> float:
        """The account's balance, in the provider's credits. Free.

        Raises:
            UnexpectedResponse: the reply has no number.
        """
        ...

    def download_link(self, url: str) -> str:
        """A fresh link to one of the provider's own results whose link has died. Free.

        Raises:
            RequestRejected: the provider cannot make one.
            UnexpectedResponse: the reply has no link.
        """
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


@runtime_checkable
class ListsModels(Protocol):
    """What a `Provider` has in addition if it publishes which models it sells. All of it is free."""

    def listed_models(self) -> tuple[ListedModel, ...]:
        """Every model it lists, of all kinds. Waits for the provider and for its rate limit.

        Raises:
            AuthFailed, RateLimited, ProviderUnavailable, RequestRejected: no list was returned.
            UnexpectedResponse: the list is empty, incomplete or cannot be read.
        """
        ...

    def input_schema(self, model_id: str) -> InputSchema:
        """What one of them takes, by its id in the list; waits and raises as `listed_models`."""
        ...


@dataclass(frozen=True, slots=True)
class FoundTask:
    """A task as its record at the provider describes it, whoever sent it.

    `model_name` is the provider's id for its model, "" where the record does not name it. `fields` are its inputs as
    they were sent, without the prompt; `callback_url` is where it was to be reported. Times are the provider's.
    """

    report: Report
    family: str
    modality: Modality
    model_name: str = ""
    prompt: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    callback_url: str = ""
    created_at: datetime | None = None


@runtime_checkable
class FindsTasks(Protocol):
    """What a `Provider` has in addition if it can return the record of any task of the account. All of it is free."""

    @property
    def record_families(self) -> Mapping[str, str]:
        """The kinds of records by name, with what people call them, those to try first coming first."""
        ...

    def find_task(self, family: str, provider_task_id: str) -> FoundTask | None:
        """The record of a task of one kind, None if there is none; waits for the provider and for its rate limit.

        Raises:
            AuthFailed, RateLimited, ProviderUnavailable, RequestRejected: no record was returned.
            UnexpectedResponse: what was returned is not a record of this task.
        """
        ...


@runtime_checkable
class ListsPrices(Protocol):
    """What a `Provider` has in addition if it publishes its price list. Reading it is free."""

    def listed_prices(self) -> tuple[ListedPrice, ...]:
        """Every row whose model has an id. Waits for the provider and for its rate limit; raises as `ListsModels`."""
        ...


@dataclass(frozen=True, slots=True)
class CallbackIds:
    """The provider's task ids that a callback names, most likely first.

    With `is_verified`, only those that the provider signed; there may be none.
    """

    task_ids: tuple[str, ...] = ()
    is_verified: bool = False


class CallbackReader(Protocol):
    """Reads and verifies the callbacks of one provider."""

    def __call__(self, payload: Any, headers: Mapping[str, str], *, secret: str, now: datetime) -> CallbackIds:
        """The task ids of a payload (JSON; None if the body was not). Never raises.

        `headers` are those of the request, names in lower case. `secret` is `Account.callback_secret`; with "",
        nothing can be verified. `now` is aware UTC.
        """
        ...


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """One line of the registry: what the product knows of a provider before it talks to it.

    `name` is stored with each task. `label` and `location` are for people ("kie.ai", "at kie.ai"). `is_free` means that
    nothing it makes is charged. `account` is how it is reached, without the key. `key_setting` names the secret setting
    with its key, "" where it needs none; with `has_key_form` a key can also be entered on the Settings page.
    `logs_url` is the page where users see their tasks at the provider, `billing_url` the one where they buy credits.

    `takes_uploads`, `reports_balance`, `renews_links` and `sends_callbacks` say what it can do beside making things:
    `Provider.upload`, `credits` and `download_link` are not called without the first three. Models of a provider that
    takes no uploads have no inputs. The balance is read in the background around paid calls and where a price is
    shown, before a task is queued (which is refused if the balance is too low), and by doctor.
    """

    name: str
    label: str
    location: str
    connect: Callable[[Account, Limits], Provider]
    account: Account = Account()
    limits: Limits = Limits()
    key_setting: str = ""
    has_key_form: bool = False
    is_free: bool = False
    takes_uploads: bool = False
    reports_balance: bool = False
    renews_links: bool = False
    sends_callbacks: bool = False
    read_callback: CallbackReader | None = None
    logs_url: str = ""
    billing_url: str = ""
