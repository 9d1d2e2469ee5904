"""Caps before the framework's WebSockets and uploads, without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from kaimedia.domain.upload_caps import UploadCaps
from kaimedia.security.access import Access, SignIn
from kaimedia.web.membership import Membership
from kaimedia.web.socket_limits import SocketCaps, SocketLimits
from kaimedia.web.upload_limits import UploadLimits

LOGIN = Access("login", is_chosen=True, hosts=("studio.example",), emails=("ada@example.org",))
OPEN = Access("open", is_chosen=True, hosts=("studio.example",))
CAPS = SocketCaps(total=6, per_peer=4, strangers=3, strangers_per_peer=2, stranger_s=0.1)


def sign_in_of(cookies: Mapping[str, str]) -> SignIn | None:
    """A cookie `who=name` stands for the framework's signed one."""
    who = cookies.get("who")
    return SignIn(who * 8, f"{who}@example.org", is_verified=True) if who else None


def membership(access: Access, ended: set[str] | None = None) -> Membership:
    return Membership(lambda: access, sign_in_of, lambda ids: ids & (ended or set()))


def scope_of(kind: str, path: str, *, peer: str = "192.0.2.9", who: str = "", **headers: str) -> dict[str, Any]:
    given = {"host": "studio.example", **({"cookie": f"who={who}"} if who else {}), **headers}
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()]
    return {
        **{"type": kind, "path": path, "headers": raw, "client": (peer, 1), "scheme": "http", "method": "PUT"},
        "extensions": {"websocket.http.response": {}},
    }


class Sockets:
    """WebSockets that stay open until their end."""

    def __init__(self, limits: SocketLimits) -> None:
        self.limits = limits
        self.running: list[asyncio.Task[None]] = []
        self.sent: list[list[dict[str, Any]]] = []

    async def open(self, **more: str) -> int:
        """101, or the status of the rejection."""
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if not sent:
                return {"type": "websocket.connect"}
            await asyncio.sleep(60)
            return {"type": "websocket.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = scope_of("websocket", "/_stcore/stream", **more)  # type: ignore[arg-type]
        self.running.append(asyncio.create_task(self.limits(scope, receive, send)))  # type: ignore[arg-type]
        self.sent.append(sent)
        while not sent:
            await asyncio.sleep(0.001)
        return int(sent[0].get("status", 101))


async def behind(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (await receive())["type"] != "websocket.disconnect":
        pass
    await send({"type": "websocket.send", "text": "too late"})


def test_strangers_get_few_sockets_and_lose_them() -> None:
    swept: list[bool] = []

    async def run() -> None:
        sockets = Sockets(SocketLimits(behind, membership(LOGIN), swept.append, CAPS))
        assert [await sockets.open(peer="192.0.2.1") for _ in range(3)] == [101, 101, 503]
        assert [await sockets.open(peer="192.0.2.2") for _ in range(2)] == [101, 503]
        assert await sockets.open(peer="192.0.2.3", who="ada") == 101  # members are not in their way
        assert await sockets.open(peer="192.0.2.3", who="eve") == 503
        strangers = [sockets.running[0], sockets.running[1], sockets.running[3]]
        await asyncio.wait_for(asyncio.gather(*strangers), 5)
        assert not sockets.running[5].done() and swept == [True] * 3
        assert [message["type"] for message in sockets.sent[0]] == ["websocket.accept", "websocket.close"]
        assert await sockets.open(peer="192.0.2.1") == 101
        for task in sockets.running:
            task.cancel()

    asyncio.run(run())


def test_peers_and_all_have_a_cap_in_every_mode() -> None:
    async def run() -> None:
        sockets = Sockets(SocketLimits(behind, membership(OPEN), caps=CAPS))
        assert [await sockets.open(peer="127.0.0.1", x_forwarded_for="9.9.9.9, 192.0.2.7") for _ in range(5)] == [
            *[101] * 4,
            503,
        ]
        assert [await sockets.open(peer="127.0.0.1") for _ in range(3)] == [101, 101, 503]
        for task in sockets.running:
            task.cancel()

    asyncio.run(run())


def test_sockets_end_with_their_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kaimedia.web.socket_limits.WATCH_S", 0.01)
    ended: set[str] = set()

    async def run() -> None:
        sockets = Sockets(SocketLimits(behind, membership(LOGIN, ended), caps=CAPS))
        assert await sockets.open(who="ada") == 101
        await asyncio.sleep(0.1)
        assert not sockets.running[0].done()
        ended.add("ada" * 8)
        await asyncio.wait_for(sockets.running[0], 5)
        assert sockets.sent[0][-1] == {
            **{"type": "websocket.close", "code": 1008, "reason": "Signed out"},
        }

    asyncio.run(run())


class Uploads:
    """A place that keeps what comes in, by session, as the framework does."""

    def __init__(self, access: Access, caps: UploadCaps) -> None:
        self.files: dict[str, list[int]] = {}
        self.read = 0
        self.limits = UploadLimits(self._keep, membership(access), lambda: self.files, caps)

    async def _keep(self, scope: Any, receive: Any, send: Any) -> None:
        size = int(dict(scope["headers"]).get(b"content-length", 90))
        await asyncio.sleep(0.01)
        self.files.setdefault(scope["path"].split("/")[3], []).append(size)
        await send({"type": "http.response.start", "status": 204, "headers": []})

    async def put(self, session: str, size: int | None, who: str = "") -> int:
        statuses: list[int] = []

        async def send(message: Any) -> None:
            if "status" in message:
                statuses.append(message["status"])

        more = {} if size is None else {"content_length": str(size)}
        scope = scope_of("http", f"/_stcore/upload_file/{session}/file", who=who, **more)

        async def receive() -> dict[str, Any]:
            self.read += 1
            return {"type": "http.request", "body": b"x", "more_body": False}

        await self.limits(scope, receive, send)  # type: ignore[arg-type]
        return statuses[0]


def test_nothing_is_uploaded_before_sign_in() -> None:
    async def run() -> None:
        uploads = Uploads(LOGIN, UploadCaps())
        assert await uploads.put("a", 10) == 403 and await uploads.put("a", 10, who="eve") == 403
        assert uploads.read == 2  # so that the browser hears the answer
        assert await uploads.put("a", 10**9) == 403 and uploads.read == 2
        assert await uploads.put("a", 10, who="ada") == 204
        assert uploads.files == {"a": [10]}

    asyncio.run(run())


def test_uploads_have_caps_for_a_session_and_for_all() -> None:
    async def run() -> None:
        uploads = Uploads(OPEN, UploadCaps(session_files=2, session_bytes=100, total_bytes=200, unknown_bytes=90))
        at_once = await asyncio.gather(*(uploads.put("a", 40) for _ in range(5)))
        assert sorted(at_once) == [204, 204, 429, 429, 429]
        assert await uploads.put("b", 101) == 429 and await uploads.put("b", None) == 204
        assert await uploads.put("c", 90) == 507
        del uploads.files["a"]
        assert await uploads.put("c", 90) == 204

    asyncio.run(run())
