"""The main job over both transports, with real processes; a kill in the middle; who is let in over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest
from mcp import Client

from kaimedia import config as configuration
from kaimedia.context import open_context
from kaimedia.domain.api_token import TokenScope
from tests.conftest import ROOT
from tests.e2e.conftest import App, start_app, stop_app
from tests.mcp_server.conftest import QUICK, answer_of, error_of, make_a_picture, over_http, over_stdio, talk
from tests.server import wire

UNACCEPTED = ("preparing", "queued", "sending")

pytestmark = pytest.mark.slow
SHARES_APP = pytest.mark.xdist_group("mcp-transports")  # started once
TOKEN = "a-token-for-agents-0123456789"
# Only so slow that a task surely still runs when the process is killed.
SLOW = {**QUICK, "KAIMEDIA_SANDBOX_SPEED": "2"}
LIST_TOOLS = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}).encode()
_CLIENT = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "a client", "version": "1"}}
INITIALIZE = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": _CLIENT}).encode()
_ASKED = {"name": "list_models", "arguments": {}}
LIST_MODELS = json.dumps({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": _ASKED}).encode()
SENT = [("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream")]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    running = start_app(tmp_path_factory.mktemp("app"), base="/studio/media", **QUICK)
    yield running
    stop_app(running)


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    running = start_app(tmp_path_factory.mktemp("closed"), KAIMEDIA_API_TOKEN=TOKEN, **QUICK)
    yield running
    stop_app(running)


@SHARES_APP
def test_over_http_below_a_path(app: App) -> None:
    task = talk(over_http(app.url), make_a_picture)
    assert task["url"].startswith(f"{app.url}/static/media/image_")
    with urllib.request.urlopen(task["url"]) as answer:
        assert answer.read().startswith(b"\x89PNG")


@SHARES_APP
@pytest.mark.parametrize("mode", [pytest.param("auto", marks=pytest.mark.exhaustive), "legacy"])
def test_old_and_new_clients_are_served(app: App, mode: str) -> None:
    async def ask() -> dict[str, Any]:
        async with Client(over_http(app.url), mode=mode) as client:
            assert (await client.list_tools()).tools
            return answer_of(await client.call_tool("quote", {"prompt": "a boat"}))

    assert asyncio.run(ask())["is_free"]


@SHARES_APP
def test_over_stdio_beside_the_app(app: App) -> None:
    task = talk(over_stdio(app.folder), lambda client: make_a_picture(client, "a red kite", "order-2"))

    async def look(client: Client) -> dict[str, Any]:
        return answer_of(await client.call_tool("search_media", {"q": "kite"}))

    (item,) = talk(over_http(app.url), look)["items"]
    assert item["task_id"] == task["task_id"]


@pytest.mark.exhaustive
def test_over_stdio_alone(tmp_path: Path) -> None:
    assert talk(over_stdio(tmp_path), make_a_picture)["status"] == "completed"


def test_a_killed_app_loses_nothing(tmp_path: Path) -> None:
    """The agent's second call, with the same key, finds the same task; its connection outlives the restart."""

    async def start(client: Client) -> tuple[str, str]:
        wish = {"prompt": "a boat", "idempotency_key": "order-3"}
        task_id = answer_of(await client.call_tool("generate_image", wish))["task_id"]
        waiting = {"task_id": task_id, "timeout_s": 1}
        assert answer_of(await client.call_tool("wait_for_task", waiting))["status"] != "completed"
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait()
        second.append(start_app(tmp_path, port=int(first.url.rpartition(":")[2]), **SLOW))
        again = answer_of(await client.call_tool("generate_image", wish))["task_id"]
        done = answer_of(await client.call_tool("wait_for_task", {"task_id": again}))
        assert done["status"] == "completed", done
        assert answer_of(await client.call_tool("search_media", {}))["total"] == 1
        return task_id, again

    second: list[App] = []
    first = start_app(tmp_path, **SLOW)
    try:
        before, after = talk(over_http(first.url), start)
    finally:
        for running in (first, *second):
            stop_app(running)
    assert before == after


