"""The main workflow below a path: `server.baseUrlPath`, and a prefix that a proxy strips, in an iframe too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.conftest import wait_for
from tests.e2e import whole_job
from tests.e2e.conftest import App, start_app, stop_app
from tests.e2e.prefix_proxy import cutting

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-path"), pytest.mark.timeout(240)]
BASE = "/a/b"
TOKEN = "a-token-only-for-this-test-0123456789"
SETTINGS = {"KAIMEDIA_ACCESS": "open", "KAIMEDIA_API_TOKEN": TOKEN, "KAIMEDIA_SANDBOX_SPEED": "60"}


PREFIX = "/~/+"
OUTER = """<!doctype html><title>A hosting platform</title><link rel="icon" href="data:,">
<style>html, body, iframe {{ margin: 0; border: 0; width: 100%; height: 100%; display: block }}</style>
<iframe src="{0}/" {1}></iframe>"""
SANDBOX = "allow-scripts allow-same-origin allow-forms allow-popups allow-modals allow-downloads"
COOKIES = ("_streamlit_user", "_streamlit_xsrf", "_streamlit_session")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app that does not know of the path it is reached below."""
    running = start_app(tmp_path_factory.mktemp("cut"), **SETTINGS)
    yield running
    stop_app(running)


@pytest.fixture(scope="module", params=["", BASE], ids=["prefix cut by a proxy", "server.baseUrlPath"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, app: App) -> Iterator[str]:
    """The app's URL, without a trailing slash."""
    if not request.param:
        with cutting(PREFIX, int(app.url.rpartition(":")[2])) as address:
            yield address
        return
    running = start_app(tmp_path_factory.mktemp("below"), base=request.param, **SETTINGS)
    yield running.url
    stop_app(running)


@pytest.fixture
def tab(browser: Browser, place: str) -> Iterator[Page]:
    """A tab that fails on unexpected responses and on requests outside the path."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page = context.new_page()
    watch = whole_job.Watch(page, place)
    yield page
    context.close()
    assert not watch.wrong, watch.wrong


def items_at(place: str) -> list[dict[str, Any]]:
    """The newest media, by the API; one is made where there is none."""
    head = {"Authorization": f"Bearer {TOKEN}"}
    found: list[dict[str, Any]] = []

    def has_items() -> bool:
        found[:] = requests.get(f"{place}/api/media", headers=head, timeout=20).json()["items"]
        return bool(found)

    if not has_items():
        body = {"prompt": "A kite above the dunes", "model": "gpt4o-image", "aspect_ratio": "1:1"}
        requests.post(f"{place}/api/images/generate", headers=head, json=body, timeout=20).raise_for_status()
        wait_for(has_items, "the first image")
    return found


@pytest.mark.exhaustive
def test_a_link_to_one_item_opens_it_and_the_main_workflow_follows(tab: Page, place: str) -> None:
    item = items_at(place)[0]["id"]
    tab.goto(f"{place}/gallery?item={item}")
    expect(tab.get_by_role("dialog")).to_contain_text("took")
    tab.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(tab.locator("dialog[open]")).to_have_count(0)
    whole_job.open_page(tab, "Generate")
    job = whole_job.Job(tab)
    job.do() if place.endswith(BASE) else job.make_the_image()  # the rest below a cut prefix: in a frame


def test_what_the_api_names_is_found_from_there(place: str) -> None:
    head = {"Authorization": f"Bearer {TOKEN}"}
    address = f"{place}/api/media"
    for item in items_at(place):
        kinds = {"url": item["type"], "download_url": item["type"], "thumbnail_url": "image", "poster_url": "image"}
        for field, kind in kinds.items():
            if item[field]:
                answer = requests.get(urljoin(address, item[field]), headers=head, timeout=20)
                assert answer.status_code == 200 and answer.headers["content-type"].startswith(f"{kind}/"), item[field]
    one = f"{place}/api/tasks/{item['task_id']}"
    link = requests.get(one, headers=head, timeout=20).json()["result_urls"][0]
    assert requests.get(urljoin(one, link), headers=head, timeout=20).status_code == 200
    about = f"{place}/api/openapi.json"
    document = requests.get(about, headers=head, timeout=20).json()
    server = urljoin(about, document["servers"][0]["url"]).rstrip("/")
    assert requests.get(f"{server}/api/models", headers=head, timeout=20).status_code == 200


def test_the_openai_compatible_routes_answer(place: str) -> None:
    head, body = {"Authorization": f"Bearer {TOKEN}"}, {"prompt": "A lantern", "response_format": "url"}
    made = requests.post(f"{place}/v1/images/generations", headers=head, json=body, timeout=60).json()
    assert len(made["data"]) == 1
    if place.endswith(BASE):  # a prefix that a proxy cuts off is not known
        link = made["data"][0]["url"]
        assert link.startswith(place) and requests.get(link, headers=head, timeout=20).status_code == 200


def test_an_unknown_name_is_404(place: str) -> None:
    for path in ("static/media/none.png", "app/static/media/none.png", "app/static/none.woff2", "app/components/x.js"):
        answer = requests.get(f"{place}/{path}", timeout=20)
        assert answer.status_code == 404 and "html" not in answer.headers["content-type"], path
    index = requests.get(f"{place}/", timeout=20).text
    script = index.partition('rel="modulepreload" crossorigin href="./')[2].partition('"')[0]
    assert (
        requests.get(f"{place}/{script}", timeout=20).headers["content-type"].partition("/")[2].startswith("javascript")
    )


def test_generate_by_its_name_is_the_first_page(place: str) -> None:
    answer = requests.get(f"{place}/generate?model=x", timeout=10)
    assert (answer.status_code, answer.url) == (200, f"{place}/?model=x")


def test_a_slash_too_many_stays_below(place: str) -> None:
    answer = requests.get(f"{place}/gallery/?item=1", timeout=20)
    assert answer.status_code == 200 and answer.url == f"{place}/gallery?item=1"


@pytest.mark.exhaustive
def test_the_api_docs_try_a_route(tab: Page, place: str) -> None:
    tab.goto(f"{place}/api/docs")
    field = tab.get_by_label("API token")
    field.fill(TOKEN)
    field.press("Enter")
    route = tab.locator("[id*='get_settings']").first
    route.click()
    route.get_by_role("button", name="Execute").click()
    expect(route.locator(".live-responses-table")).to_contain_text("gpt4o-image")


@pytest.mark.parametrize(
    ("attributes", "cookies", "prompts"),
    [
        pytest.param("", None, ("A tin robot in tall grass", "A kite over a harbor"), marks=pytest.mark.exhaustive),
        (f'sandbox="{SANDBOX}"', COOKIES, ("A glass snail on moss", "A tram in the rain")),
    ],
    ids=["plain frame", "sandboxed, few cookies"],
)
def test_the_main_workflow_in_a_frame(
    browser: Browser, app: App, attributes: str, cookies: tuple[str, ...] | None, prompts: tuple[str, str]
) -> None:
    page = OUTER.format(PREFIX, attributes)
    with cutting(PREFIX, int(app.url.rpartition(":")[2]), page, cookies) as place:
        outer = place.removesuffix(PREFIX) + "/"
        context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
        context.add_cookies([{"name": "_other", "value": "1", "url": outer}])  # the platform's, not passed to the app
        tab = context.new_page()
        watch = whole_job.Watch(tab, place, outer)
        tab.goto(outer)
        view = next(frame for frame in tab.frames if frame.parent_frame)
        job = whole_job.Job(tab, view, *prompts)
        if cookies:
            job.do()
        else:  # what is not about the frame's rights
            job.make_the_image()
            whole_job.open_page(view, "Gallery")
            job.open(job.image)
            job.close()
            whole_job.open_page(view, "Settings")
        assert tab.url == outer and view.url.startswith(f"{place}/settings")
        context.close()
    assert not watch.wrong and watch.files > 20, watch.wrong
