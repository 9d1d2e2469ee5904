"""Below a path: what is called, what is answered, and which addresses go out."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from kaimedia.api.addresses import root_of
from kaimedia.security.access import Access, read_host
from kaimedia.web.base_path import BASE, BasePath, FilesAreNotPages, inner_path, relative_to


async def ours(request: Request) -> Response:
    return PlainTextResponse(f"ours {request.url.path} {inner_path(request.scope)}")


async def page(request: Request) -> Response:
    if request.url.path.endswith("/back"):
        return RedirectResponse("/a/b/" if request.url.path.startswith("/a/b") else "/", 302)
    if request.url.path.endswith("mark.svg"):
        return PlainTextResponse("<svg/>", media_type="image/svg+xml")
    return HTMLResponse("<html>the page</html>")


def client(base: str) -> TestClient:
    app = Starlette(
        routes=[
            Mount("/api", routes=[Route("/{rest:path}", ours, methods=["GET", "POST"])]),
            Mount("/app/gallery", routes=[Route("/{rest:path}", ours)]),
            Mount("/" + base.strip("/") if base else "", routes=[Route("/{rest:path}", page)]),
        ],
        middleware=[Middleware(BasePath, base=lambda: base), Middleware(FilesAreNotPages)],
    )
    return TestClient(app, base_url="http://127.0.0.1", follow_redirects=False)


@pytest.mark.parametrize(("base", "stands"), [("", ""), ("studio", "/studio"), ("/a/b/", "/a/b"), ("//x//", "/x")])
def test_our_routes_lie_below_the_base(base: str, stands: str) -> None:
    calls = client(base)
    assert calls.get(f"{stands}/api/health").text == "ours /api/health /api/health"
    assert calls.get(f"{stands}/app/gallery/page").text.startswith("ours /app/gallery/page")
    assert "the page" in calls.get(f"{stands}/gallery").text


def test_outside_the_base_only_callbacks_arrive() -> None:
    calls = client("studio")
    for path in ("/api/health", "/api", "/app/gallery/page", "/studious/api/health", "/studio2/api/health"):
        assert calls.get(path).status_code == 404, path
    assert calls.post("/api/callbacks/kie/nonce").status_code == 200


@pytest.mark.parametrize("base", ["", "studio"])
def test_who_asks_for_a_file_gets_no_page(base: str) -> None:
    calls, stands = client(base), f"/{base}" if base else ""
    for path in ("/static/media/none.png", "/app/nothing", "/robots.png", "/x/y.js", "/static/media/x"):
        answer = calls.get(stands + path)
        assert answer.status_code == 404 and "html" not in answer.headers["content-type"], path
    for wanted in ("image", "video", "font", "script", "style", "empty", "track"):
        assert calls.get(f"{stands}/gallery", headers={"Sec-Fetch-Dest": wanted}).status_code == 404, wanted
    assert calls.get(f"{stands}/static/mark.svg").status_code == 200
    assert calls.get(f"{stands}/gallery", headers={"Sec-Fetch-Dest": "document"}).status_code == 200
    assert calls.get(f"{stands}/gallery", headers={"Sec-Fetch-Dest": "iframe"}).status_code == 200
    assert calls.get(f"{stands}/gallery").status_code == 200


def test_a_script_that_accepts_only_html_gets_a_page_and_no_page_for_a_file() -> None:
    for_script = {"Sec-Fetch-Dest": "empty", "Accept": "text/html"}
    assert "the page" in client("").get("/gallery", headers=for_script).text
    for path in ("/static/media/none.png", "/x/y.js"):
        assert client("").get(path, headers=for_script).status_code == 404, path
    assert client("").get("/gallery", headers={**for_script, "Sec-Fetch-Dest": "image"}).status_code == 404


def test_redirects_stay_below_a_prefix_nobody_told_us() -> None:
    assert client("").get("/x/back").headers["location"] == "../"
    assert client("a/b").get("/a/b/x/back").headers["location"] == "../"
    assert client("a/b").get("/a/b/back").headers["location"] == "./"


@pytest.mark.parametrize(
    ("path", "target", "relative"),
    [
        ("/gallery/", "/gallery", "../gallery"),
        ("/gallery/", "/gallery?item=3#x", "../gallery?item=3#x"),
        ("/studio", "http://h:1/studio/", "studio/"),
        ("/oauth2callback", "/", "./"),
        ("/auth/logout", "/", "../"),
        ("/studio/auth/logout", "/studio/", "../"),
        ("/api/docs/", "../docs", "../docs"),
        ("/x", "https://accounts.example/o?redirect_uri=/x", "https://accounts.example/o?redirect_uri=/x"),
        ("/x", "//evil.example/", "//evil.example/"),
        ("/x", "http://h:1//evil.example/", "http://h:1//evil.example/"),
        ("/x", "/y:z", "./y:z"),
    ],
)
def test_a_redirect_seen_from_where_it_is_met(path: str, target: str, relative: str) -> None:
    assert relative_to(path, target, "h:1") == relative


def scope(path: str, base: str = "", **headers: str) -> dict[str, Any]:
    raw = [(b"host", b"studio.example")]
    raw += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "path": path, "root_path": "/api", "headers": raw, BASE: base}


PUBLIC = Access("open", is_chosen=True, public_host=read_host("studio.example"), public_path="/~/+")
ELSEWHERE = Access("open", is_chosen=True, public_host=read_host("other.example"), public_path="/~/+")


@pytest.mark.parametrize(
    ("call", "access", "root"),
    [
        (scope("/api/media"), None, ""),
        (scope("/api/media", "/studio"), None, "/studio"),
        (scope("/api/media", "/a b"), None, "/a%20b"),
        (scope("/api/media", x_forwarded_prefix="/cut/"), None, "/cut"),
        (scope("/api/media", "/studio", x_forwarded_prefix="/cut"), None, "/cut/studio"),
        (scope("/api/media", x_forwarded_prefix="//evil.example"), None, ""),
        (scope("/api/media", x_forwarded_prefix="/../x"), None, ""),
        (scope("/api/media", x_forwarded_prefix="https://evil.example/"), None, ""),
        (scope("/api/media"), PUBLIC, "/~/+"),
        (scope("/api/media"), ELSEWHERE, ""),
        (scope("/api/media", x_forwarded_for="203.0.113.9"), None, ".."),
        (scope("/api/media/7", x_forwarded_for="203.0.113.9"), None, "../.."),
        (scope("/api/tasks/abc/retry", via="1.1 proxy"), None, "../../.."),
        (scope("/api/media/7", "/studio", x_forwarded_for="203.0.113.9"), None, "../.."),
        (scope("/api/media/7", x_forwarded_for="203.0.113.9"), PUBLIC, "/~/+"),
    ],
)
def test_how_our_root_is_written(call: dict[str, Any], access: Access | None, root: str) -> None:
    assert root_of(call, access) == root


def test_a_websocket_below_the_base_is_left_to_streamlit() -> None:
    met: list[str] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        met.extend([scope["path"], inner_path(scope)])

    call = {"type": "websocket", "path": "/studio/_stcore/stream", "headers": []}
    asyncio.run(BasePath(inner, lambda: "studio")(call, None, None))  # type: ignore[arg-type]
    assert met == ["/studio/_stcore/stream", "/_stcore/stream"]