@pytest.mark.exhaustive
def test_a_killed_stdio_server_loses_nothing(tmp_path: Path) -> None:
    wish = {"prompt": "a boat", "idempotency_key": "order-4"}

    async def begin(client: Client) -> str:
        task = answer_of(await client.call_tool("generate_image", wish))
        task_id: str = task["task_id"]
        assert "only while this server or the app runs" in task["next_step"]
        # Its reply must have arrived: killed before, the outcome would be unknown, as everywhere.
        while (task := answer_of(await client.call_tool("get_task", {"task_id": task_id})))["phase"] in UNACCEPTED:
            await asyncio.sleep(0.1)
        assert task["status"] == "processing"
        (server,) = [each for each in psutil.Process().children() if each.cmdline()[-2:] == ["kaimedia", "mcp"]]
        server.kill()
        return task_id

    async def go_on(client: Client) -> dict[str, Any]:
        task_id = answer_of(await client.call_tool("generate_image", wish))["task_id"]
        return answer_of(await client.call_tool("wait_for_task", {"task_id": task_id}))

    before = talk(over_stdio(tmp_path, **SLOW), begin)
    done = talk(over_stdio(tmp_path, **SLOW), go_on)
    assert (done["task_id"], done["status"]) == (before, "completed")


def test_stdout_carries_messages_only_and_stdin_ends_it(tmp_path: Path) -> None:
    found = over_stdio(tmp_path, KAIMEDIA_LOG="debug")
    done = subprocess.run(
        [found.command, *found.args],
        cwd=found.cwd,
        env=found.env,
        input=LIST_TOOLS + b"\n",
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.decode().splitlines()
    assert lines and all(json.loads(line)["jsonrpc"] == "2.0" for line in lines)
    assert b"kaimedia" in done.stderr


@pytest.mark.parametrize(
    ("is_open", "number"),
    [
        pytest.param(True, signal.SIGTERM, id="open-term"),
        pytest.param(True, signal.SIGINT, id="open-int", marks=pytest.mark.exhaustive),
        pytest.param(False, signal.SIGTERM, id="opening-term", marks=pytest.mark.exhaustive),
        pytest.param(False, signal.SIGINT, id="opening-int", marks=pytest.mark.exhaustive),
    ],
)
def test_a_signal_ends_it_while_stdin_is_open(tmp_path: Path, number: signal.Signals, is_open: bool) -> None:
    found = over_stdio(tmp_path)
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([found.command, *found.args], cwd=found.cwd, env=found.env, **pipes) as server:
        try:
            for message in (INITIALIZE, LIST_MODELS) if is_open else (INITIALIZE,):
                server.stdin.write(message + b"\n")
                server.stdin.flush()
                assert json.loads(server.stdout.readline())["result"]
            server.send_signal(number)
            assert server.wait(30) == 0
            log = server.stderr.read()
        finally:
            server.kill()
    assert b"stopped" in log and b"Traceback" not in log
    database = tmp_path / "kaimedia.db"
    if is_open:
        with closing(sqlite3.connect(database)) as connection:
            assert connection.execute("SELECT count(*) FROM workers").fetchone() == (0,), "closed, not killed"


def test_a_token_over_stdio(tmp_path: Path) -> None:
    async def read(client: Client) -> dict[str, Any]:
        return error_of(await client.call_tool("list_models", {}))

    error = talk(over_stdio(tmp_path, KAIMEDIA_MCP_TOKEN="kaim_not-a-token-of-this-studio"), read)
    assert (error["code"], error["field"]) == ("config", "KAIMEDIA_MCP_TOKEN")
    with closing(open_context(configuration.load(ROOT, over_stdio(tmp_path).env or {}), run_engine=False)) as context:
        token, _ = context.studio.tokens.create("reader", [TokenScope.READ])

    async def ask(client: Client) -> str:
        answer_of(await client.call_tool("list_models", {}))
        code: str = error_of(await client.call_tool("generate_image", {"prompt": "a boat"}))["code"]
        return code

    assert talk(over_stdio(tmp_path, KAIMEDIA_MCP_TOKEN=token), ask) == "scope_missing"


def test_a_studio_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    async def read(client: Client) -> dict[str, Any]:
        assert (await client.list_tools()).tools
        return error_of(await client.call_tool("list_models", {}))

    error = talk(over_stdio(tmp_path, KAIMEDIA_DATABASE_URL="sqlite:////proc/no/such/folder/k.db"), read)
    assert error["code"] in ("config", "store_unavailable")


def test_tokens_over_http(closed: App) -> None:
    async def ask(client: Client) -> str:
        return str(answer_of(await client.call_tool("spending", {}))["token_id"])

    assert len(talk(over_http(closed.url, {"Authorization": f"Bearer {TOKEN}"}), ask)) == 12
    path, host = "/mcp", ("Host", closed.url.removeprefix("http://"))
    missing = wire.call(closed.url, "POST", path, [host, *SENT], LIST_TOOLS)
    assert (missing.status, missing.problem()["code"]) == (401, "token_missing")
    assert missing.headers["www-authenticate"].startswith("Bearer")
    for name in ("/mcp/docs", "/mcp/health", "/mcp/"):  # what is open in the REST API is not open here
        assert wire.call(closed.url, "POST", name, [host, *SENT], LIST_TOOLS).status == 401
    guesses = [
        wire.call(closed.url, "POST", path, [host, *SENT, ("Authorization", f"Bearer guess-{number}")], LIST_TOOLS)
        for number in range(12)
    ]
    assert guesses[0].problem()["code"] == "token_wrong" and guesses[-1].status == 429
    rest = wire.call(closed.url, "GET", "/api/models", [host, ("Authorization", "Bearer another-guess")])
    assert rest.status == 429  # one count for both
    right = wire.call(closed.url, "POST", path, [host, *SENT, ("Authorization", f"Bearer {TOKEN}")], LIST_TOOLS)
    assert right.status == 200
    assert TOKEN not in (closed.folder / "app.log").read_text()


@SHARES_APP
@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ([("Host", "evil.example")], 421, "unknown_host"),
        ([("Origin", "https://evil.example")], 403, "foreign_origin"),
        ([("Sec-Fetch-Site", "cross-site")], 403, "foreign_origin"),
    ],
)
def test_other_hosts_and_origins_are_refused(app: App, headers: list[wire.Header], status: int, code: str) -> None:
    root = app.url.removesuffix("/studio/media")
    host = [("Host", root.removeprefix("http://"))] if headers[0][0] != "Host" else []
    found = wire.call(root, "POST", "/studio/media/mcp", [*host, *headers, *SENT], LIST_TOOLS)
    assert (found.status, found.problem()["code"]) == (status, code)
    assert wire.call(root, "POST", "/mcp", [("Host", root.removeprefix("http://")), *SENT], LIST_TOOLS).status == 404


