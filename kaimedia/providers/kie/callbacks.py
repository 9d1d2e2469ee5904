"""Read the provider's callbacks without trusting them: a callback is a reason to poll now, never the result.

Source: docs.kie.ai, callback pages and webhook verification, state of 2026-10.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

TIMESTAMP_HEADER = "X-Webhook-Timestamp"
SIGNATURE_HEADER = "X-Webhook-Signature"
_WINDOW_S = 300
_NAMES = ("taskId", "task_id")
_ID = re.compile(r"[!-~]{1,128}")


def candidate_ids(payload: Any) -> tuple[str, ...]:
    """The task ids in a payload, most likely first: in `data`, then at the root. Malformed ids are left out."""
    if not isinstance(payload, Mapping):
        return ()
    data = payload.get("data")
    places = (data, payload) if isinstance(data, Mapping) else (payload,)
    found = (place.get(name) for place in places for name in _NAMES)
    return tuple(dict.fromkeys(value for value in found if isinstance(value, str) and _ID.fullmatch(value)))


def verified_ids(
    payload: Any, *, timestamp: str | None, signature: str | None, hmac_key: str, now: datetime
) -> tuple[str, ...]:
    """The payload's task ids that the two headers sign, within five minutes of `now`; usually none or one.

    The signature is base64 of HMAC-SHA256 over `<task id>.<timestamp>`. It does not cover the body, so any other
    id in the payload is unverified.
    """
    if not timestamp or not signature or not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return ()
    if abs(now.timestamp() - int(timestamp)) > _WINDOW_S:
        return ()
    received = signature.strip().encode("utf-8", errors="replace")
    candidates = candidate_ids(payload)
    matches = [hmac.compare_digest(sign(task_id, timestamp, hmac_key).encode(), received) for task_id in candidates]
    return tuple(task_id for task_id, is_signed in zip(candidates, matches, strict=True) if is_signed)


def sign(task_id: str, timestamp: str, hmac_key: str) -> str:
    """The signature the provider sends for this task id and timestamp."""
    message = f"{task_id}.{timestamp}".encode("utf-8", errors="replace")
    return base64.b64encode(hmac.new(hmac_key.encode(), message, hashlib.sha256).digest()).decode("ascii")
