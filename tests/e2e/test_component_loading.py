"""A component script that failed to load is retried automatically, without reloading the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Route, expect

from kaimedia.ui.components import component_files

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-loading"), pytest.mark.timeout(60)]

SITE = "http://kai.test/"
PAGE = """<!doctype html><base href="http://kai.test/"><div id="one"><p class="note" hidden></p><b></b></div>
<script type="module">
import run from "./loader.js"
window.leave = run({ parentElement: document.querySelector("#one") })
</script>"""
SCRIPT = "export default args => { args.parentElement.querySelector('b').textContent = 'drawn' }"


def test_a_script_that_did_not_load_is_loaded_when_the_server_is_back(browser: Browser) -> None:
    loader = component_files.offer("probe", SCRIPT)
    asked: list[str] = []

    def answer(route: Route) -> None:
        url = route.request.url
        if url == SITE:
            route.fulfill(body=PAGE, content_type="text/html")
        elif url.endswith("loader.js"):
            route.fulfill(body=loader, content_type="text/javascript")
        else:
            asked.append(url)
            if len(asked) < 3:
                route.abort()
            else:
                route.fulfill(body=SCRIPT, content_type="text/javascript")

    context = browser.new_context()
    page = context.new_page()
    page.route("**/*", answer)
    page.goto(SITE)
    expect(page.locator(".note")).to_contain_text("did not load")
    expect(page.locator("b")).to_have_text("drawn", timeout=15_000)
    expect(page.locator(".note")).to_be_hidden()
    assert len(set(asked)) == len(asked) == 3, "the same address would not be asked for again"
    context.close()
