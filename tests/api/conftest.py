"""The API mounted as in the app, with data in a temporary folder."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from kaimedia import runtime
from kaimedia.api.application import app as api
from kaimedia.config import Config
from kaimedia.config_sources import Origin
from kaimedia.context import AppContext
from kaimedia.sandbox.options import SandboxOptions
from kaimedia.web.mounting import ApiMount
from tests.without_housekeeping import leave_out_housekeeping

HERE = ("127.0.0.1", 50000)
FAR = ("203.0.113.9", 50000)
TOKEN = "a-token-from-the-environment"


@pytest.fixture(autouse=True)
def _no_housekeeping(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_out_housekeeping(monkeypatch)


@pytest.fixture
def sandbox_options(sandbox_options: SandboxOptions) -> SandboxOptions:
    """The same, with tasks that take a tenth of a second: what they do meanwhile is tested in `tests/engine/`."""
    return replace(sandbox_options, speed=200.0)


@pytest.fixture
def use_context(monkeypatch: pytest.MonkeyPatch) -> Callable[[AppContext | None], None]:
    """Make an app context the one of this process."""

    monkeypatch.setattr(runtime.current, "failure", None)

    def use(context: AppContext | None) -> None:
        monkeypatch.setattr(runtime.current, "context", context)

    return use


def make_client(client: tuple[str, int] = HERE, **headers: str) -> TestClient:
    """A client of the API with this address."""
    mounted = Starlette(routes=[ApiMount("/api", api)])
    return TestClient(
        mounted, base_url="http://127.0.0.1", client=client, headers=headers, raise_server_exceptions=False
    )


@pytest.fixture
def client(context: AppContext, use_context: Callable[[AppContext | None], None]) -> Iterator[TestClient]:
    """This machine, no token set; the engine runs."""
    use_context(context)
    with make_client() as opened:
        yield opened


@pytest.fixture
def idle(
    config: Config, open_test_context: Callable[..., AppContext], use_context: Callable[[AppContext | None], None]
) -> Iterator[tuple[TestClient, AppContext]]:
    """The same with a stopped engine: tasks do not advance."""
    context = open_test_context(config, run_engine=False)
    use_context(context)
    with make_client() as opened:
        yield opened, context


def with_token(config: Config, token: str = TOKEN) -> Config:
    """The settings with a token from the environment."""
    origins = {**config.origins, "KAIMEDIA_API_TOKEN": Origin(token, "environment")}
    return replace(config, api_token=token, origins=origins)


def ask(client: TestClient, prompt: str = "a paper boat", *, kind: str = "images", **fields: Any) -> dict[str, Any]:
    """Submit a valid request; return the response."""
    answer = client.post(f"/api/{kind}/generate", json={"prompt": prompt, **fields})
    assert answer.status_code == 202, answer.text
    accepted: dict[str, Any] = answer.json()
    return accepted


def is_problem(answer: Any, status: int, code: str, field: str | None = None) -> None:
    """Check that a response is a problem document."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"], body.get("field")) == (status, code, field)
    assert body["title"] and body["detail"] and body["request_id"] == answer.headers["x-request-id"]


@pytest.fixture
def silent_host() -> Iterator[str]:
    """A host that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
