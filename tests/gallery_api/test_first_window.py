"""The gallery's first items in its page's HTML: the same as the gallery API's first page, for the same users."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from kaimedia import entry, runtime
from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.errors import StoreUnavailable
from kaimedia.ui import first_paint
from kaimedia.ui.gallery import first_window
from kaimedia.ui.page_list import PAGE_NAMES
from tests.conftest import image_request
from tests.finished import finished

DATA = re.compile(r'<script type="application/json" id="kai-first-window">(.*?)</script>', re.DOTALL)


def read(html: str) -> dict[str, Any]:
    """The data in the HTML, exactly one."""
    (text,) = DATA.findall(html)
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ({}, ""),
        ({"kind": "Videos"}, "kind=video"),
        ({"sort": "Oldest first", "kind": "Images"}, "kind=image&sort=oldest"),
        ({"item": "1", "utm_source": "mail"}, ""),
    ],
)
def test_it_is_the_first_page_of_the_gallery_api(
    gallery_api: TestClient, made: list[int], address: dict[str, str], query: str
) -> None:
    found = read(first_window.html(address, ""))
    assert found["query"] == query
    assert found | gallery_api.get(f"page?{query}&limit=60").json() == found
    assert found["items"] and found["key"] == ""
    assert found["rev"] == runtime.studio().gallery.change_count()


@pytest.mark.parametrize(
    "address",
    [
        {"q": "fox"},
        {"favorites": "True"},
        {"favourites": "true"},
        {"show": "Trash"},
        {"model": "Veo 3 Fast"},
        {"tag": "fox"},
        {"collection": "Best"},
        {"results_of": "Batch #1"},
        {"date": "Today"},
        {"kind": "Sounds"},
        {"sort": "Best first"},
    ],
)
def test_other_filters_wait_for_the_page(made: list[int], address: dict[str, str]) -> None:
    assert first_window.html({}, "") and first_window.html(address, "") == ""


def test_an_empty_gallery_has_none(gallery_api: TestClient) -> None:
    assert first_window.html({}, "") == ""


def test_a_prompt_cannot_end_the_element(gallery_api: TestClient, context: AppContext) -> None:
    prompt = "A fox</script><script>alert(1)</script><!--"
    finished(context, image_request(prompt))
    html = first_window.html({}, "")
    assert "alert(1)</" not in html and "<!--" not in html
    assert read(html)["items"][0]["prompt"] == prompt


def test_there_is_none_while_the_app_is_closed_or_the_database_is(
    made: list[int],
    context: AppContext,
    use_context: Callable[[AppContext | None], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_args: Any) -> None:
        raise StoreUnavailable("The database is locked.")

    monkeypatch.setattr(context.studio.gallery, "window", broken)
    assert first_window.html({}, "") == ""
    use_context(None)
    assert first_window.html({}, "") == ""


def test_where_people_sign_in_addresses_are_signed_for_one_of_them(
    made: list[int], context: AppContext, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "config", replace(config, access="login"))
    monkeypatch.setattr(runtime.current, "access", None)
    found = read(first_window.html({}, "ann"))
    assert found["key"] == runtime.gallery_key("ann") != ""
    thumb = urlsplit(found["items"][0]["thumb"])
    name = thumb.path.removeprefix("static/media/")
    assert parse_qs(thumb.query)["sign_in"] == ["ann"]
    assert context.signer.is_valid(name, thumb.query)


@pytest.mark.parametrize(("sign_in", "expected"), [(None, ""), ("ann", "ann: Images"), ("", ": Images")])
def test_it_is_only_made_for_users_with_access(sign_in: str | None, expected: str) -> None:
    async def sign_in_of(_scope: Any) -> str | None:
        return sign_in

    window = entry.GalleryWindow(sign_in_of, lambda: lambda params, who: f"{who}: {params['kind']}")
    assert asyncio.run(window({"query_string": b"kind=Images"})) == expected


def test_there_is_none_before_the_pages_are_imported() -> None:
    async def sign_in_of(_scope: Any) -> str | None:
        return ""

    assert asyncio.run(entry.GalleryWindow(sign_in_of, lambda: None)({"query_string": b""})) == ""


def test_the_page_is_called_as_in_the_menu() -> None:
    assert first_paint.GALLERY in PAGE_NAMES


def test_the_page_does_not_wait_for_a_database_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "LONGEST_WINDOW_S", 0.05)
    may_end, calls = threading.Event(), []

    def make(params: Mapping[str, str], sign_in: str) -> str:
        calls.append(sign_in)
        may_end.wait(20)
        return "late"

    async def sign_in_of(_scope: Any) -> str | None:
        return ""

    async def visit() -> tuple[str, str, str]:
        window, scope = entry.GalleryWindow(sign_in_of, lambda: make), {"query_string": b""}
        first, second = await window(scope), await window(scope)  # the second asks for nothing while the first waits
        may_end.set()
        while not (third := await window(scope)):
            await asyncio.sleep(0.01)
        return first, second, third

    assert asyncio.run(visit()) == ("", "", "late") and len(calls) == 2
