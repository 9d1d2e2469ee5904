"""Responses while the app cannot open or its database is unavailable."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from kaimedia import runtime
from kaimedia.context import AppContext
from kaimedia.errors import ConfigError, StoreUnavailable
from kaimedia.store.database import migrate
from tests.api.conftest import FAR, HERE, TOKEN, is_problem, make_client

PLACE = "CANARY-host.invalid:5999/CANARY-name"


@pytest.fixture
def shut(
    monkeypatch: pytest.MonkeyPatch, use_context: Callable[[AppContext | None], None], tmp_path: Path
) -> Callable[..., None]:
    """A process whose database cannot be reached; settings by name."""

    def shut(**settings: str) -> None:
        use_context(None)
        database = f"postgresql://me:CANARY-password@{PLACE}"
        for name, value in {"DATABASE_URL": database, "DATA": str(tmp_path / "data"), **settings}.items():
            monkeypatch.setenv(f"KAIMEDIA_{name}", value)

    def unreachable(*_: object, **__: object) -> None:
        raise OperationalError("SELECT 1", {}, psycopg.OperationalError(f"could not reach {PLACE}"))

    monkeypatch.setattr(migrate, "upgrade", unreachable)
    return shut


@pytest.mark.parametrize("access", ["login", "open"])
@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer guess"}, {"x-forwarded-for": "203.0.113.9"}])
def test_strangers_hear_nothing_of_a_app_that_is_shut(
    shut: Callable[..., None], headers: dict[str, str], access: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shut(ACCESS=access, API_TOKEN=TOKEN)
    for at in (FAR, HERE):
        with make_client(at, **headers) as client:
            for path in ("/api/tasks", "/api/nothing", "/api/docs", "/api/media?sort_by=odd"):
                answer = client.get(path)
                is_problem(answer, 503, "closed")
                assert "CANARY" not in answer.text and "database" not in answer.text and answer.headers["retry-after"]
    said = capsys.readouterr().err
    assert PLACE in said and "CANARY-password" not in said


def test_those_who_may_call_hear_why_the_app_is_shut(shut: Callable[..., None]) -> None:
    shut(ACCESS="login", API_TOKEN=TOKEN)
    with make_client(FAR, authorization=f"Bearer {TOKEN}") as client:
        answer = client.get("/api/tasks")
        is_problem(answer, 503, "store_unavailable")
        assert "CANARY" not in answer.text and "is not responding" in answer.json()["detail"]


@pytest.mark.parametrize(("access", "code"), [("local", "store_unavailable"), ("login", "closed")])
def test_this_machine_hears_why_where_it_needs_no_token(shut: Callable[..., None], access: str, code: str) -> None:
    shut(ACCESS=access)
    with make_client() as client:
        answer = client.get("/api/tasks")
        is_problem(answer, 503, code)
        assert "CANARY" not in answer.text


def test_an_opening_that_failed_is_not_repeated_by_each_call(
    shut: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    shut()
    tried: list[object] = []
    openers = runtime.open_context

    def counted(*given: Any, **named: Any) -> AppContext:
        tried.append(given)
        return openers(*given, **named)

    monkeypatch.setattr(runtime, "open_context", counted)
    with make_client() as client:
        for _ in range(3):
            is_problem(client.get("/api/tasks"), 503, "store_unavailable")
        assert len(tried) == 1
        assert runtime.current.failure is not None
        monkeypatch.setattr(runtime.current, "failure", (runtime.current.failure[0], 0.0))
        is_problem(client.get("/api/tasks"), 503, "store_unavailable")
        assert len(tried) == 2


def test_a_app_that_cannot_open_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ConfigError("KAIMEDIA_ACCESS is odd.", setting="KAIMEDIA_ACCESS")

    monkeypatch.setattr(runtime, "studio", broken)
    with make_client() as client:
        is_problem(client.get("/api/tasks"), 500, "config", "KAIMEDIA_ACCESS")
        health = client.get("/api/health")
    assert health.status_code == 200 and health.json()["queue"] is None


def test_a_database_that_does_not_answer_is_503(
    idle: tuple[TestClient, AppContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, context = idle

    def broken(**_: Any) -> None:
        raise StoreUnavailable("The disk that holds the database is full.")

    monkeypatch.setattr(context.studio.tasks, "page", broken)
    answer = client.get("/api/tasks")
    is_problem(answer, 503, "store_unavailable")
    assert answer.headers["retry-after"]
