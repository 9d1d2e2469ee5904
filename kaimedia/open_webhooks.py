"""Wires up outgoing webhooks: messages, sender, deliverer, and the service that the surfaces use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from kaimedia.config import Config
from kaimedia.security.secret_box import SecretBox
from kaimedia.store.stores import Stores
from kaimedia.studio.task_document import task_document
from kaimedia.studio.task_texts import next_step
from kaimedia.studio.webhooks import WebhookService
from kaimedia.webhooks.deliverer import WebhookDeliverer
from kaimedia.webhooks.message import MessageBuilder
from kaimedia.webhooks.sender import WebhookSender


def open_webhooks(config: Config, stores: Stores, secret_box: SecretBox, now: Callable[[], datetime]) -> WebhookService:
    """The webhooks of this installation; nothing is delivered before `start`."""
    messages = MessageBuilder(task_document, next_step, config.public_url)
    sender = WebhookSender(messages, secret_box, config.trusted_hosts, now)
    endpoints, deliveries = stores.webhook_endpoints, stores.webhook_deliveries
    deliverer = WebhookDeliverer(deliveries, endpoints, sender, now)
    return WebhookService(endpoints, deliveries, deliverer, sender, secret_box, now, config.webhook)
