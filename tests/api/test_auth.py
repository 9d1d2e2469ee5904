"""Who may call the API: tokens, and this machine."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import utc_now
from tests.api.conftest import FAR, TOKEN, is_problem, make_client, with_token
from tests.conftest import image_request

OPEN = {"/api/health", "/api/callbacks/{provider}/{nonce}"}


@pytest.fixture
def guarded(
    config: Config, open_test_context: Callable[..., AppContext], use_context: Callable[[AppContext | None], None]
) -> AppContext:
    """An app with a token from the environment."""
    context = open_test_context(with_token(config), run_engine=False)
    use_context(context)
    return context


def routes(client: TestClient, **headers: str) -> list[tuple[str, str]]:
    paths = client.get("/api/openapi.json", headers=headers).json()["paths"]
    return [(method, path) for path, item in paths.items() for method in item]


def filled(path: str) -> str:
    return path.replace("{task_id}", "0" * 32).replace("{media_id}", "1").replace("{nonce}", "n")


def test_with_a_token_every_route_but_health_wants_it(guarded: AppContext) -> None:
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
        assert client.get("/api/docs").status_code == 200  # the page itself; its data needs the token


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
def test_what_is_no_token(guarded: AppContext, header: str) -> None:
    with make_client() as client:
        answer = client.get("/api/tasks", headers=[(b"authorization", header.encode("latin-1"))])
        assert answer.status_code == 401 and answer.json()["code"] in ("token_missing", "token_wrong")
        assert TOKEN not in answer.text


def test_two_authorization_headers_are_none(guarded: AppContext) -> None:
    with make_client() as client:
        twice = [("authorization", f"Bearer {TOKEN}"), ("authorization", f"Bearer {TOKEN}")]
        answer = client.get("/api/tasks", headers=twice)
        is_problem(answer, 401, "token_missing")
        assert "more than one" in answer.json()["detail"]


def test_the_token_opens_from_far_away(guarded: AppContext) -> None:
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
    idle: tuple[TestClient, AppContext], client_at: tuple[str, int], headers: dict[str, str], status: int
) -> None:
    with make_client(client_at, **headers) as client:
        answer = client.get("/api/tasks")
        assert answer.status_code == status
        if status == 403:
            is_problem(answer, 403, "token_unset")
            is_problem(client.get("/api/docs"), 403, "token_unset")
        assert client.get("/api/health").status_code == 200
        assert client.post("/api/callbacks/kie/n", json={}).status_code == 200


def test_a_token_made_here_is_shown_once_and_kept_as_a_hash(
    idle: tuple[TestClient, AppContext], config: Config
) -> None:
    client, context = idle
    assert not context.studio.tokens.state().is_set
    token = context.studio.tokens.create()
    state = context.studio.tokens.state()
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
    second = context.studio.tokens.create()
    is_problem(client.get("/api/tasks", headers=carried), 401, "token_wrong")
    assert client.get("/api/tasks", headers={"authorization": f"Bearer {second}"}).status_code == 200
    context.studio.tokens.revoke()
    assert not context.studio.tokens.check(second)
    assert client.get("/api/tasks").status_code == 200


def test_the_configured_token_stays_beside_one_made_here(guarded: AppContext) -> None:
    assert guarded.studio.tokens.state().source == "environment"
    token = guarded.studio.tokens.create()
    assert guarded.studio.tokens.check(token) and guarded.studio.tokens.check(TOKEN)
    guarded.studio.tokens.revoke()
    assert not guarded.studio.tokens.check(token) and guarded.studio.tokens.check(TOKEN)
    assert not guarded.studio.tokens.check("")


def test_the_hash_of_a_token_is_no_token(idle: tuple[TestClient, AppContext]) -> None:
    _, context = idle
    context.studio.tokens.create()
    saved = context.stores.settings.api_token()
    assert saved is not None and not context.studio.tokens.check(saved.sha256)


def test_the_token_comes_in_either_header(guarded: AppContext) -> None:
    with make_client() as client:
        assert client.get("/api/tasks", headers={"X-API-Key": TOKEN}).status_code == 200
        both = {"X-API-Key": TOKEN, "Authorization": f"Bearer {TOKEN}"}
        assert client.get("/api/tasks", headers=both).status_code == 200
        for other in ({"Authorization": "Basic Z2F0ZXdheQ=="}, {"Authorization": "Bearer the-gateway-s-own"}):
            answer = client.get("/api/tasks", headers={"X-API-Key": TOKEN, **other})
            assert answer.status_code == (200 if "Basic" in other["Authorization"] else 401)
        is_problem(client.get("/api/tasks", headers={"X-API-Key": f"{TOKEN}x"}), 401, "token_wrong")


def test_whoever_guesses_tokens_has_to_wait(guarded: AppContext) -> None:
    with make_client(("203.0.113.77", 1)) as client:
        answers = [client.get("/api/tasks", headers={"X-API-Key": f"guess-{n}"}) for n in range(14)]
        assert [answer.status_code for answer in answers[:10]] == [401] * 10
        is_problem(answers[-1], 429, "too_many_tokens")
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert client.get("/api/tasks", headers={"X-API-Key": TOKEN}).status_code == 200
        is_problem(client.get("/api/tasks", headers={"X-API-Key": "again"}), 401, "token_wrong")


def test_calls_that_overlap_are_one_task(idle: tuple[TestClient, AppContext]) -> None:
    studio, asked_at = idle[1].studio, utc_now()
    first, is_repeat = studio.tasks.submit_once(image_request(), person="local", since=asked_at)
    assert not is_repeat
    assert studio.tasks.submit_once(image_request(), person="local", since=asked_at) == (first, True)
    assert not studio.tasks.submit_once(image_request(), person="ada@example.org", since=asked_at)[1]
    assert not studio.tasks.submit_once(image_request("another"), person="local", since=asked_at)[1]
    assert not studio.tasks.submit_once(image_request(), person="local", since=utc_now())[
        1
    ]  # submitted after the first was accepted
    with ThreadPoolExecutor(8) as pool:
        asked_at = utc_now()
        racing = list(
            pool.map(lambda _: studio.tasks.submit_once(image_request("r"), person="x", since=asked_at), range(8))
        )
    assert len({task.task_id for task, _ in racing}) == 1 and sum(not repeat for _, repeat in racing) == 1


def test_a_claim_holds_for_a_moment_and_can_be_given_back(idle: tuple[TestClient, AppContext]) -> None:
    studio = idle[1].studio
    assert [studio.request_keys.claim(image_request(), person="local") for _ in range(2)] == [True, False]
    assert studio.request_keys.claim(image_request(), person="ada@example.org")
    studio.request_keys.release(image_request(), person="local")
    assert studio.request_keys.claim(image_request(), person="local")


def test_the_balance_can_be_asked_for_now(client: TestClient) -> None:
    answer = client.post("/api/credits/check").json()
    assert answer["credits"] > 0 and answer["checked_at"] and answer["problem"] is None and not answer["is_refreshing"]
