"""Limits the number of open WebSockets and their duration before sign-in; closes them on sign-out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kaimedia.web.membership import Membership
from kaimedia.web.request_info import RequestInfo

log = logging.getLogger("kaimedia.firewall")

WATCH_S = 2.0
SWEEP_S = 65.0
RETRY_AFTER = {"Retry-After": "30"}


@dataclass(frozen=True, slots=True)
class SocketCaps:
    """Limits of open WebSockets. `strangers` are users who have not signed in although it is required."""

    total: int = 400
    per_peer: int = 80
    strangers: int = 30
    strangers_per_peer: int = 10
    stranger_s: float = 600.0


@dataclass(eq=False, slots=True)
class _Socket:
    peer: str | None
    sign_in: str | None
    is_stranger: bool
    end: asyncio.Event = field(default_factory=asyncio.Event)


class SocketLimits:
    """ASGI middleware for Streamlit's WebSockets; `sweep` is called when one has closed, and again a little later."""

    def __init__(
        self,
        app: ASGIApp,
        membership: Membership,
        sweep: Callable[[bool], None] = lambda members_only: None,
        caps: SocketCaps | None = None,
    ) -> None:
        self._app = app
        self._membership = membership
        self._sweep = sweep
        self._caps = caps or SocketCaps()
        self._open: set[_Socket] = set()
        self._watcher: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        sign_in = await self._membership.of(scope) if self._membership.is_needed else None
        is_stranger = self._membership.is_needed and sign_in is None
        socket = _Socket(RequestInfo.of(scope).far_peer, sign_in.id if sign_in else None, is_stranger)
        if reason := self._reason_to_refuse(socket):
            log.warning("rejected a WebSocket from %s: %s", socket.peer or "this machine", reason)
            await _refuse(scope, receive, send)
            return
        self._open.add(socket)
        timer = None
        if is_stranger:
            timer = asyncio.get_running_loop().call_later(self._caps.stranger_s, socket.end.set)
        elif sign_in is not None and (self._watcher is None or self._watcher.done()):
            self._watcher = asyncio.create_task(self._watch())
        try:
            await _run_until(socket.end, self._app, scope, receive, send)
        finally:
            self._open.discard(socket)
            if timer is not None:
                timer.cancel()
            self._sweep_now_and_later()

    def _reason_to_refuse(self, socket: _Socket) -> str | None:
        caps, peers = self._caps, [each for each in self._open if each.peer == socket.peer]
        strangers = sum(each.is_stranger for each in self._open)
        if len(self._open) >= caps.total:
            return f"{caps.total} are open"
        if socket.is_stranger and strangers >= caps.strangers:
            return f"{caps.strangers} are open that have not signed in"
        if socket.peer is None:
            return None
        if len(peers) >= caps.per_peer:
            return f"it has {caps.per_peer} open"
        if socket.is_stranger and sum(each.is_stranger for each in peers) >= caps.strangers_per_peer:
            return f"it has {caps.strangers_per_peer} open that have not signed in"
        return None

    async def _watch(self) -> None:
        """Close sockets whose user has signed out, in any process."""
        while ids := frozenset(each.sign_in for each in self._open if each.sign_in):
            ended = await self._membership.ended(ids)
            if ended:
                await asyncio.sleep(WATCH_S)  # let the page that signed out redirect to the provider first
            for each in self._open:
                if each.sign_in in ended:
                    each.end.set()
            await asyncio.sleep(WATCH_S)

    def _sweep_now_and_later(self) -> None:
        members_only = self._membership.is_needed
        self._sweep(members_only)
        asyncio.get_running_loop().call_later(SWEEP_S, self._sweep, members_only)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()  # the handshake
    if "websocket.http.response" in scope.get("extensions", {}):
        await PlainTextResponse("Too many connections. Try again later.\n", 503, RETRY_AFTER)(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1013, "reason": "Too many connections"})


async def _run_until(end: asyncio.Event, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Run the app until it returns; once `end` is set, close the socket on both sides."""
    incoming: asyncio.Future[Any] | None = None
    over: asyncio.Future[Any] = asyncio.ensure_future(end.wait())

    async def receive_until_end() -> Message:
        nonlocal incoming
        if incoming is None:
            incoming = asyncio.ensure_future(receive())
        await asyncio.wait([incoming, over], return_when=asyncio.FIRST_COMPLETED)
        if incoming.done():
            message: Message = incoming.result()
            incoming = None
            return message
        await send({"type": "websocket.close", "code": 1008, "reason": "Signed out"})
        return {"type": "websocket.disconnect", "code": 1008}

    async def send_until_end(message: Message) -> None:
        if not end.is_set():
            await send(message)

    try:
        await app(scope, receive_until_end, send_until_end)
    finally:
        over.cancel()
        if incoming is not None:
            incoming.cancel()
