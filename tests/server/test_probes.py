"""Requests from other sites, machines and ports against the running app."""

from __future__ import annotations

import gzip
import json
import urllib.request
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import App, start_app, stop_app
from tests.server.wire import call, upgrade

TOKEN = "a-token-only-for-this-test-0123456789"
EVIL = "https://evil.example"
CALLBACK = "/api/callbacks/kie/no-such-nonce"
NAVIGATION = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")]
JSON = ("Content-Type", "application/json")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    running = start_app(tmp_path_factory.mktemp("probes"), KAIMEDIA_API_TOKEN=TOKEN)
    yield running
    stop_app(running)


def host_of(app: App) -> str:
    return app.url.removeprefix("http://")


def other_port(app: App) -> str:
    return f"http://127.0.0.1:{int(app.url.rpartition(':')[2]) - 1}"


def post(app: App, host: str, *more: tuple[str, str]) -> int:
    return call(app.url, "POST", CALLBACK, [("Host", host), JSON, *more], b"{}").status


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8501", "localhost.evil.example", "0.0.0.0", "127.1"])
def test_rebinding_is_421(app: App, host: str) -> None:
    for path in ("/", "/api/tasks", "/api/health", "/_stcore/metrics", "/static/media/x.png", "/app/static/mark.svg"):
        assert call(app.url, "GET", path, [("Host", host)]).status == 421, path
    assert post(app, host) == 421
    assert post(app, host, ("Origin", f"http://{host}")) == 421
    for headers in ([("Host", host)], [("Host", host), ("Origin", f"http://{host}")]):
        assert upgrade(app.url, headers).status == 421


