"""Sign-in with a local identity provider, in a browser: listed users get in, others do not."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import identity
from tests.e2e.conftest import App, start_app, stop_app
from tests.e2e.identity import PEOPLE, sign_in, sign_out
from tests.e2e.raw_session import parts_sent
from tests.e2e.waiting import noted, until
from tests.e2e.whole_job import open_page

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-login"), pytest.mark.timeout(240)]

TOKEN = "the-api-token-of-this-test-0123456789"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with identity.provider() as url:
        yield url


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, provider: str) -> Iterator[App]:
    """An app that requires sign-in."""
    running = identity.start(tmp_path_factory.mktemp("login"), provider, KAIMEDIA_API_TOKEN=TOKEN)
    yield running
    stop_app(running)


@pytest.fixture
def tab(browser: Browser, app: App, provider: str) -> Iterator[Page]:
    """A browser without cookies."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=app.url)
    context.route(lambda url: not url.startswith((app.url, provider, "data:", "blob:")), lambda route: route.abort())
    yield context.new_page()
    context.close()


def status_of(url: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


# Pages, and an element that each has for admitted users.
PARTS = {"": "composer", "gallery": "gallery_bar", "settings": "card_key", "generate": "composer"}


def expect_closed(tab: Page, app: App, path: str | None = "/settings") -> None:
    """Nothing of the studio is on the page, or sent for any page with these cookies.

    `path` is opened before; without it the tab shows a page already.
    """
    if path:
        tab.goto(path)
    expect(tab.locator(".st-key-sign_in")).to_be_visible()
    expect(tab.locator("[data-testid=stTopNavLink]")).to_have_count(0)
    expect(tab.locator(".st-key-prompt")).to_have_count(0)
    expect(tab.locator(".st-key-new_api_key")).to_have_count(0)
    for page_name in PARTS:  # now the browser has the XSRF cookie, without which the server ignores the others
        parts = parts_sent(app.url, page_name, tab.context.cookies())
        assert "sign_in" in parts and parts.isdisjoint({*PARTS.values(), "tabbar", "prompt_box"}), (page_name, parts)


def expect_open(tab: Page, app: App) -> None:
    """Every page is sent, so that `expect_closed` would find it."""
    for page_name, part in PARTS.items():
        parts = parts_sent(app.url, page_name, tab.context.cookies())
        assert {part, "tabbar"} <= parts and "sign_in" not in parts, (page_name, parts)


def expect_account(tab: Page, name: str) -> None:
    """Settings name that user."""
    open_page(tab, "Settings")
    expect(tab.locator(".st-key-card_account")).to_contain_text(str(PEOPLE[name]["email"]))


def test_without_signing_in_and_with_a_forged_cookie_everything_is_closed(tab: Page, app: App) -> None:
    expect_closed(tab, app)
    expect(tab.get_by_role("button", name="Sign in")).to_be_visible()
    for path in ("/api/tasks", "/api/media", "/api/settings"):
        assert status_of(app.url + path) == 401, path
        assert status_of(app.url + path, Authorization=f"Bearer {TOKEN}") == 200, path
    person = {"is_logged_in": True, "email": "ada@example.org", "email_verified": True, "origin": app.url}
    for value in (json.dumps(person).encode().hex(), "2|1:0|10:0|15:_streamlit_user|4:e30=|" + "0" * 64):
        tab.context.add_cookies([{"name": "_streamlit_user", "value": value, "url": app.url}])
        expect_closed(tab, app)


def test_unlisted_users_stay_out(tab: Page, app: App) -> None:
    for name in ("eve", "claims-to-be-ada", "nobody"):
        with noted(name):
            sign_in(tab, name)
            expect(tab.get_by_text("You don’t have access")).to_be_visible()
            expect_closed(tab, app, path=None)
            if name == "eve":
                sign_out(tab, "Use another account")
            else:
                tab.context.clear_cookies()


def test_everyone_of_a_listed_domain_is_let_in(tab: Page, app: App) -> None:
    sign_in(tab, "team")
    expect(tab.locator(".st-key-prompt textarea")).to_be_visible()
    expect_open(tab, app)
    expect_account(tab, "team")


def test_a_listed_users_images_cannot_be_fetched_by_others(tab: Page, app: App) -> None:
    sign_in(tab, "ada")
    field = tab.locator(".st-key-prompt textarea")
    field.fill("A paper lantern for Ada")
    tab.locator(".st-key-generate button").click()
    card = tab.locator(".st-key-stage .card img").first
    expect(card).to_be_visible(timeout=60_000)
    expect(card).to_have_js_property("complete", True)
    until(tab, lambda: card.evaluate("image => image.naturalWidth") >= 256)
    expect_open(tab, app)
    address = card.evaluate("image => image.src")
    assert re.search(r"/static/media/image_[^?]+\?sign_in=[0-9a-f]{64}&until=\d+&signature=[0-9a-f]{64}$", address)
    bare, _, query = address.partition("?")
    assert status_of(address) == 200
    assert status_of(f"{address}&download=1") == 200
    assert status_of(bare) == 403
    assert status_of(bare.replace("/static/media/", "/app/static/media/")) == 403
    assert status_of(bare, Authorization=f"Bearer {TOKEN}") == 200
    assert status_of(bare, Authorization="Bearer wrong") == 403
    result = max(app.media.glob("image_*.png"), key=lambda path: path.stat().st_mtime)
    assert status_of(f"{bare.rpartition('/')[0]}/{result.name}?{query}") == 403  # signed for another file
    assert status_of(re.sub(r"until=\d+", "until=4102444800", address)) == 403
    expect_account(tab, "ada")
    other = tab.context.new_page()
    other.goto("/gallery")
    expect(other.locator("[data-testid=stTopNavLink]").first).to_be_visible()
    cookies = [each for each in tab.context.cookies() if str(each.get("name")).startswith("_streamlit")]
    sign_out(tab, "Sign out")
    expect(other.locator(".st-key-sign_in")).to_be_visible()  # automatically, without a reload
    assert status_of(address) == 403
    expect_closed(tab, app, path=None)
    tab.context.clear_cookies()
    tab.context.add_cookies(cookies)  # like someone who saved a copy
    expect_closed(tab, app)
    tab.context.clear_cookies()
    sign_in(tab, "ada")
    expect(tab.locator(".st-key-prompt textarea")).to_be_visible()


def test_a_login_that_is_not_set_up_lets_no_one_in(tmp_path: Path) -> None:
    """What the page says is tested in tests/ui/test_sign_in.py."""
    app = start_app(tmp_path, KAIMEDIA_ACCESS="login", KAIMEDIA_ALLOWED_EMAILS="ada@example.org")
    try:
        for page_name in PARTS:
            parts = parts_sent(app.url, page_name)
            assert "sign_in" in parts and parts.isdisjoint({*PARTS.values(), "tabbar", "prompt_box"}), page_name
    finally:
        stop_app(app)
