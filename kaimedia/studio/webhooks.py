"""Outgoing webhooks: endpoints added, tested, paused and removed, and the log of their deliveries."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from kaimedia.config import WebhookSetting
from kaimedia.domain.webhook import (
    STANDARD_FORMAT,
    Delivery,
    DeliveryStatus,
    SealedEndpoint,
    WebhookEndpoint,
)
from kaimedia.errors import ConfigError, Conflict, InvalidRequest, NotFound, StoreError, UnsafePath
from kaimedia.log import hide
from kaimedia.security.secret_box import SecretBox
from kaimedia.store.webhooks.deliveries import WebhookDeliveries
from kaimedia.store.webhooks.endpoints import NewEndpoint, WebhookEndpoints
from kaimedia.webhooks.deliverer import WebhookDeliverer
from kaimedia.webhooks.sender import WebhookSender
from kaimedia.webhooks.signature import new_secret
from kaimedia.webhooks.template import formats

log = logging.getLogger("kaimedia.webhooks")

MAX_ENDPOINTS = 20
MAX_NAME = 60  # characters
SETTING_NAME = "KAIMEDIA_WEBHOOK_URL"


class WebhookService:
    """The webhooks of this installation. Every method may raise `StoreUnavailable`."""

    def __init__(
        self,
        endpoints: WebhookEndpoints,
        deliveries: WebhookDeliveries,
        deliverer: WebhookDeliverer,
        sender: WebhookSender,
        secret_box: SecretBox,
        now: Callable[[], datetime],
        setting: WebhookSetting | None,
    ) -> None:
        self._endpoints = endpoints
        self._deliveries = deliveries
        self._deliverer = deliverer
        self._sender = sender
        self._box = secret_box
        self._now = now
        self._setting = setting

    def formats(self) -> tuple[str, ...]:
        """What can be sent: the signed JSON document first, then those of chat services."""
        return formats()

    def endpoints(self) -> list[WebhookEndpoint]:
        """That of the settings first, then the oldest first."""
        return [sealed.endpoint for sealed in self._endpoints.all()]

    def is_no_longer_set(self, endpoint: WebhookEndpoint) -> bool:
        """True for the endpoint of the settings if those of this process name none; events are still sent to it."""
        return endpoint.is_from_settings and self._setting is None

    def last_delivery(self, endpoint_id: int) -> Delivery | None:
        """The delivery of an endpoint that was attempted last."""
        return self._deliveries.last_of(endpoint_id)

    def add(self, url: str, *, name: str = "", format: str = STANDARD_FORMAT) -> tuple[WebhookEndpoint, str | None]:
        """Add an endpoint; returns it and the secret that signs its events, this once: None unless the format is JSON.

        Raises:
            InvalidRequest: the address, name or format cannot be used.
            Conflict: there are too many.
            ConfigError: nothing can be encrypted.
        """
        url = url.strip()
        if format not in formats():
            raise InvalidRequest(f"The format is one of {', '.join(formats())}.", field="format")
        self._check_url(url)
        host = _host_of(url)
        name = " ".join(name.split()) or host
        if len(name) > MAX_NAME:
            raise InvalidRequest(f"A name has at most {MAX_NAME} characters.", field="name")
        if len(self._endpoints.all()) >= MAX_ENDPOINTS:
            raise Conflict(f"There are {MAX_ENDPOINTS} webhooks already.", field="url", next_step="Remove one first.")
        secret = new_secret() if format == STANDARD_FORMAT else None
        hide(url)
        hide(secret)
        sealed = self._box.seal(secret) if secret else None
        new = NewEndpoint(name, host, format, self._box.seal(url), sealed)
        return self._endpoints.add(new, self._now()), secret

    def _check_url(self, url: str) -> None:
        try:
            self._sender.check_url(url)
        except UnsafePath as error:
            step = "Use a public https address, or add its host to KAIMEDIA_TRUSTED_HOSTS."
            raise InvalidRequest(error.message, field="url", next_step=step) from error

    def set_paused(self, endpoint_id: int, *, is_paused: bool) -> None:
        """Pause an endpoint: its events wait until it is resumed.

        Raises:
            NotFound: there is none with this id.
        """
        if not self._endpoints.set_paused(endpoint_id, self._now() if is_paused else None):
            raise _no_endpoint()

    def remove(self, endpoint_id: int) -> None:
        """Remove an endpoint and its deliveries.

        Raises:
            NotFound: there is none with this id.
            Conflict: the settings name it.
        """
        endpoint = self._find(endpoint_id).endpoint
        if self.is_no_longer_set(endpoint):
            self._endpoints.set_from_settings(None, self._now())
            return
        if endpoint.is_from_settings:
            step = "Remove the setting, restart the app, and then remove the webhook."
            raise Conflict("This one is set by KAIMEDIA_WEBHOOK_URL.", field="id", next_step=step)
        self._endpoints.remove(endpoint_id)

    def test(self, endpoint_id: int) -> Delivery:
        """Send a test now, paused or not, and return how it went; waits for the response, at most some 10 s.

        Raises:
            NotFound: there is none with this id.
        """
        self._find(endpoint_id)
        delivery_id = self._deliveries.add_test(f"evt_{secrets.token_hex(16)}", endpoint_id, self._now())
        self._deliverer.deliver_one(delivery_id)
        return self.delivery(delivery_id)

    def delivery(self, delivery_id: int) -> Delivery:
        """One delivery.

        Raises:
            NotFound: there is none with this id.
        """
        found = self._deliveries.find(delivery_id)
        if found is None:
            raise NotFound("There is no delivery with this id.")
        return found

    def deliveries(
        self, limit: int = 50, *, before: int | None = None, status: DeliveryStatus | None = None
    ) -> list[Delivery]:
        """The newest deliveries, with `before` only those with a lower id."""
        return self._deliveries.newest(limit, before=before, status=status)

    def send_again(self, delivery_ids: Sequence[int]) -> int:
        """Send these again soon, with the same event ids; returns how many. Delivered ones are left alone."""
        return self._deliveries.send_again(delivery_ids, self._now())

    def start(self, *, applies_setting: bool) -> None:
        """Deliver in the background until `stop`; first, if asked to, make the endpoint of the settings the one named.

        Without a setting its endpoint is kept: events wait there, and another process may have the setting. While the
        database cannot be used, the setting is applied later.
        """
        if not applies_setting:
            self._deliverer.start()
            return
        try:
            self._use_setting()
        except StoreError as error:
            log.warning("KAIMEDIA_WEBHOOK_URL is applied later: %s", error)
            self._deliverer.start(first=self._use_setting)
            return
        self._deliverer.start()

    def stop(self) -> None:
        """Stop delivering; what is left is delivered by another process, or after the next start."""
        self._deliverer.stop()

    def _use_setting(self) -> None:
        found = [sealed for sealed in self._endpoints.all() if sealed.endpoint.is_from_settings]
        if self._setting is None:
            if found:
                log.warning("KAIMEDIA_WEBHOOK_URL is no longer set; events are sent to its webhook until you remove it")
            return
        try:
            if len(found) != 1 or not self._is_same(self._setting, found[0]):
                self._endpoints.set_from_settings(self._new(self._setting), self._now())
        except ConfigError as error:  # without a usable secret key, everything else works
            log.error("KAIMEDIA_WEBHOOK_URL is not used: %s %s", error.message, error.next_step)

    def _new(self, wanted: WebhookSetting) -> NewEndpoint:
        secret = self._box.seal(wanted.secret) if wanted.secret else None
        url = self._box.seal(wanted.url)
        return NewEndpoint(SETTING_NAME, _host_of(wanted.url), wanted.format, url, secret, is_from_settings=True)

    def _is_same(self, wanted: WebhookSetting, sealed: SealedEndpoint) -> bool:
        secret = self._box.unseal(sealed.secret_ciphertext) if sealed.secret_ciphertext else None
        stored = WebhookSetting(self._box.unseal(sealed.url_ciphertext) or "", secret, sealed.endpoint.format)
        return stored == wanted

    def _find(self, endpoint_id: int) -> SealedEndpoint:
        found = self._endpoints.find(endpoint_id)
        if found is None:
            raise _no_endpoint()
        return found


def _no_endpoint() -> NotFound:
    return NotFound("There is no webhook with this id.")


def _host_of(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]