@pytest.mark.parametrize(
    "more",
    [
        [("Origin", EVIL)],
        [("Origin", "null")],
        [("Origin", EVIL), ("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "same-site")],
        [("Origin", "http://127.0.0.1.evil.example")],
        [("Origin", "file://")],
    ],
    ids=str,
)
def test_other_pages_change_nothing(app: App, more: list[tuple[str, str]]) -> None:
    assert post(app, host_of(app), *more) == 403
    assert upgrade(app.url, [("Host", host_of(app)), *more]).status == 403
    for method in ("PUT", "PATCH", "DELETE"):
        assert call(app.url, method, "/api/media/all", [("Host", host_of(app)), JSON, *more], b"").status == 403
    assert call(app.url, "PUT", "/_stcore/upload_file/a/b", [("Host", host_of(app)), *more], b"x").status == 403


def test_other_ports_of_this_machine_are_other_pages(app: App) -> None:
    assert post(app, host_of(app), ("Origin", other_port(app))) == 403
    assert upgrade(app.url, [("Host", host_of(app)), ("Origin", other_port(app))]).status == 403
    assert (
        upgrade(app.url, [("Host", host_of(app)), ("Origin", app.url.replace("127.0.0.1", "localhost"))]).status == 403
    )


def test_two_origins_or_two_hosts_are_none(app: App) -> None:
    assert post(app, host_of(app), ("Origin", app.url), ("Origin", EVIL)) == 403
    assert post(app, host_of(app), ("Host", "evil.example")) == 400


def test_a_target_in_absolute_form_names_the_same_host(app: App) -> None:
    def status(target: str) -> int:
        return call(app.url, "GET", target, [("Host", host_of(app))]).status

    assert status(f"{app.url}/_stcore/health") == 200
    for other in ("http://evil.example/", "http://evil.example/_stcore/health", "http://localhost/api/health"):
        assert status(other) == 421, other


def test_no_host_is_400(app: App) -> None:
    assert call(app.url, "GET", "/", []).status == 400
    assert call(app.url, "POST", CALLBACK, [JSON], b"{}").status == 400
    assert upgrade(app.url, []).status == 400


@pytest.mark.parametrize("host", ["", "a b", "user@127.0.0.1", "127.0.0.1:99999", "127.0.0.1/x", "[127.0.0.1]"])
def test_a_host_that_is_none_is_400(app: App, host: str) -> None:
    assert call(app.url, "GET", "/", [("Host", host)]).status == 400


def test_same_origin_comes_in(app: App) -> None:
    ours = [("Origin", app.url), ("Sec-Fetch-Site", "same-origin")]
    assert post(app, host_of(app), *ours) == 200
    assert upgrade(app.url, [("Host", host_of(app)), *ours]).status == 101
    local = host_of(app).replace("127.0.0.1", "localhost")
    assert upgrade(app.url, [("Host", local), ("Origin", f"http://{local}")]).status == 101


def test_programs_need_no_origin(app: App) -> None:
    bearer = ("Authorization", f"Bearer {TOKEN}")
    assert call(app.url, "GET", "/api/tasks", [("Host", host_of(app)), bearer]).status == 200
    assert call(app.url, "GET", "/api/tasks", [("Host", host_of(app))]).status == 401
    assert post(app, host_of(app)) == 200


def test_pages_run_and_load_nothing_from_elsewhere(app: App) -> None:
    with urllib.request.urlopen(f"{app.url}/", timeout=20) as page:
        policies, opener = page.headers.get_all("content-security-policy"), page.headers["cross-origin-opener-policy"]
    scripts = next(part for part in policies[0].split("; ") if part.startswith("script-src "))
    assert "unsafe-inline" not in scripts and "'unsafe-eval'" not in scripts and "http" not in policies[0]
    assert "object-src 'none'" in policies[0] and policies[1] == "frame-ancestors 'self'"
    assert opener == "same-origin"


def test_the_frameworks_own_routes_say_little(app: App) -> None:
    host, far = ("Host", host_of(app)), ("X-Forwarded-For", "203.0.113.9")
    assert call(app.url, "GET", "/_stcore/metrics", [host]).status == 200
    assert call(app.url, "GET", "/_stcore/metrics", [host, far]).status == 403
    assert call(app.url, "GET", "/_stcore/host-config", [host]).json()["allowedOrigins"] == []
    cloud = call(app.url, "GET", "/_stcore/host-config", [("Host", "kai.streamlit.app"), far]).json()
    assert "https://*.streamlit.app" in cloud["allowedOrigins"]  # type: ignore[operator]


def test_links_from_elsewhere_open_pages(app: App) -> None:
    page = call(app.url, "GET", "/", [("Host", host_of(app)), *NAVIGATION])
    assert page.status == 200 and "<html" in page.text()
    assert page.headers["content-security-policy"] == "frame-ancestors 'self'"


@pytest.mark.parametrize(
    "more", [NAVIGATION, [("Sec-Fetch-Site", "same-site")], [("Origin", EVIL)], [("Origin", "null")]], ids=str
)
def test_other_pages_do_not_read_the_api(app: App, more: list[tuple[str, str]]) -> None:
    bearer = ("Authorization", f"Bearer {TOKEN}")
    for path in ("/api/health", "/api/tasks", "/api/openapi.json", "/api"):
        answer = call(app.url, "GET", path, [("Host", host_of(app)), bearer, *more])
        assert answer.status == 403, path
        assert answer.problem()["code"] == "foreign_origin"
    preflight = [("Host", host_of(app)), ("Access-Control-Request-Method", "POST"), *more]
    answer = call(app.url, "OPTIONS", "/api/images/generate", preflight)
    assert answer.status == 403 and not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "more", [NAVIGATION, [("Sec-Fetch-Site", "same-site")], [("Origin", EVIL)], [("Origin", "null")]], ids=str
)
def test_other_pages_do_not_read_the_gallery(app: App, more: list[tuple[str, str]]) -> None:
    host = ("Host", host_of(app))
    for path in ("page", "outline", "items?ids=1", "details?id=1", ""):
        answer = call(app.url, "GET", f"/app/gallery/{path}", [host, *more])
        assert answer.status == 403 and answer.json()["code"] == "foreign_origin", path
    form = ("Content-Type", "application/x-www-form-urlencoded")
    answer = call(app.url, "POST", "/app/gallery/archive", [host, form, *more], b"ids=1")
    assert answer.status == 403 and answer.headers["cache-control"] == "no-store"


def test_our_own_pages_read_the_gallery(app: App) -> None:
    host = ("Host", host_of(app))
    for ours in ([("Sec-Fetch-Site", "same-origin")], [("Origin", app.url)], []):
        answer = call(app.url, "GET", "/app/gallery/page", [host, *ours])
        assert answer.status == 200 and answer.json() == {"items": [], "more": False}
        assert not [name for name in answer.headers if name.startswith("access-control")]
    form = ("Content-Type", "application/x-www-form-urlencoded")
    archive = call(app.url, "POST", "/app/gallery/archive", [host, form, ("Origin", app.url)], b"ids=1")
    assert archive.status == 200 and archive.body.startswith(b"PK") and b"prompts.json" in archive.body
    for name in ("evil.example", "0.0.0.0"):
        assert call(app.url, "GET", "/app/gallery/page", [("Host", name)]).status == 421
    far = ("X-Forwarded-For", "203.0.113.9")
    assert call(app.url, "GET", "/app/gallery/page", [host, far]).status == 403
    assert call(app.url, "GET", "/app/gallery/%0A", [host]).status == 404
    packed = call(app.url, "GET", "/app/gallery/index", [host, ("Accept-Encoding", "gzip")])
    assert packed.headers["content-encoding"] == "gzip" and json.loads(gzip.decompress(packed.body))["total"] == 0


def test_a_proxy_that_speaks_for_others_is_not_this_machine(app: App) -> None:
    for more in (
        [("X-Forwarded-For", "203.0.113.9")],
        [("X-Forwarded-For", "127.0.0.1, 203.0.113.9")],
        [("X-Forwarded-For", "127.0.0.1")],
        [("X-Forwarded-Proto", "https")],
    ):
        assert call(app.url, "GET", "/", [("Host", host_of(app)), *more]).status == 403
        assert upgrade(app.url, [("Host", host_of(app)), *more]).status == 403


def test_a_rejection_says_so_in_the_form_the_caller_reads(app: App) -> None:
    wrong = ("Host", "evil.example")
    page = call(app.url, "GET", "/", [wrong, ("Accept", "text/html,*/*")])
    assert page.headers["content-type"].startswith("text/html") and "KAIMEDIA_ALLOWED_HOSTS" in page.text()
    assert page.headers["cache-control"] == "no-store"
    assert call(app.url, "GET", "/api/tasks", [wrong]).problem()["status"] == 421
    assert "KAIMEDIA_ALLOWED_HOSTS" in call(app.url, "GET", "/x", [wrong]).text()


def test_the_bare_api_path_is_the_api(app: App) -> None:
    authorized = ("Authorization", f"Bearer {TOKEN}")
    for path in ("/api", "/api/", "/api/no-such-route"):
        answer = call(app.url, "GET", path, [("Host", host_of(app)), authorized])
        assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json"), path
    assert call(app.url, "GET", "/api", [("Host", host_of(app))]).status == 401


def test_every_answer_names_its_call(app: App) -> None:
    host, name = ("Host", host_of(app)), ("X-Request-ID", "my-call.10")
    for path in ("/", "/static/media/x.png", "/static/media/image_20261122T000000Z_" + "0" * 32 + ".png", "/api/tasks"):
        for method in ("GET", "HEAD"):
            assert call(app.url, method, path, [host, name]).headers["x-request-id"] == "my-call.10", path
    assert len(call(app.url, "GET", "/app/static/mark.svg", [host]).headers["x-request-id"]) == 16
    log = (app.folder / "app.log").read_text(encoding="utf-8")
    assert any("GET /tasks 401" in line and "my-call.10" in line for line in log.splitlines())


def test_a_rejection_can_be_found_in_the_log(app: App) -> None:
    answer = call(app.url, "GET", "/api/tasks", [("Host", "evil.example")])
    name = answer.problem()["request_id"]
    assert name == answer.headers["x-request-id"]
    assert any(
        "denied" in line and name in line for line in (app.folder / "app.log").read_text(encoding="utf-8").splitlines()
    )
