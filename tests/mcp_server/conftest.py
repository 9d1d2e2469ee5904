"""Agents: the SDK's own client, talking to a server in this process, over stdio, or over HTTP."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult

from bench.processes import clean_environment
from kaimedia import runtime
from kaimedia.api.parameters import LOCAL, Caller
from kaimedia.context import AppContext
from kaimedia.domain import utc_now
from kaimedia.domain.api_token import ALL_SCOPES, TokenScope
from kaimedia.mcp_server.server import make_server
from tests.conftest import ROOT

T = TypeVar("T")
Talk = Callable[[Client], Awaitable[T]]
QUICK = {"KAIMEDIA_SANDBOX_SPEED": "20", "KAIMEDIA_SANDBOX_MEDIA": "small", "KAIMEDIA_POLL_S": "0.2"}


class Agent:
    """Talks to a server in this process, as the caller with this token or without one."""

    def __init__(self, secret: str | None = None, *scopes: TokenScope) -> None:
        caller_id = hashlib.sha256(secret.encode()).hexdigest() if secret else LOCAL
        self.token_id = caller_id[:12]
        self._server = make_server(lambda _context: Caller(caller_id, utc_now(), frozenset(scopes) or ALL_SCOPES))

    def talk(self, what: Talk[T]) -> T:
        """Connect, and do it."""
        return talk(self._server, what)

    def call(self, tool: str, **arguments: Any) -> CallToolResult:
        """Call one tool."""
        return self.talk(lambda client: client.call_tool(tool, arguments))

    def answer(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The structured answer of a call that succeeds."""
        return answer_of(self.call(tool, **arguments))

    def error(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The structured error of a call that fails."""
        return error_of(self.call(tool, **arguments))


def talk(server: Any, what: Talk[T]) -> T:
    """Connect to a server (of this process, a transport, or a command), and do it."""

    async def run() -> T:
        async with Client(server) as client:
            return await what(client)

    return asyncio.run(run())


def answer_of(result: CallToolResult) -> dict[str, Any]:
    """The structured content of a result, which its text repeats."""
    assert not result.is_error, result.content
    found: dict[str, Any] = result.structured_content
    return found


def error_of(result: CallToolResult) -> dict[str, Any]:
    """The structured error of a result."""
    assert result.is_error, result.content
    found: dict[str, Any] = result.structured_content["error"]
    assert found["message"] and found["next_step"]
    return found


def over_stdio(folder: Path, **settings: str) -> StdioServerParameters:
    """`python -m kaimedia mcp` with everything it keeps in `folder`, as `start_app` keeps it."""
    environment = {
        "KAIMEDIA_DATA": str(folder / "data"),
        "KAIMEDIA_MEDIA_URL": str(folder / "media"),
        "KAIMEDIA_DATABASE_URL": f"sqlite:///{folder / 'kaimedia.db'}",
        **QUICK,
        **settings,
    }
    command = [sys.executable, "-m", "kaimedia", "mcp"]
    return StdioServerParameters(command=command[0], args=command[1:], cwd=ROOT, env=clean_environment(**environment))


@asynccontextmanager
async def over_http(url: str, headers: Mapping[str, str] | None = None) -> Any:
    """The transport to the server at `url`, below which `/mcp` is."""
    async with (
        httpx2.AsyncClient(headers=dict(headers or {}), timeout=60) as http,
        streamable_http_client(f"{url}/mcp", http_client=http) as streams,
    ):
        yield streams


async def make_a_picture(client: Client, prompt: str = "a paper boat", key: str = "order-1") -> dict[str, Any]:
    """The main job of an agent: list, quote, generate, wait, look, and fetch the file. Returns the task."""
    models = answer_of(await client.call_tool("list_models", {"type": "image", "does": "text-to-image"}))
    assert "gpt4o-image" in [model["id"] for model in models["items"]]
    wish = {"model": "gpt4o-image", "prompt": prompt}
    quote = answer_of(await client.call_tool("quote", wish))
    assert quote["is_free"] and quote["credits_low"] > 0 and not quote["would_be_refused"]
    task = answer_of(await client.call_tool("generate_image", {**wish, "idempotency_key": key}))
    reports: list[str] = []

    async def report(_progress: float, _total: float | None, message: str | None) -> None:
        reports.append(message or "")

    waiting = {"task_id": task["task_id"]}
    done = answer_of(await client.call_tool("wait_for_task", waiting, progress_callback=report))
    assert done["status"] == "completed" and reports, done
    (result,) = done["results"]
    seen = await client.call_tool("get_media", {"media_id": result["media_id"]})
    answer = answer_of(seen)
    assert [block.type for block in seen.content] == ["text", "image", "resource_link"]
    thumbnail = next(base64.b64decode(block.data) for block in seen.content if block.type == "image")
    assert (thumbnail[:4], thumbnail[8:12]) == (b"RIFF", b"WEBP") and "edit" in answer["actions"]
    file = (await client.read_resource(result["resource_uri"])).contents[0]
    assert file.mime_type == answer["mime_type"] == "image/png"
    assert base64.b64decode(file.blob).startswith(b"\x89PNG")
    return {**done, "url": answer["url"]}


@pytest.fixture
def use_context(monkeypatch: pytest.MonkeyPatch) -> Callable[[AppContext | None], None]:
    """Make an app context the one of this process."""
    monkeypatch.setattr(runtime.current, "failure", None)

    def use(context: AppContext | None) -> None:
        monkeypatch.setattr(runtime.current, "context", context)

    return use


@pytest.fixture
def studio(context: AppContext, use_context: Callable[[AppContext | None], None]) -> AppContext:
    """The app of this process, whose engine runs."""
    use_context(context)
    return context
