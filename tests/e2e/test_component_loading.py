"""A component that failed to load is retried automatically, without reloading the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from kaimedia.ui.components import component_files, module_set
from kaimedia.ui.components.module_set import ModuleSet

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-loading"), pytest.mark.timeout(60)]

SITE = "http://kai.test/below/"
PAGE = """<!doctype html><base href="http://kai.test/below/"><div id="one"><p class="note" hidden></p><b></b></div>
<script type="module">
import run from "./loader.js"
window.leave = run({ parentElement: document.querySelector("#one") })
</script>"""
MODULES = {
    "text.js": "export const text = 'drawn'\n",
    "entry.js": """import { text } from './text.js'

export default function (args) {
  args.parentElement.querySelector('b').textContent = text
}
""",
}


@pytest.fixture
def modules(tmp_path: Path) -> ModuleSet:
    for name, text in MODULES.items():
        (tmp_path / name).write_text(text)
    return module_set.read(tmp_path / "entry.js")


def test_a_component_that_did_not_load_is_loaded_when_the_server_is_back(browser: Browser, modules: ModuleSet) -> None:
    loader = component_files.offer("probe", modules)
    requested: list[str] = []

    def answer(route: Route) -> None:
        url = route.request.url
        if url == SITE:
            route.fulfill(body=PAGE, content_type="text/html")
        elif url == f"{SITE}loader.js":
            route.fulfill(body=loader, content_type="text/javascript")
        elif "/probe-" in url:
            requested.append(url)
            if "/again-2/" in url:
                route.fulfill(body=modules.joined(), content_type="text/javascript")
            else:
                route.abort()
        else:
            route.abort()

    context = browser.new_context()
    page = context.new_page()
    page.route("**/*", answer)
    page.goto(SITE)
    expect(page.locator(".note")).to_contain_text("did not load")
    expect(page.locator("b")).to_have_text("drawn", timeout=15_000)
    expect(page.locator(".note")).to_be_hidden()
    assert all(url.startswith(f"{SITE}app/components/") for url in requested)
    assert len(set(requested)) == len(requested) == 3, "a browser keeps a failed module"
    context.close()


def test_joined_modules_work_without_a_server(browser: Browser, modules: ModuleSet) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.set_content("<div id=one><b></b></div>")
    page.evaluate(
        """async text => {
          const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }))
          const component = await import(url)
          component.default({ parentElement: document.querySelector('#one') })
        }""",
        modules.joined(),
    )
    expect(page.locator("b")).to_have_text("drawn")
    context.close()
