"""Who may call: tokens, this machine, what may be sent, and what every answer carries."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from kaimedia import bootstrap
from kaimedia.api.bodies import MAX_BODY_BYTES
from kaimedia.bootstrap import House
from kaimedia.config import Config
from kaimedia.errors import ConfigError, StoreUnavailable
from kaimedia.store import migrate
from tests.api.conftest import FAR, HERE, TOKEN, is_problem, make_client, with_token

OPEN = {"/api/health", "/api/callbacks/kie/{nonce}"}


@pytest.fixture
def guarded(config: Config, open_test_house: Callable[..., House], use_house: Callable[[House | None], None]) -> House:
    """A house with a token from the environment."""
    house = open_test_house(with_token(config), run_engine=False)
    use_house(house)
    return house


def routes(client: TestClient, **headers: str) -> list[tuple[str, str]]:
    paths = client.get("/api/openapi.json", headers=headers).json()["paths"]
    return [(method, path) for path, item in paths.items() for method in item]


def filled(path: str) -> str:
    return path.replace("{task_id}", "0" * 32).replace("{media_id}", "1").replace("{nonce}", "n")


def test_with_a_token_every_route_but_health_wants_it(guarded: House) -> None:
    with make_client() as client:
        known = routes(client, authorization=f"Bearer {TOKEN}")
        assert len(known) >= 20
        for method, path in known:
            answer = client.request(method, filled(path), json={} if method in ("post", "put", "patch") else None)
            if path in OPEN:
                assert answer.status_code == 200, path
            else:
                is_problem(answer, 401, "token_missing")
                assert answer.headers["www-authenticate"].startswith("Bearer")
        for path in ("/api/openapi.json", "/api/nothing", "/api/metrics"):
            is_problem(client.get(path), 401, "token_missing")
        assert client.get("/api/docs").status_code == 200  # the empty page; what it shows needs the token


@pytest.mark.parametrize(
    "header",
    [
        TOKEN,
        f"Basic {TOKEN}",
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        "Bearer ü",
        "bearer null",
    ],
)
def test_what_is_no_token(guarded: House, header: str) -> None:
    with make_client() as client:
        answer = client.get("/api/tasks", headers=[(b"authorization", header.encode("latin-1"))])
        assert answer.status_code == 401 and answer.json()["code"] in ("token_missing", "token_wrong")
        assert TOKEN not in answer.text


def test_two_authorization_headers_are_none(guarded: House) -> None:
    with make_client() as client:
        twice = [("authorization", f"Bearer {TOKEN}"), ("authorization", f"Bearer {TOKEN}")]
        answer = client.get("/api/tasks", headers=twice)
        is_problem(answer, 401, "token_missing")
        assert "more than one" in answer.json()["detail"]


def test_the_token_opens_from_far_away(guarded: House) -> None:
    with make_client(FAR, authorization=f"bearer {TOKEN}") as client:
        assert client.get("/api/tasks").status_code == 200


@pytest.mark.parametrize(
    ("client_at", "headers", "status"),
    [
        (("127.0.0.1", 1), {}, 200),
        (("::1", 1), {}, 200),
        (FAR, {}, 403),
        (("192.168.1.7", 1), {}, 403),
        (("127.0.0.1", 1), {"x-forwarded-for": "203.0.113.9"}, 403),
        (("127.0.0.1", 1), {"forwarded": "for=203.0.113.9"}, 403),
        (FAR, {"x-forwarded-for": "127.0.0.1"}, 403),
        (FAR, {"authorization": "Bearer guess"}, 403),
    ],
)
def test_without_a_token_only_this_machine_is_answered(
    idle: tuple[TestClient, House], client_at: tuple[str, int], headers: dict[str, str], status: int
) -> None:
    with make_client(client_at, **headers) as client:
        answer = client.get("/api/tasks")
        assert answer.status_code == status
        if status == 403:
            is_problem(answer, 403, "token_unset")
            is_problem(client.get("/api/docs"), 403, "token_unset")
        assert client.get("/api/health").status_code == 200
        assert client.post("/api/callbacks/kie/n", json={}).status_code == 200


def test_a_token_made_here_is_shown_once_and_kept_as_a_hash(idle: tuple[TestClient, House], config: Config) -> None:
    client, house = idle
    assert not house.studio.api_token_state().is_set
    token = house.studio.make_api_token()
    state = house.studio.api_token_state()
    assert (state.is_set, state.source, state.hint) == (True, "settings", token[-4:])
    assert re.fullmatch(r"kaim_[\w-]{43}", token) and state.made_at is not None
    kept = b"".join(path.read_bytes() for path in config.data_folder.rglob("*") if path.is_file())
    assert token.encode() not in kept and token not in repr(state)
    with sqlite3.connect(config.database_url.removeprefix("sqlite:///")) as database:
        (digest,) = database.execute("SELECT api_token_sha256 FROM settings").fetchone()
    assert re.fullmatch(r"[0-9a-f]{64}", digest)
    is_problem(client.get("/api/tasks"), 401, "token_missing")
    carried = {"authorization": f"Bearer {token}"}
    assert client.get("/api/tasks", headers=carried).status_code == 200
    second = house.studio.make_api_token()
    is_problem(client.get("/api/tasks", headers=carried), 401, "token_wrong")
    assert client.get("/api/tasks", headers={"authorization": f"Bearer {second}"}).status_code == 200
    house.studio.revoke_api_token()
    assert not house.studio.check_api_token(second)
    assert client.get("/api/tasks").status_code == 200


def test_the_configured_token_stays_beside_one_made_here(guarded: House) -> None:
    assert guarded.studio.api_token_state().source == "environment"
    token = guarded.studio.make_api_token()
    assert guarded.studio.check_api_token(token) and guarded.studio.check_api_token(TOKEN)
    guarded.studio.revoke_api_token()
    assert not guarded.studio.check_api_token(token) and guarded.studio.check_api_token(TOKEN)
    assert not guarded.studio.check_api_token("")


def test_the_hash_of_a_token_is_no_token(idle: tuple[TestClient, House]) -> None:
    _, house = idle
    house.studio.make_api_token()
    saved = house.studio._settings.api_token()
    assert saved is not None and not house.studio.check_api_token(saved.sha256)


# --- while the house cannot open --------------------------------------------------------------------------------

PLACE = "CANARY-host.invalid:5999/CANARY-name"


@pytest.fixture
def shut(
    monkeypatch: pytest.MonkeyPatch, use_house: Callable[[House | None], None], tmp_path: Path
) -> Callable[..., None]:
    """A process whose database cannot be reached; settings by name."""

    def shut(**settings: str) -> None:
        use_house(None)
        database = f"postgresql://me:CANARY-password@{PLACE}"
        for name, value in {"DATABASE_URL": database, "DATA": str(tmp_path / "data"), **settings}.items():
            monkeypatch.setenv(f"KAIMEDIA_{name}", value)

    def unreachable(*_: object, **__: object) -> None:
        raise OperationalError("SELECT 1", {}, psycopg.OperationalError(f"could not reach {PLACE}"))

    monkeypatch.setattr(migrate, "upgrade", unreachable)
    return shut


@pytest.mark.parametrize("access", ["login", "open"])
@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer guess"}, {"x-forwarded-for": "203.0.113.9"}])
def test_strangers_hear_nothing_of_a_house_that_is_shut(
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


def test_those_who_may_call_hear_why_the_house_is_shut(shut: Callable[..., None]) -> None:
    shut(ACCESS="login", API_TOKEN=TOKEN)
    with make_client(FAR, authorization=f"Bearer {TOKEN}") as client:
        answer = client.get("/api/tasks")
        is_problem(answer, 503, "store_unavailable")
        assert "CANARY" not in answer.text and "does not answer" in answer.json()["detail"]


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
    openers = bootstrap.open_house

    def counted(*given: Any) -> House:
        tried.append(given)
        return openers(*given)

    monkeypatch.setattr(bootstrap, "open_house", counted)
    with make_client() as client:
        for _ in range(3):
            is_problem(client.get("/api/tasks"), 503, "store_unavailable")
        assert len(tried) == 1
        assert bootstrap._current.failure is not None
        monkeypatch.setattr(bootstrap._current, "failure", (bootstrap._current.failure[0], 0.0))
        is_problem(client.get("/api/tasks"), 503, "store_unavailable")
        assert len(tried) == 2


# --- what may be sent -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_is_read(idle: tuple[TestClient, House], content_type: str) -> None:
    client, house = idle
    headers = {"content-type": content_type} if content_type else {}
    for path in ("images/generate", "tasks/x/resolve"):
        answer = client.post(f"/api/{path}", content=b'{"prompt": "x"}', headers=headers)
        is_problem(answer, 415, "not_json")
    assert house.studio.tasks().total == 0


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[" * 100_000, b'{"prompt": "\\ud800"}', b"null", b"NaN"])
def test_broken_json_is_said_so(idle: tuple[TestClient, House], content: bytes) -> None:
    answer = idle[0].post("/api/images/generate", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 422 and answer.json()["code"] == "invalid_request"


@pytest.mark.parametrize("declares", [True, False])
def test_a_body_is_read_up_to_the_cap(idle: tuple[TestClient, House], declares: bool) -> None:
    client, _ = idle
    body = b'{"x": "' + b"y" * MAX_BODY_BYTES + b'"}'
    content: Any = body if declares else iter([body[:500_000], body[500_000:]])
    answer = client.post("/api/callbacks/kie/n", content=content, headers={"content-type": "application/json"})
    is_problem(answer, 413, "body_too_large")


# --- what every answer carries ----------------------------------------------------------------------------------


def test_a_call_has_a_name_in_answer_and_log(
    idle: tuple[TestClient, House], capsys: pytest.CaptureFixture[str]
) -> None:
    from kaimedia import log

    log.setup("info", as_json=True)
    client, _ = idle
    answer = client.post("/api/images/generate", json={"prompt": "x"}, headers={"x-request-id": "my-call.7"})
    assert answer.headers["x-request-id"] == "my-call.7"
    line = next(line for line in capsys.readouterr().err.splitlines() if "asked for" in line)
    assert '"request_id": "my-call.7"' in line and answer.json()["task_id"] in line
    odd = client.get("/api/tasks", headers={"x-request-id": "a b\tc"}).headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{16}", odd)


def test_calls_are_told_by_route_and_never_by_path(
    idle: tuple[TestClient, House], capsys: pytest.CaptureFixture[str]
) -> None:
    from kaimedia import log

    log.setup("info")
    client, _ = idle
    named = {"x-request-id": "my-call.8"}
    client.get("/api/tasks", headers=named)
    client.get(f"/api/tasks/{'0' * 32}?q=SECRETWORD", headers=named)
    client.post("/api/callbacks/kie/SECRETNONCE", json={}, headers=named)
    client.get("/api/SECRETPATH", headers=named)
    with make_client(FAR) as stranger:
        stranger.delete("/api/media/7", headers=named)
    told = [line for line in capsys.readouterr().err.splitlines() if " ms" in line]
    assert [re.split(r"kaimedia.api +| \d+\.\d ms", line)[1] for line in told] == [
        "GET /tasks/{task_id} 404",
        "POST /callbacks/kie/{nonce} 200",
        "GET none 404",
        "DELETE /media/{media_id} 403",
    ]
    assert all("request_id=my-call.8" in line and "SECRET" not in line for line in told)
    log.setup("debug")
    client.get("/api/tasks")
    assert "GET /tasks 200" in capsys.readouterr().err


def test_answers_are_not_kept_and_not_guessed(idle: tuple[TestClient, House]) -> None:
    headers = idle[0].get("/api/tasks").headers
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert not [name for name in headers if name.startswith("access-control")]


def test_an_error_of_ours_tells_nothing(
    idle: tuple[TestClient, House], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from kaimedia import log

    log.setup("info")
    client, house = idle
    monkeypatch.setattr(house.studio, "tasks", lambda **_: 1 // 0)
    answer = client.get("/api/tasks")
    is_problem(answer, 500, "error")
    assert "division" not in answer.text and "division" in capsys.readouterr().err


def test_a_house_that_cannot_open_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ConfigError("KAIMEDIA_ACCESS is odd.", setting="KAIMEDIA_ACCESS")

    monkeypatch.setattr(bootstrap, "studio", broken)
    with make_client() as client:
        is_problem(client.get("/api/tasks"), 500, "config", "KAIMEDIA_ACCESS")
        health = client.get("/api/health")
    assert health.status_code == 200 and health.json()["queue"] is None


def test_a_database_that_does_not_answer_is_503(
    idle: tuple[TestClient, House], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, house = idle

    def broken(**_: Any) -> None:
        raise StoreUnavailable("The disk that holds the database is full.")

    monkeypatch.setattr(house.studio, "tasks", broken)
    answer = client.get("/api/tasks")
    is_problem(answer, 503, "store_unavailable")
    assert answer.headers["retry-after"]
