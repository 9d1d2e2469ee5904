"""Outgoing webhooks: the events, where they are sent, and each delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

# Seconds to wait after the first, second, … failed attempt; the last one repeats.
RETRY_DELAYS_S = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0, 21600.0)
GIVE_UP_AFTER = timedelta(days=3)  # from the first attempt
IDLE_AFTER = timedelta(hours=12)  # nothing sent for so long though something was due: paused, or no process ran
KEEP_FOR = timedelta(days=30)  # how long the log shows a delivery
STANDARD_FORMAT = "json"  # signed; every other format is a template


class WebhookEvent(StrEnum):
    """What happened, as `type` of the payload."""

    TASK_COMPLETED = "task.completed"
    TASK_FAILED = "task.failed"
    LIMIT_REACHED = "limit.reached"
    TEST = "webhook.test"


class DeliveryStatus(StrEnum):
    """How far a delivery is."""

    WAITING = "waiting"  # not sent yet, or sent again later
    DELIVERED = "delivered"
    FAILED = "failed"  # given up; the user can send it again


class DeliveryProblem(StrEnum):
    """Why the last attempt failed."""

    ADDRESS_REFUSED = "address_refused"  # private, not https, or not readable
    UNREACHABLE = "unreachable"  # no name, no connection, or it broke off
    TIMED_OUT = "timed_out"
    REDIRECTED = "redirected"
    BAD_STATUS = "bad_status"  # any other response that is not 2xx
    UNREADABLE = "unreadable"  # the stored address or secret was encrypted with another key
    INTERNAL = "internal"  # an error in the app, such as while building the message; its log has more


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """Where events are sent. The address may be a secret itself: only its host is shown."""

    id: int
    name: str
    host: str
    format: str
    made_at: datetime
    paused_at: datetime | None = None
    is_from_settings: bool = False  # from KAIMEDIA_WEBHOOK_URL


@dataclass(frozen=True, slots=True)
class SealedEndpoint:
    """An endpoint with its encrypted address and secret; one without a secret is not signed."""

    endpoint: WebhookEndpoint
    url_ciphertext: str
    secret_ciphertext: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one endpoint. `event_id` is the same in every attempt and at every endpoint.

    `at` is when it happened. `due_at` is when it is sent next, None once it is delivered or given up.
    """

    id: int
    endpoint_id: int
    event_id: str
    event: WebhookEvent
    task_id: str
    at: datetime
    status: DeliveryStatus
    attempts: int = 0
    due_at: datetime | None = None
    last_attempt_at: datetime | None = None
    delivered_at: datetime | None = None
    http_status: int | None = None
    problem: DeliveryProblem | None = None


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery that this process sends now, with what happened: JSON values, see `store.webhooks.outbox`."""

    delivery: Delivery
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt ended; a response other than 2xx is a problem."""

    http_status: int | None = None
    problem: DeliveryProblem | None = None

    @property
    def is_delivered(self) -> bool:
        """True if the endpoint accepted it."""
        return self.problem is None

    @property
    def says_endpoint_is_down(self) -> bool:
        """True if the next event would fail as well: not a refusal of this one."""
        if self.problem is DeliveryProblem.BAD_STATUS:
            return self.http_status is None or self.http_status >= 500 or self.http_status in (408, 429)
        return self.problem not in (None, DeliveryProblem.INTERNAL)


def retry_delay_s(attempts: int) -> float:
    """Seconds to wait after this many failed attempts (1 or more)."""
    return RETRY_DELAYS_S[min(max(attempts, 1), len(RETRY_DELAYS_S)) - 1]
