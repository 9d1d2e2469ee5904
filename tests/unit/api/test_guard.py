"""The guard without a server: what it lets through, what it answers, and that it fails closed."""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaimedia.errors import ConfigError
from kaimedia.log import request_id
from kaimedia.security.access import Access, read_host
from kaimedia.web.denials import judge
from kaimedia.web.firewall import Firewall
from kaimedia.web.request_info import RequestInfo

LOCAL = Access("local", is_chosen=False)
OPEN = Access("open", is_chosen=True, hosts=("studio.example",))
LOGIN = Access("login", is_chosen=True, hosts=("studio.example",))
Headers = list[tuple[str, str]]


def scope_of(
    method: str = "GET",
    path: str = "/",
    headers: Headers | None = None,
    kind: str = "http",
    peer: str | None = "127.0.0.1",
    **more: Any,
) -> dict[str, Any]:
    given = [("Host", "localhost:8501")] if headers is None else headers
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in given]
    client = None if peer is None else (peer, 50000)
    return {"type": kind, "method": method, "path": path, "headers": raw, "client": client, "scheme": "http", **more}


def ask(scope: dict[str, Any], access: Callable[[], Access] = lambda: LOCAL) -> list[dict[str, Any]]:
    """Everything the guard sends; 200 comes from the app behind it."""
    sent: list[dict[str, Any]] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/html; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect" if scope["type"] == "websocket" else "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Firewall(inner, access)(scope, receive, send))
    return sent


def status(*arguments: Any, access: Callable[[], Access] = lambda: LOCAL, **more: Any) -> int:
    return int(ask(scope_of(*arguments, **more), access)[0]["status"])


@pytest.mark.parametrize("given", ["my-call.9", "odd name", ""])
def test_every_answer_has_the_name_of_its_call(given: str) -> None:
    for host, expected in (("localhost:8501", 200), ("evil.example", 421)):
        sent = ask(scope_of(headers=[("Host", host), ("X-Request-ID", given)]))
        names = [value.decode() for name, value in sent[0]["headers"] if name.lower() == b"x-request-id"]
        assert sent[0]["status"] == expected and len(names) == 1
        assert names == [given] if given == "my-call.9" else re.fullmatch("[0-9a-f]{16}", names[0])
    assert request_id.get() is None


def broken() -> Access:
    raise ConfigError("KAIMEDIA_ACCESS must be local, login or open.", setting="KAIMEDIA_ACCESS")


def test_with_unreadable_settings_only_this_machine_comes_in() -> None:
    assert status(access=broken) == 200
    assert status(access=broken, peer="192.0.2.9") == 403
    assert status(access=broken, headers=[("Host", "studio.example")]) == 421


@pytest.mark.parametrize("accept", ["text/html", "*/*"])
def test_a_page_for_others_says_which_setting_is_wrong_and_offers_no_new_ones(accept: str) -> None:
    headers = [("Host", "studio.example"), ("X-Forwarded-For", "203.0.113.9"), ("Accept", accept)]
    sent = ask(scope_of(headers=headers), broken)
    page = html.unescape(sent[1]["body"].decode())
    assert "The settings have an error" in page and "KAIMEDIA_ACCESS must be local, login or open." in page
    assert "in Secrets" in page and "save" in page and "reboot" in page
    assert "Paste" not in page and "not open to others" not in page and "doctor" not in page
    sent = ask(scope_of(path="/api/tasks", headers=headers), broken)
    assert json.loads(sent[1]["body"])["code"] == "config"


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "::ffff:127.0.0.1", None])
def test_this_machine_comes_in(peer: str | None) -> None:
    assert status(peer=peer) == 200


@pytest.mark.parametrize("peer", ["192.168.1.5", "::ffff:192.168.1.5", "fe80::1%eth0", "10.0.0.1", "testclient"])
def test_other_machines_do_not(peer: str) -> None:
    assert status(peer=peer) == 403
    assert status(peer=peer, access=lambda: OPEN, headers=[("Host", "studio.example")]) == 200


