"""Who may call the API: tokens, and this machine."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

from kaimedia.api.application import app
from kaimedia.api.openapi import describe
from kaimedia.api.token_scopes import GENERATING, READING
from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import utc_now
from kaimedia.domain.api_token import TokenScope
from kaimedia.errors import InvalidRequest, NotFound
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
    assert not context.studio.tokens.is_needed()
    token, made = context.studio.tokens.create("a script")
    assert context.studio.tokens.is_needed() and context.studio.tokens.valid() == [made]
    assert re.fullmatch(r"kaim_[\w-]{43}", token) and made.hint == token[-4:]
    kept = b"".join(path.read_bytes() for path in config.data_folder.rglob("*") if path.is_file())
    assert token.encode() not in kept and token not in repr(made)
    with sqlite3.connect(config.database_url.removeprefix("sqlite:///")) as database:
        (digest,) = database.execute("SELECT sha256 FROM api_tokens").fetchone()
    assert digest == hashlib.sha256(token.encode()).hexdigest() and digest.startswith(made.token_id)
    is_problem(client.get("/api/tasks"), 401, "token_missing")
    carried = {"authorization": f"Bearer {token}"}
    assert client.get("/api/tasks", headers=carried).status_code == 200
    second, other = context.studio.tokens.create("another")
    for each in (token, second):
        assert client.get("/api/tasks", headers={"authorization": f"Bearer {each}"}).status_code == 200
    context.studio.tokens.revoke(made.token_id)
    is_problem(client.get("/api/tasks", headers=carried), 401, "token_wrong")
    assert client.get("/api/tasks", headers={"authorization": f"Bearer {second}"}).status_code == 200
    context.studio.tokens.revoke(other.token_id)
    assert client.get("/api/tasks").status_code == 200
    assert context.studio.tokens.names()[made.token_id] == f"a script (•••• {token[-4:]}, revoked)"


def test_the_configured_token_stays_beside_one_made_here(guarded: AppContext) -> None:
    tokens = guarded.studio.tokens
    configured = tokens.configured()
    assert configured is not None and configured.source == "environment"
    token, made = tokens.create("a script")
    assert tokens.scopes_of(token) == tokens.scopes_of(TOKEN) == set(TokenScope)
    tokens.revoke(made.token_id)
    assert tokens.scopes_of(token) is None and tokens.scopes_of(TOKEN) == set(TokenScope)
    assert tokens.scopes_of("") is None
    with pytest.raises(NotFound):
        tokens.revoke(configured.token_id)


def test_the_hash_of_a_token_is_no_token(idle: tuple[TestClient, AppContext]) -> None:
    tokens = idle[1].studio.tokens
    token, made = tokens.create("a script")
    for guess in (made.token_id, hashlib.sha256(token.encode()).hexdigest()):
        assert tokens.scopes_of(guess) is None


@pytest.mark.parametrize("name", ["", "  ", "x" * 61])
def test_a_token_needs_a_name(idle: tuple[TestClient, AppContext], name: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        idle[1].studio.tokens.create(name)
    assert caught.value.field == "name" and not idle[1].studio.tokens.is_needed()


def test_the_last_use_is_stored(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    token, made = context.studio.tokens.create("a script")
    assert made.last_used_at is None
    before = utc_now()
    assert client.get("/api/tasks", headers={"authorization": f"Bearer {token}"}).status_code == 200
    (stored,) = context.studio.tokens.valid()
    assert stored.last_used_at is not None and before <= stored.last_used_at <= utc_now()
    client.get("/api/tasks", headers={"authorization": f"Bearer {token}"})
    assert context.studio.tokens.valid() == [stored]  # within the same minute, nothing is written


MAY = {
    TokenScope.READ: [("GET", "/api/tasks"), ("GET", "/api/settings"), ("POST", "/api/quotes")],
    TokenScope.GENERATE: [
        ("POST", "/api/images/generate"),
        ("POST", f"/api/tasks/{'0' * 32}/cancel"),
        ("POST", "/api/uploads"),
        ("POST", "/api/batches"),
    ],
    TokenScope.MANAGE: [
        ("PUT", "/api/settings"),
        ("PUT", "/api/limits"),
        ("DELETE", "/api/media/1"),
        ("DELETE", "/api/media/all"),
        ("POST", f"/api/tasks/{'0' * 32}/resolve"),
        ("POST", "/api/imports"),
        ("POST", "/api/nothing"),
    ],
}


@pytest.mark.parametrize("scopes", [[], [TokenScope.GENERATE], [TokenScope.MANAGE], list(TokenScope)])
def test_a_token_may_only_call_what_it_includes(idle: tuple[TestClient, AppContext], scopes: list[TokenScope]) -> None:
    client, context = idle
    token, _ = context.studio.tokens.create("a script", scopes)
    included = {TokenScope.READ, *scopes}
    for needed, calls in MAY.items():
        for method, path in calls:
            answer = client.request(method, path, headers={"authorization": f"Bearer {token}"}, json={})
            if needed in included:
                assert answer.status_code not in (401, 403), (method, path)
            else:
                is_problem(answer, 403, "scope_missing")
                assert f'scope="{needed}"' in answer.headers["www-authenticate"]


def test_the_listed_routes_exist() -> None:
    document = describe(app, needs_token=True)["paths"]
    for route in (*READING, *GENERATING):
        method, path = route.split()
        assert method.lower() in document[f"/api{path}"], route


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
