"""The whole job below a path: `server.baseUrlPath`, and a prefix that a proxy cuts off."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
import requests
from playwright.sync_api import Browser, Page, Response, expect

from tests.e2e.composer import DONE_MS, press_generate, results_of, write_prompt
from tests.e2e.conftest import App, start_app, stop_app
from tests.e2e.prefix_proxy import cutting
from tests.e2e.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-path"), pytest.mark.timeout(240)]
PROMPT = "a paper boat on a still lake"
NEEDS_TOKEN = 401  # the API's own document, before the token is typed
TOKEN = "a-token-only-for-this-test-0123456789"
SETTINGS = {"KAIMEDIA_ACCESS": "open", "KAIMEDIA_API_TOKEN": TOKEN, "KAIMEDIA_SANDBOX_SPEED": "60"}


@pytest.fixture(scope="module", params=["", "/a/b"], ids=["prefix cut by a proxy", "server.baseUrlPath"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the app is found, without a slash at the end."""
    base: str = request.param
    app: App = start_app(tmp_path_factory.mktemp("below"), base=base, **SETTINGS)
    try:
        if base:
            yield app.url
        else:
            with cutting("/~/+", int(app.url.rpartition(":")[2])) as address:
                yield address
    finally:
        stop_app(app)


@pytest.fixture
def tab(browser: Browser, place: str) -> Iterator[Page]:
    """A tab that notes every page given to whoever asked for something else, and whatever leaves the path."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page = context.new_page()
    wrong: list[str] = []

    def judge(answer: Response) -> None:
        kind = answer.request.resource_type
        if kind != "document" and answer.headers.get("content-type", "").startswith("text/html"):
            wrong.append(f"{kind} got a page: {answer.url}")
        if answer.url.startswith("http") and not answer.url.startswith(f"{place}/"):
            wrong.append(f"outside: {answer.url}")
        if kind != "document" and answer.status >= 400 and answer.status != NEEDS_TOKEN:
            wrong.append(f"{answer.status} {kind}: {answer.url}")

    page.on("response", judge)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert not wrong, wrong


def drawn(page: Page) -> None:
    """Wait until the first picture is really there."""
    picture = page.locator(".card img").first
    expect(picture).to_be_visible(timeout=DONE_MS)
    until(page, lambda: picture.evaluate("image => image.naturalWidth") > 0)


def test_the_whole_job(tab: Page, place: str) -> None:
    tab.goto(f"{place}/")
    write_prompt(tab, PROMPT)
    press_generate(tab)
    expect(results_of(tab, PROMPT)).to_have_count(1, timeout=DONE_MS)
    drawn(tab)
    tab.goto(f"{place}/gallery")
    drawn(tab)
    tab.reload()
    drawn(tab)
    tab.locator(".card").first.click()
    viewer = tab.get_by_role("dialog")
    expect(viewer).to_contain_text("1024 × 1024")
    expect(viewer).to_contain_text("took")  # only the feed's details tell
    with tab.expect_download() as waiting:
        viewer.locator("a[download]").click()
    assert waiting.value.suggested_filename.startswith("a-paper-boat-on-a-still-lake-")
    tab.goto(f"{place}/settings")
    expect(tab.get_by_role("link", name="API documentation")).to_have_attribute("href", "api/docs")
    assert tab.evaluate("document.fonts.ready.then(() => document.fonts.check('16px Geist'))")


def test_what_the_api_names_is_found_from_there(place: str) -> None:
    head = {"Authorization": f"Bearer {TOKEN}"}
    address = f"{place}/api/media"
    item = requests.get(address, headers=head, timeout=20).json()["items"][0]
    for field in ("url", "thumbnail_url", "thumbnail_large_url", "download_url"):
        answer = requests.get(urljoin(address, item[field]), headers=head, timeout=20)
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("image/"), item[field]
    one = f"{place}/api/tasks/{item['task_id']}"
    link = requests.get(one, headers=head, timeout=20).json()["result_urls"][0]
    assert requests.get(urljoin(one, link), headers=head, timeout=20).status_code == 200
    about = f"{place}/api/openapi.json"
    document = requests.get(about, headers=head, timeout=20).json()
    server = urljoin(about, document["servers"][0]["url"]).rstrip("/")
    assert requests.get(f"{server}/api/models", headers=head, timeout=20).status_code == 200


def test_a_name_that_is_not_there_is_404(place: str) -> None:
    for path in ("static/media/none.png", "app/static/media/none.png", "app/static/none.woff2", "app/components/x.js"):
        answer = requests.get(f"{place}/{path}", timeout=20)
        assert answer.status_code == 404 and "html" not in answer.headers["content-type"], path
    index = requests.get(f"{place}/", timeout=20).text
    script = index.partition('src="./')[2].partition('"')[0]
    assert (
        requests.get(f"{place}/{script}", timeout=20).headers["content-type"].partition("/")[2].startswith("javascript")
    )


def test_generate_by_its_name_is_the_first_page(place: str) -> None:
    answer = requests.get(f"{place}/generate?model=x", timeout=10)
    assert (answer.status_code, answer.url) == (200, f"{place}/?model=x")


def test_a_slash_too_many_stays_below(place: str) -> None:
    answer = requests.get(f"{place}/gallery/?item=1", timeout=20)
    assert answer.status_code == 200 and answer.url == f"{place}/gallery?item=1"


def test_the_api_docs_try_a_route(tab: Page, place: str) -> None:
    tab.goto(f"{place}/api/docs")
    field = tab.get_by_label("API token")
    field.fill(TOKEN)
    field.press("Enter")
    route = tab.locator("[id*='list_models']").first
    route.click()
    route.get_by_role("button", name="Execute").click()
    expect(route.locator(".live-responses-table")).to_contain_text("gpt4o-image")
