"""Sends one claimed delivery to its endpoint."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime

from kaimedia.domain.webhook import Attempt, ClaimedDelivery, DeliveryProblem, SealedEndpoint
from kaimedia.log import hide
from kaimedia.media.address import AddressGuard
from kaimedia.security.secret_box import SecretBox
from kaimedia.webhooks.message import MessageBuilder
from kaimedia.webhooks.post import TIMEOUT_S, post
from kaimedia.webhooks.signature import headers, key_of
from kaimedia.webhooks.template import formats

log = logging.getLogger("kaimedia.webhooks")


class WebhookSender:
    """Decrypts an endpoint's address and secret, builds and signs the message, and sends it."""

    def __init__(
        self,
        messages: MessageBuilder,
        secret_box: SecretBox,
        trusted_hosts: Iterable[str],
        now: Callable[[], datetime],
        *,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._messages = messages
        self._secret_box = secret_box
        self._guard = AddressGuard(trusted_hosts)
        self._now = now
        self._timeout_s = timeout_s

    def check_url(self, url: str) -> None:
        """Refuse an address that can never be sent to.

        Raises:
            UnsafePath: the message says what is wrong with it.
        """
        self._guard.check_url(url)

    def send(self, claimed: ClaimedDelivery, sealed: SealedEndpoint) -> Attempt:
        """Make one attempt; takes at most `timeout_s` seconds and the time of a DNS lookup."""
        url = self._secret_box.unseal(sealed.url_ciphertext)
        secret = self._secret_box.unseal(sealed.secret_ciphertext) if sealed.secret_ciphertext else None
        if url is None or (sealed.secret_ciphertext and not _is_key(secret)) or sealed.endpoint.format not in formats():
            return Attempt(problem=DeliveryProblem.UNREADABLE)
        hide(url)  # addresses of chat services are secrets
        hide(secret)
        body, own = self._messages.build(claimed, sealed.endpoint.format)
        signed = headers(claimed.delivery.event_id, int(self._now().timestamp()), body, secret)
        attempt = post(url, body, {**own, **signed}, self._guard, timeout_s=self._timeout_s)
        what = attempt.problem.value if attempt.problem else "delivered"
        named = (claimed.delivery.event.value, claimed.delivery.event_id, sealed.endpoint.host, what)
        log.info("webhook %s %s to %s: %s, HTTP %s", *named, attempt.http_status or "–")
        return attempt


def _is_key(secret: str | None) -> bool:
    try:
        return secret is not None and bool(key_of(secret))
    except ValueError:
        return False
