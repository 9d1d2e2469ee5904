"""Delivers what is in the outbox: a loop beside the engine.

Any number of processes may do so for one database: each delivery is claimed there. A process that is killed in the
middle leaves its claim, which ends by itself; then the event is sent again with the same id.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from kaimedia.domain.webhook import Attempt, ClaimedDelivery, DeliveryProblem, SealedEndpoint
from kaimedia.errors import StoreError
from kaimedia.store.webhooks.deliveries import WebhookDeliveries
from kaimedia.store.webhooks.endpoints import WebhookEndpoints
from kaimedia.webhooks.post import TIMEOUT_S
from kaimedia.webhooks.sender import WebhookSender

log = logging.getLogger("kaimedia.webhooks")

LEASE_S = 3 * TIMEOUT_S  # longer than an attempt can take, a slow DNS lookup included
FIRST_REST_S, LONGEST_REST_S = 5.0, 60.0  # how long an endpoint that is down is left alone
BACK_AFTER = 3  # failures in a row after which the first success makes everything due that waits
AFTER_ERROR_S = 15.0


class WebhookDeliverer:
    """Sends due deliveries, those of each endpoint on a thread of its own: a slow one does not delay the others.

    Call `start` and `stop` once each. `now` is the wall clock, aware UTC.
    """

    def __init__(
        self,
        deliveries: WebhookDeliveries,
        endpoints: WebhookEndpoints,
        sender: WebhookSender,
        now: Callable[[], datetime],
        *,
        tick_s: float = 2.0,
    ) -> None:
        self._deliveries = deliveries
        self._endpoints = endpoints
        self._sender = sender
        self._now = now
        self._tick_s = tick_s
        self._stopping = threading.Event()
        self._guard = threading.Lock()
        self._sending: dict[int, threading.Thread] = {}  # by endpoint
        self._failures: dict[int, int] = {}  # in a row, by endpoint
        self._rests_until: dict[int, float] = {}  # monotonic, by endpoint
        self._thread: threading.Thread | None = None

    def start(self, first: Callable[[], None] | None = None) -> None:
        """Deliver on a thread of its own until `stop`; before that, repeat `first` until it raises no `StoreError`."""
        self._thread = threading.Thread(target=self._loop, args=(first,), name="kaimedia-webhooks", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 3.0) -> None:
        """Begin no further attempt, and wait for those in progress; one that takes longer is made again later."""
        until = time.monotonic() + timeout_s
        self._stopping.set()
        with self._guard:
            threads = [*self._sending.values(), *([self._thread] if self._thread else [])]
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))

    def deliver_one(self, delivery_id: int) -> None:
        """Make an attempt for this delivery now, on this thread; nothing if it was delivered.

        Raises:
            StoreUnavailable: it could not be claimed, or its result not recorded.
        """
        claimed = self._deliveries.claim_one(delivery_id, self._now(), LEASE_S)
        if claimed is not None:
            self._attempt(claimed)

    def _loop(self, first: Callable[[], None] | None) -> None:
        while not self._stopping.is_set():
            pause_s = self._tick_s
            try:
                if first is not None:
                    first()
                    first = None
                for endpoint_id in self._deliveries.due_endpoints(self._now()):
                    self._begin(endpoint_id)
            except StoreError as error:
                log.warning("webhooks wait for the database: %s", error)
                pause_s = AFTER_ERROR_S
            except Exception:  # top of its thread: a bug in one round must not end all deliveries
                log.exception("webhooks: a round failed, next try soon")
                pause_s = AFTER_ERROR_S
            self._stopping.wait(pause_s)

    def _begin(self, endpoint_id: int) -> None:
        with self._guard:
            is_resting = time.monotonic() < self._rests_until.get(endpoint_id, 0.0)
            if endpoint_id in self._sending or is_resting or self._stopping.is_set():
                return
            name = f"kaimedia-webhook-{endpoint_id}"
            thread = threading.Thread(target=self._deliver_due, args=(endpoint_id,), name=name, daemon=True)
            self._sending[endpoint_id] = thread
            thread.start()

    def _deliver_due(self, endpoint_id: int) -> None:
        try:
            while not self._stopping.is_set():
                claimed = self._deliveries.claim(endpoint_id, self._now(), LEASE_S)
                if claimed is None or not self._attempt(claimed):
                    return
        except StoreError as error:
            log.warning("webhooks wait for the database: %s", error)
            self._rest(endpoint_id, AFTER_ERROR_S)
        except Exception:  # top of its thread: nothing above would log it
            log.exception("webhooks: deliveries to endpoint %d failed, next try soon", endpoint_id)
            self._rest(endpoint_id, AFTER_ERROR_S)
        finally:
            with self._guard:
                del self._sending[endpoint_id]

    def _attempt(self, claimed: ClaimedDelivery) -> bool:
        """Send and record; False if the endpoint is down, or removed."""
        delivery = claimed.delivery
        sealed = self._endpoints.find(delivery.endpoint_id)
        if sealed is None:
            return False
        attempt = self._send(claimed, sealed)
        self._deliveries.record(delivery, attempt, self._now())
        if attempt.says_endpoint_is_down:
            failures = self._failures.get(delivery.endpoint_id, 0) + 1
            self._failures[delivery.endpoint_id] = failures
            self._rest(delivery.endpoint_id, min(LONGEST_REST_S, FIRST_REST_S * 2 ** min(failures - 1, 10)))
            return False
        if attempt.is_delivered:
            # The first success of this process counts as well: the one before may have seen the failures.
            if self._failures.get(delivery.endpoint_id, BACK_AFTER) >= BACK_AFTER:
                self._deliveries.make_due(delivery.endpoint_id, self._now(), LEASE_S)
            self._failures[delivery.endpoint_id] = 0
        return True

    def _send(self, claimed: ClaimedDelivery, sealed: SealedEndpoint) -> Attempt:
        try:
            return self._sender.send(claimed, sealed)
        except Exception:  # of this event alone: the others must still be sent
            log.exception("webhook %s cannot be sent", claimed.delivery.event_id)
            return Attempt(problem=DeliveryProblem.INTERNAL)

    def _rest(self, endpoint_id: int, rest_s: float) -> None:
        with self._guard:
            self._rests_until[endpoint_id] = time.monotonic() + rest_s
