"""kie.ai, and the sandbox that speaks its protocol, as entries of the registry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kaimedia.domain import ProviderKind
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


KIE = ProviderEntry(
    name=ProviderKind.KIE,
    label="kie.ai",
    location="at kie.ai",
    connect=connect,
    logs_url="https://kie.ai/logs",
    sends_callbacks=True,
    read_callback=read_callback,
)
SANDBOX = ProviderEntry(
    name=ProviderKind.SANDBOX,
    label="the sandbox",
    location="in the sandbox",
    connect=connect,
    is_free=True,
    read_callback=read_callback,
)