@pytest.mark.parametrize("more", [[], [("X-Forwarded-For", "203.0.113.9")], [("Origin", "https://kai.streamlit.app")]])
def test_a_name_that_is_not_listed_is_refused_in_open_mode(more: Headers) -> None:
    for path in ("/", "/api/tasks", "/app/gallery/index", "/static/media/x.png"):
        headers = [("Host", "kai.streamlit.app"), *more]
        assert status(path=path, headers=headers, access=lambda: OPEN) == 421, path
        assert status(path=path, headers=headers, access=lambda: OPEN, peer="203.0.113.9") == 421, path


@pytest.mark.parametrize(
    "trace",
    [
        ("Forwarded", "for=127.0.0.1"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "kai.streamlit.app"),
        ("Via", "1.1 proxy"),
        ("X-Real-IP", "127.0.0.1"),
        ("CF-Ray", "1"),
    ],
)
def test_any_trace_of_a_proxy_counts_as_far_away(trace: tuple[str, str]) -> None:
    for path in ("/", "/gallery", "/api/tasks", "/app/gallery/index", "/static/media/x.png"):
        assert status(path=path, headers=[("Host", "localhost:8501"), trace]) == 403


def test_a_page_behind_a_tls_proxy_is_the_same_page() -> None:
    def post(origin: str, **more: Any) -> int:
        headers = [("Host", "studio.example"), ("Origin", origin)]
        return status("POST", "/api/x", headers, access=lambda: OPEN, **more)

    assert post("https://studio.example") == 200
    assert post("https://studio.example:443") == 200
    assert post("https://studio.example:8443") == 403
    assert post("http://studio.example", scheme="https") == 403
    assert post("https://studio.example", scheme="https") == 200


def test_a_websocket_is_refused_before_it_opens() -> None:
    foreign = [("Host", "localhost:8501"), ("Origin", "https://evil.example")]
    (closed,) = ask(scope_of(headers=foreign, kind="websocket"))
    assert closed["type"] == "websocket.close" and closed["code"] == 1008
    sent = ask(scope_of(headers=foreign, kind="websocket", extensions={"websocket.http.response": {}}))
    assert sent[0]["type"] == "websocket.http.response.start" and sent[0]["status"] == 403


def test_pages_carry_our_headers() -> None:
    headers = dict(ask(scope_of())[0]["headers"])
    assert headers[b"content-security-policy"] == b"frame-ancestors 'self'"
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"referrer-policy"] == b"same-origin"


def test_a_public_start_without_a_choice_is_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    sent: list[dict[str, Any]] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "lifespan.startup.complete"})

    async def send(message: Any) -> None:
        sent.append(message)

    for rules, address, warnings in ((LOCAL, "0.0.0.0", 1), (OPEN, "0.0.0.0", 0), (LOCAL, None, 0)):
        caplog.clear()
        guard = Firewall(inner, lambda rules=rules: rules, lambda address=address: address)
        asyncio.run(guard({"type": "lifespan"}, lambda: None, send))
        assert len([r for r in caplog.records if "KAIMEDIA_ACCESS" in r.getMessage()]) == warnings
    assert [message["type"] for message in sent] == ["lifespan.startup.complete"] * 3


@pytest.mark.parametrize("path", ["/_stcore/health", "/_stcore/host-config", "/healthz"])
@pytest.mark.parametrize("host", ["localhost:8501", "kai.streamlit.app", "192.0.2.7", None])
def test_health_is_answered_to_everybody(path: str, host: str | None) -> None:
    headers = [("Host", host), ("X-Forwarded-For", "203.0.113.9")] if host else []
    for peer in ("127.0.0.1", "203.0.113.9"):
        for mode in (LOCAL, OPEN, LOGIN):
            assert status("GET", path, headers, peer=peer, access=lambda mode=mode: mode) == 200
        assert status("POST", path, headers, peer=peer) in (400, 403, 421)


