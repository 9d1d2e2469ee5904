"""Send a task's end to its callback URL: signed, and retried a few times."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import logging
from functools import partial
from typing import Protocol

from kaimedia.sandbox import timeline
from kaimedia.sandbox.background import in_background
from kaimedia.sandbox.counters import Counters
from kaimedia.sandbox.protocol.families import FAMILIES
from kaimedia.sandbox.protocol.fetching import Unreachable, post
from kaimedia.sandbox.task import SandboxTask, TaskSnapshot

_log = logging.getLogger("kaimedia.sandbox")
_TIMEOUT_S = 15.0
_RETRIES_AFTER_S = (5.0, 15.0, 45.0)
_MAX_PAUSE_S = 0.5
_MIN_PAUSE_S = 0.02


class SandboxState(Protocol):
    """The part of the sandbox that callbacks use."""

    def now(self) -> float: ...

    def view(self, task: SandboxTask, base_url: str | None = None) -> TaskSnapshot: ...


def signature(key: str, task_id: str, timestamp: str) -> str:
    """Base64 of HMAC-SHA256 over `task id.timestamp`; the body is not covered."""
    digest = hmac.new(key.encode(), f"{task_id}.{timestamp}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


class Callbacks:
    """Sends callbacks. Waits between attempts are in simulated seconds."""

    def __init__(self, hmac_key: str | None, speed: float, counters: Counters) -> None:
        self._key = hmac_key
        self._speed = speed
        self._counters = counters

    async def watch(self, task: SandboxTask, sandbox: SandboxState) -> None:
        """Wait for the task's end and send the callback."""
        while not (snapshot := sandbox.view(task)).state.is_over:
            left_s = task.created_at + timeline.end_s(task) / self._speed - sandbox.now()
            await asyncio.sleep(min(max(left_s, _MIN_PAUSE_S), _MAX_PAUSE_S))
        body = json.dumps(FAMILIES[task.order.family].callback(task, snapshot), ensure_ascii=False).encode()
        for _ in range(2 if task.has("callback_twice") else 1):
            await self._deliver(task, body, sandbox)

    async def _deliver(self, task: SandboxTask, body: bytes, sandbox: SandboxState) -> None:
        url = task.order.callback_url or ""
        for wait_s in (*_RETRIES_AFTER_S, None):
            self._counters.count("callbacks", sandbox.now())
            headers = self._headers(task, sandbox.now())
            try:
                status = await in_background(partial(post, url, body, headers, timeout_s=_TIMEOUT_S))
            except Unreachable as error:
                _log.debug("A callback could not be delivered: %s", error)
                status = 0
            if 200 <= status < 300 or wait_s is None:
                return
            await asyncio.sleep(wait_s / self._speed)

    def _headers(self, task: SandboxTask, now: float) -> dict[str, str]:
        if self._key is None or task.has("callback_unsigned"):
            return {}
        timestamp = str(int(now))
        key = "not the key" if task.has("callback_forged") else self._key
        return {
            "X-Webhook-Timestamp": timestamp,
            "X-Webhook-Signature": signature(key, task.task_id, timestamp),
        }
