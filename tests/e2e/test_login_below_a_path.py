"""Sign-in and sign-out below a path: every redirect returns to that path."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e import identity
from tests.e2e.composer import DONE_MS, press_generate, results_of, write_prompt
from tests.e2e.conftest import App, stop_app
from tests.e2e.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive, pytest.mark.xdist_group("e2e-login"), pytest.mark.timeout(240)]
BASE = "/tools/studio"
PROMPT = "A brass key on a blue cloth"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with identity.provider() as url:
        yield url


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, provider: str) -> Iterator[App]:
    running = identity.start(tmp_path_factory.mktemp("login"), provider, BASE)
    yield running
    stop_app(running)


@pytest.fixture
def tab(browser: Browser, app: App, provider: str) -> Iterator[Page]:
    """A browser without cookies that records requests outside the path."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=app.url + "/")
    host, outside = app.url.removesuffix(BASE), []

    def judge(route: Route) -> None:
        url = route.request.url
        if url.startswith(f"{host}/") and not url.startswith(f"{app.url}/"):
            outside.append(url)
        if url.startswith((host, provider)):
            route.continue_()
        else:
            route.abort()  # the provider's own page wants a stylesheet from the web

    context.route("**/*", judge)
    yield context.new_page()
    context.close()
    assert not outside, outside


def test_a_user_signs_in_works_and_signs_out(tab: Page, app: App) -> None:
    identity.sign_in(tab, "ada", "./")
    expect(tab.locator(".st-key-prompt textarea")).to_be_visible()
    assert tab.url == f"{app.url}/"
    write_prompt(tab, PROMPT)
    press_generate(tab)
    image = results_of(tab, PROMPT).locator("img.in")
    expect(image).to_have_count(1, timeout=DONE_MS)
    address = image.evaluate("element => element.src")
    assert re.match(rf"{re.escape(app.url)}/static/media/image_[^?]+\?sign_in=", address)
    until(tab, lambda: image.evaluate("element => element.naturalWidth") > 0)
    tab.goto("settings")  # the cookie works below the path
    expect(tab.locator(".st-key-card_account")).to_contain_text("Ada@Example.org")
    identity.sign_out(tab)
    assert tab.url.startswith(f"{app.url}/")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(address, timeout=20)
    identity.sign_in(tab, "eve", "gallery")  # where it finds the button: nobody is signed in
    expect(tab.get_by_text("You don’t have access")).to_be_visible()
    assert tab.url.startswith(f"{app.url}/")
    identity.sign_out(tab, "Use another account")