def body_of(sent: list[dict[str, Any]]) -> str:
    return b"".join(message.get("body", b"") for message in sent).decode()


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([("Host", "kai.streamlit.app")], 421),
        ([("Host", "kai.streamlit.app"), ("X-Forwarded-For", "203.0.113.9")], 403),
        ([("Host", "localhost:8501"), ("X-Forwarded-Host", "kai.streamlit.app")], 403),
    ],
)
def test_a_denial_page_shows_what_to_paste(headers: Headers, expected: int) -> None:
    sent = ask(scope_of(headers=[*headers, ("Accept", "text/html,*/*")]))
    page = html.unescape(body_of(sent))
    assert sent[0]["status"] == expected
    for words in ('KAIMEDIA_ACCESS = "login"', 'KAIMEDIA_ACCESS = "open"', "Secrets", "Manage app", "Reboot app"):
        assert words in page
    assert page.count('KAIMEDIA_ALLOWED_HOSTS = "kai.streamlit.app"') == 3
    assert 'redirect_uri = "https://kai.streamlit.app/oauth2callback"' in page
    policy = dict(sent[0]["headers"])[b"content-security-policy"].decode()
    assert "default-src 'none'" in policy and "unsafe" not in policy


def test_a_denial_page_escapes_what_the_caller_sent() -> None:
    headers = [("Host", "localhost"), ("X-Forwarded-Host", "<script>alert(1)</script>"), ("Accept", "text/html")]
    assert "alert(1)" not in body_of(ask(scope_of(headers=headers)))


def test_a_proxy_that_rewrites_host_is_named(caplog: pytest.LogCaptureFixture) -> None:
    page = "https://studio.example/"
    ours = [("Host", "localhost:8501"), ("Sec-Fetch-Site", "same-origin")]
    with caplog.at_level("WARNING"):
        sent = ask(scope_of(path="/_stcore/health", headers=[*ours, ("Referer", page)]), lambda: OPEN)
    assert sent[0]["status"] == 421
    for text in (body_of(sent), caplog.text):
        assert "studio.example" in text and "localhost" in text and "proxy_set_header Host" in text
    extensions = {"websocket.http.response": {}}
    origin = [*ours, ("Origin", "https://studio.example")]
    socket = ask(scope_of(headers=origin, kind="websocket", extensions=extensions), lambda: OPEN)
    assert socket[0]["status"] == 421
    same = [("Host", "studio.example"), ("Sec-Fetch-Site", "same-origin"), ("Referer", page)]
    assert status(path="/_stcore/health", headers=same, access=lambda: OPEN) == 200


SITES = st.sampled_from(["", "none", "same-origin", "same-site", "cross-site", "cross-site,none", "x"])
ORIGINS = st.one_of(
    st.sampled_from(
        ["null", "http://localhost:8501", "http://localhost:3000", "https://evil.example", "http://localhost"]
    ),
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=40),
)


@given(
    st.sampled_from(["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "BREW"]),
    st.sampled_from(["/", "/api", "/api/tasks", "/v1/models", "/mcp", "/_stcore/stream", "/static/media/x"]),
    st.sampled_from(["localhost:8501", "evil.example", "127.0.0.1", "", "0.0.0.0:8501"]),
    st.lists(ORIGINS, max_size=2),
    SITES,
    st.sampled_from(["http", "websocket"]),
    st.sampled_from(["127.0.0.1", "192.0.2.9"]),
)
def test_whatever_comes_in_keeps_the_rules(
    method: str, path: str, host: str, origins: list[str], site: str, kind: str, peer: str
) -> None:
    headers = [("Host", host), *(("Origin", origin) for origin in origins), ("Sec-Fetch-Site", site)]
    call = RequestInfo.of(scope_of(method, path, headers, kind, peer))
    if judge(LOCAL, call) is not None:
        return
    named = read_host(host)
    assert named is not None and named.is_loopback and peer == "127.0.0.1"
    if kind == "websocket" or method not in ("GET", "HEAD", "OPTIONS") or path.startswith(("/api", "/v1", "/mcp")):
        assert "cross-site" not in site and "same-site" not in site
        assert [origin.strip().lower() for origin in origins] in ([], [f"http://{host}"]) or host == "127.0.0.1"
        assert "https://evil.example" not in origins and "null" not in origins
