"""Telling a task's end to the address its create named: signed, repeated, given up in the end."""

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
from kaimedia.sandbox.aside import aside
from kaimedia.sandbox.families import FAMILIES
from kaimedia.sandbox.fetching import Unreachable, post
from kaimedia.sandbox.tally import Tally
from kaimedia.sandbox.task import Moment, SandboxTask

_log = logging.getLogger("kaimedia.sandbox")
_ANSWER_WITHIN_S = 15.0
_RETRIES_AFTER_S = (5.0, 15.0, 45.0)
_LONGEST_NAP_S = 0.5
_SHORTEST_NAP_S = 0.02


class Desk(Protocol):
    """What callbacks need of the sandbox."""

    def now(self) -> float: ...

    def view(self, task: SandboxTask, base_url: str | None = None) -> Moment: ...


def signature(key: str, task_id: str, timestamp: str) -> str:
    """Base64 of HMAC-SHA256 over `task id.timestamp`; the body is not covered."""
    digest = hmac.new(key.encode(), f"{task_id}.{timestamp}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


class Callbacks:
    """The sender. Waits between attempts are simulated seconds."""

    def __init__(self, hmac_key: str | None, speed: float, tally: Tally) -> None:
        self._key = hmac_key
        self._speed = speed
        self._tally = tally

    async def watch(self, task: SandboxTask, desk: Desk) -> None:
        """Wait for the task's end and tell it."""
        while not (moment := desk.view(task)).state.is_over:
            left_s = task.created_at + timeline.end_s(task) / self._speed - desk.now()
            await asyncio.sleep(min(max(left_s, _SHORTEST_NAP_S), _LONGEST_NAP_S))
        body = json.dumps(FAMILIES[task.order.family].callback(task, moment), ensure_ascii=False).encode()
        for _ in range(2 if task.has("callback_twice") else 1):
            await self._deliver(task, body, desk)

    async def _deliver(self, task: SandboxTask, body: bytes, desk: Desk) -> None:
        url = task.order.callback_url or ""
        for wait_s in (*_RETRIES_AFTER_S, None):
            self._tally.count("callbacks", desk.now())
            headers = self._headers(task, desk.now())
            try:
                status = await aside(partial(post, url, body, headers, timeout_s=_ANSWER_WITHIN_S))
            except Unreachable as error:
                _log.debug("A callback was not taken: %s", error)
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
