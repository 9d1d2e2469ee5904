"""What `doctor` says about webhooks: endpoints that can never work, and those that do not work now. Sends nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from kaimedia.config import Config
from kaimedia.context import open_database
from kaimedia.domain.webhook import SealedEndpoint
from kaimedia.errors import UnsafePath
from kaimedia.finding import Finding
from kaimedia.media.address import AddressGuard
from kaimedia.security.secret_box import SecretBox
from kaimedia.store.database.connecting import read_url, sqlite_file
from kaimedia.store.webhooks.deliveries import WebhookDeliveries
from kaimedia.store.webhooks.endpoints import WebhookEndpoints
from kaimedia.studio import problem_text, webhook_step

_TRUST = "Use a public https address, or add its host to KAIMEDIA_TRUSTED_HOSTS."


def find(config: Config, secret_box: SecretBox) -> Iterator[Finding]:
    """One finding for each endpoint; none where there is none."""
    guard = AddressGuard(config.trusted_hosts)
    if config.webhook is not None:
        problem = _refused(config.webhook.url, guard)
        detail = f"cannot be used: {problem}" if problem else f"events are sent as {config.webhook.format}"
        yield Finding("KAIMEDIA_WEBHOOK_URL", problem is None, detail, _TRUST)
    file = sqlite_file(read_url(config.database_url))
    if file is not None and not file.exists():
        return
    with closing(open_database(config)) as database:
        if not database.is_current():
            return
        deliveries = WebhookDeliveries(database)
        for sealed in WebhookEndpoints(database).all():
            yield _state(sealed, deliveries, guard, secret_box)


def _state(sealed: SealedEndpoint, deliveries: WebhookDeliveries, guard: AddressGuard, box: SecretBox) -> Finding:
    endpoint = sealed.endpoint
    what = f"webhook {endpoint.id} ({endpoint.host})"
    url = box.unseal(sealed.url_ciphertext)
    is_readable = not sealed.secret_ciphertext or box.unseal(sealed.secret_ciphertext) is not None
    if url is None or not is_readable:
        step = "The app’s secret key changed: remove the webhook and add it again."
        return Finding(what, False, "its address or secret cannot be decrypted", step)
    if problem := _refused(url, guard):
        return Finding(what, False, f"cannot be used: {problem}", _TRUST)
    if endpoint.paused_at is not None:
        return Finding(what, True, "is paused; its events wait")
    last = deliveries.last_of(endpoint.id)
    if last is None:
        return Finding(what, True, "nothing was sent yet")
    if (text := problem_text(last)) is not None:
        return Finding(what, False, f"last delivery: {text[:1].lower()}{text[1:]}", webhook_step(last) or "")
    return Finding(what, True, "the last delivery was accepted")


def _refused(url: str, guard: AddressGuard) -> str | None:
    """Why this address is never connected to; None if it may be."""
    try:
        guard.check_url(url)
    except UnsafePath as error:
        return error.message
    return None
