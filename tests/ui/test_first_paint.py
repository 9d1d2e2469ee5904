"""Our styles and the skeleton stand in the first HTML, so that nothing is drawn in another layout before them."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit import file_util

from kaimedia.ui import reads
from kaimedia.ui.first_paint import FirstPaint

PAGE = '<html><body><div id="root"></div></body></html>'


async def page(_request: Request) -> Response:
    return HTMLResponse(PAGE, headers={"etag": '"of-streamlit"'})


async def streamlits_own(_request: Request) -> Response:
    return FileResponse(f"{file_util.get_static_dir()}/index.html", media_type="text/html")


async def other(request: Request) -> Response:
    kind = request.path_params["kind"]
    return HTMLResponse("<html><body>docs</body></html>") if kind == "docs" else PlainTextResponse(PAGE)


@pytest.fixture
def client() -> TestClient:
    routes = [Route("/own", streamlits_own), Route("/other/{kind}", other), Route("/{path:path}", page)]
    return TestClient(FirstPaint(Starlette(routes=routes)))


def test_styles_and_skeleton_stand_at_the_end_of_the_body(client: TestClient) -> None:
    answer = client.get("/generate")
    assert reads.styles() in answer.text
    assert answer.text.index("kai-skeleton") > answer.text.index('id="root"')
    assert answer.text.endswith("</style></body></html>")
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert "etag" not in answer.headers  # it was that of the file without our styles


def test_the_page_streamlit_ships_is_completed(client: TestClient) -> None:
    assert 'class="kai-skeleton" data-page="generate"' in client.get("/own").text


@pytest.mark.parametrize("path", ["/gallery", "/settings", "/studio/gallery/"])
def test_other_pages_have_another_skeleton(client: TestClient, path: str) -> None:
    assert 'data-page="other"' in client.get(path).text


@pytest.mark.parametrize("kind", ["docs", "text"])
def test_what_is_no_page_of_streamlit_passes_as_it_is(client: TestClient, kind: str) -> None:
    assert "kai-skeleton" not in client.get(f"/other/{kind}").text


def test_a_head_request_passes_as_it_is(client: TestClient) -> None:
    assert client.head("/generate").headers["etag"] == '"of-streamlit"'
