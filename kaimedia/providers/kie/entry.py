"""kie.ai, and the sandbox that speaks its protocol, as entries of the registry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kaimedia.domain import ProviderName
from kaimedia.providers.base import Account, CallbackIds, Limits, Provider, ProviderEntry
from kaimedia.providers.http.pacing import Pacing
from kaimedia.providers.kie.callbacks import SIGNATURE_HEADER, TIMESTAMP_HEADER, candidate_ids, verified_ids
from kaimedia.providers.kie.client import KieClient
from kaimedia.providers.kie.http.transport import Transport

_WINDOW_MARGIN_S = 0.5  # the limits' window allows for late arrival; at the moment of sending, nothing is late yet


def connect(account: Account, limits: Limits) -> Provider:
    """A client for one account."""
    pacing = Pacing(
        label="kie.ai",
        polls_per_s=limits.reads_per_s,
        polls_per_task_s=limits.reads_per_task_s,
        creates=limits.creates,
        window_s=limits.window_s - _WINDOW_MARGIN_S,
    )
    transport = Transport(account.url, account.upload_url, account.key, pace=pacing)
    return KieClient(transport, Pacing(polls_per_s=limits.model_reads_per_s))


def read_callback(payload: Any, headers: Mapping[str, str], *, secret: str, now: datetime) -> CallbackIds:
    """The task ids that a payload names; with a webhook key, only those that are signed."""
    if not secret:
        return CallbackIds(candidate_ids(payload))
    timestamp, signature = headers.get(TIMESTAMP_HEADER.lower()), headers.get(SIGNATURE_HEADER.lower())
    signed = verified_ids(payload, timestamp=timestamp, signature=signature, hmac_key=secret, now=now)
    return CallbackIds(signed, is_verified=True)


# Source: docs.kie.ai, getting started and record pages, state of 2026-10: 20 new tasks per 10 s per account, and
# requests over that are dropped; 10 reads per second per key, 3 for one task. Our window is a little longer, because
# what leaves in time may arrive late.
_LIMITS = Limits(creates=20, window_s=10.5, reads_per_s=10.0, reads_per_task_s=3.0, model_reads_per_s=0.9)

KIE = ProviderEntry(
    name=ProviderName.KIE,
    label="kie.ai",
    location="at kie.ai",
    connect=connect,
    limits=_LIMITS,
    key_setting="KIE_API_KEY",
    has_key_form=True,
    takes_uploads=True,
    reports_balance=True,
    renews_links=True,
    sends_callbacks=True,
    read_callback=read_callback,
    logs_url="https://kie.ai/logs",
    billing_url="https://kie.ai/pricing",
)
SANDBOX = ProviderEntry(
    name=ProviderName.SANDBOX,
    label="the sandbox",
    location="in the sandbox",
    connect=connect,
    limits=_LIMITS,
    is_free=True,
    takes_uploads=True,
    reports_balance=True,
    renews_links=True,
    read_callback=read_callback,
)
