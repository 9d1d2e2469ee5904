"""Our styles and the skeleton are in the first HTML, so that nothing is drawn in another layout first."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Scope
from streamlit import file_util

from kaimedia.ui import reads
from kaimedia.ui.components import component_files
from kaimedia.ui.first_paint import FirstPaint
from kaimedia.ui.page_list import APP_TITLE, PAGE_NAMES
from kaimedia.web import page_policy
from tests.conftest import ROOT
from tools import icon_font

PAGE = '<html><body><div id="root"></div></body></html>'


async def page(_request: Request) -> Response:
    return HTMLResponse(PAGE, headers={"etag": '"of-streamlit"'})


async def long_page(_request: Request) -> Response:
    return HTMLResponse(PAGE.replace("<body>", f"<!--{'x' * 2000}--><body>"))


async def streamlits_own(_request: Request) -> Response:
    return FileResponse(f"{file_util.get_static_dir()}/index.html", media_type="text/html")


async def other(request: Request) -> Response:
    kind = request.path_params["kind"]
    return HTMLResponse("<html><body>docs</body></html>") if kind == "docs" else PlainTextResponse(PAGE)


@pytest.fixture
def client() -> TestClient:
    routes = [Route("/own", streamlits_own), Route("/other/{kind}", other), Route("/{path:path}", page)]
    return TestClient(FirstPaint(Starlette(routes=routes)))


def test_styles_and_skeleton_are_at_the_end_of_the_body(client: TestClient) -> None:
    answer = client.get("/generate", headers={"Accept-Encoding": "identity"})
    assert reads.styles() in answer.text
    assert answer.text.index("kai-skeleton") > answer.text.index('id="root"')
    assert answer.text.endswith("</style></body></html>")
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert "etag" not in answer.headers  # it belonged to the file without our styles


@pytest.mark.parametrize("path", ["/", *(f"/{name}" for name in PAGE_NAMES)])
def test_a_page_that_streamlit_would_compress_is_completed_too(path: str) -> None:
    app = FirstPaint(GZipMiddleware(Starlette(routes=[Route("/{path:path}", long_page)]), minimum_size=500))
    answer = TestClient(app).get(path, headers={"Accept": "text/html,*/*;q=0.8", "Accept-Encoding": "gzip, br"})
    assert "kai-skeleton" in answer.text
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert int(answer.headers["content-length"]) < len(answer.content) / 2


def test_a_compressed_response_that_is_no_page_is_unchanged() -> None:
    app = FirstPaint(GZipMiddleware(Starlette(routes=[Route("/other/{kind}", other)]), minimum_size=10))
    answer = TestClient(app).get("/other/text", headers={"Accept": "*/*", "Accept-Encoding": "gzip"})
    assert (answer.headers["content-encoding"], answer.text) == ("gzip", PAGE)


def test_a_client_without_gzip_gets_the_page_uncompressed(client: TestClient) -> None:
    answer = client.get("/generate", headers={"Accept": "text/html", "Accept-Encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert "kai-skeleton" in answer.text


def test_a_script_runs_before_those_of_streamlit_which_are_modules() -> None:
    app = FirstPaint(Starlette(routes=[Route("/own", streamlits_own)]), script="window.early = 1")
    text = TestClient(app).get("/own").text
    assert text.count("<script>window.early = 1</script>") == 1


def test_streamlit_starts_after_the_first_frame() -> None:
    app = FirstPaint(Starlette(routes=[Route("/own", streamlits_own)]), script="window.early = 1")
    text = TestClient(app).get("/own").text
    assert not re.findall(r"<script[^>]* src=", text)
    (entry,) = re.findall(r'<link rel="modulepreload" crossorigin href="([^"]+)" data-kai-entry>', text)
    own = (Path(file_util.get_static_dir()) / "index.html").read_text(encoding="utf-8")
    assert f'<script type="module" crossorigin src="{entry}"></script>' in own
    assert "link[data-kai-entry]" in page_policy.SCRIPT


def test_only_large_scripts_are_preloaded_before_the_first_frame() -> None:
    app = FirstPaint(Starlette(routes=[Route("/{path:path}", streamlits_own)]), "started()")
    text = TestClient(app).get("/generate").text
    folder = Path(file_util.get_static_dir()) / "static" / "js"
    now, later = (
        {
            name: (folder / name).stat().st_size
            for name in re.findall(rf'{kind}"[^>]* href="./static/js/([^"]+)">', text)
        }
        for kind in ("modulepreload", "kai-preload")
    )
    assert now and min(now.values()) > max(later.values())
    assert len(later) > 10 * len(now)  # what a browser requests before it draws
    assert "kai-preload" in page_policy.SCRIPT
    without = TestClient(FirstPaint(Starlette(routes=[Route("/{path:path}", streamlits_own)]))).get("/generate").text
    assert "kai-preload" not in without


def test_the_gallery_gets_its_first_items_and_no_other_page_does() -> None:
    async def window(scope: Scope) -> str:
        return f"<p>{scope['query_string'].decode()}</p>"

    app = FirstPaint(Starlette(routes=[Route("/{path:path}", page)]), gallery_window=window)
    for path in ("/gallery?kind=Images", "/below/gallery/?kind=Images"):
        answer = TestClient(app).get(path)
        assert answer.text.endswith("</style><p>kind=Images</p></body></html>")
        assert answer.headers["cache-control"] == "no-store"
    for path in ("/", "/generate?kind=Images", "/settings"):
        answer = TestClient(app).get(path)
        assert "kind=Images" not in answer.text and "cache-control" not in answer.headers


def test_other_pages_can_ask_for_the_gallerys_first_items() -> None:
    async def window(_scope: Scope) -> str:
        return "<p>window</p>"

    routes = [
        Route("/{path:path}", streamlits_own),
        Route(f"/{component_files.PREFIX}/{{path}}", component_files.serve),
    ]
    calls = TestClient(FirstPaint(Starlette(routes=routes[::-1]), gallery_window=window))
    (script,) = re.findall(r'<script type="module" fetchpriority="low" src="([^"]+)"', calls.get("/settings").text)
    assert "kai-first-window" in calls.get(script).text
    assert script not in calls.get("/gallery").text
    # Only the gallery's scripts wait for its images.
    assert '"modulepreload" fetchpriority="low"' in calls.get("/gallery").text
    assert '"modulepreload" fetchpriority="low"' not in calls.get("/settings").text


def test_the_page_streamlit_ships_is_completed(client: TestClient) -> None:
    text = client.get("/own").text
    assert 'kai-skeleton" data-page="generate"' in text
    head = text.partition("</head>")[0]
    assert f"<title>{APP_TITLE}</title>" in head and "Streamlit</title>" not in head
    assert re.findall(r'<link rel="shortcut icon"[^>]* href="([^"]+)"', head) == ["./app/static/mark.svg"]
    preloaded = re.findall(r'<link\s+rel="preload"\s+href="\./([^"]+)"\s+as="font"', head)
    letters, icons = preloaded
    assert letters in (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    assert ROOT / icons.removeprefix("app/").partition("?")[0] == icon_font.FONT
    assert (ROOT / letters.removeprefix("app/")).is_file() and icon_font.FONT.is_file()
    assert text.count(icons) == 2  # preloaded under the address at which it is used


@pytest.mark.parametrize("path", ["/gallery", "/settings", "/studio/gallery/"])
def test_other_pages_have_another_skeleton(client: TestClient, path: str) -> None:
    assert 'data-page="other"' in client.get(path).text


@pytest.mark.parametrize("kind", ["docs", "text"])
def test_other_responses_pass_unchanged(client: TestClient, kind: str) -> None:
    assert "kai-skeleton" not in client.get(f"/other/{kind}").text


def test_a_head_request_passes_unchanged(client: TestClient) -> None:
    assert client.head("/generate").headers["etag"] == '"of-streamlit"'