@SHARES_APP
def test_there_is_one_address_and_one_method(app: App) -> None:
    root = app.url.removesuffix("/studio/media")
    host = ("Host", root.removeprefix("http://"))
    for method in ("GET", "DELETE"):
        found = wire.call(root, method, "/studio/media/mcp", [host, *SENT])
        assert (found.status, found.headers["allow"]) == (405, "POST")
    assert wire.call(root, "POST", "/studio/media/mcp/more", [host, *SENT], LIST_TOOLS).status == 404
    # A client that looks for an OAuth server must not get a page.
    for place in ("/.well-known/oauth-protected-resource", "/studio/media/.well-known/oauth-protected-resource/mcp"):
        assert wire.call(root, "GET", place, [host]).status == 404


def test_a_stopping_app_does_not_wait_for_an_agent(tmp_path: Path) -> None:
    app = start_app(tmp_path, **{**QUICK, "KAIMEDIA_SANDBOX_SPEED": "0.1"})

    async def wait(client: Client) -> dict[str, Any]:
        task_id = answer_of(await client.call_tool("generate_image", {"prompt": "a boat"}))["task_id"]

        async def stop(_progress: float, _total: float | None, _message: str | None) -> None:
            app.process.terminate()

        waiting = {"task_id": task_id, "timeout_s": 120}
        return answer_of(await client.call_tool("wait_for_task", waiting, progress_callback=stop))

    try:
        assert talk(over_http(app.url), wait)["status"] in ("pending", "processing")
        assert app.process.wait(30) is not None
    finally:
        stop_app(app)
