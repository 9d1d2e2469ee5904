"""The API mounted as the app mounts it, on a house in a temporary folder."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from kaimedia import api, bootstrap
from kaimedia.api.mounting import ApiMount
from kaimedia.bootstrap import House
from kaimedia.config import Config, Origin

HERE = ("127.0.0.1", 50000)
FAR = ("203.0.113.9", 50000)
TOKEN = "a-token-from-the-environment"


@pytest.fixture
def use_house(monkeypatch: pytest.MonkeyPatch) -> Callable[[House | None], None]:
    """Makes a house the one of this process."""

    monkeypatch.setattr(bootstrap.current, "failure", None)

    def use(house: House | None) -> None:
        monkeypatch.setattr(bootstrap.current, "house", house)

    return use


def make_client(client: tuple[str, int] = HERE, **headers: str) -> TestClient:
    """A client of the API as somebody at this address."""
    mounted = Starlette(routes=[ApiMount("/api", api.app)])
    return TestClient(
        mounted, base_url="http://127.0.0.1", client=client, headers=headers, raise_server_exceptions=False
    )


@pytest.fixture
def client(house: House, use_house: Callable[[House | None], None]) -> Iterator[TestClient]:
    """This machine, no token set; the engine runs."""
    use_house(house)
    with make_client() as opened:
        yield opened


@pytest.fixture
def idle(
    config: Config, open_test_house: Callable[..., House], use_house: Callable[[House | None], None]
) -> Iterator[tuple[TestClient, House]]:
    """The same with an engine that does not run: tasks stay where they are."""
    house = open_test_house(config, run_engine=False)
    use_house(house)
    with make_client() as opened:
        yield opened, house


def with_token(config: Config, token: str = TOKEN) -> Config:
    """The settings with a token from the environment."""
    origins = {**config.origins, "KAIMEDIA_API_TOKEN": Origin(token, "environment")}
    return replace(config, api_token=token, origins=origins)


def ask(client: TestClient, prompt: str = "a paper boat", *, kind: str = "images", **fields: Any) -> dict[str, Any]:
    """Ask for something; the answer to a valid request."""
    answer = client.post(f"/api/{kind}/generate", json={"prompt": prompt, **fields})
    assert answer.status_code == 202, answer.text
    accepted: dict[str, Any] = answer.json()
    return accepted


def is_problem(answer: Any, status: int, code: str, field: str | None = None) -> None:
    """Hold an answer against the form of every error."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"], body.get("field")) == (status, code, field)
    assert body["title"] and body["detail"] and body["request_id"] == answer.headers["x-request-id"]


@pytest.fixture
def silent_host() -> Iterator[str]:
    """A host that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
