"""axe-core on every page and state: both color schemes on a desktop, and a phone where the state differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page

from docs.snapshots.camera import enter, profile, tab
from docs.snapshots.state import State
from docs.snapshots.states import STATES
from docs.snapshots.studios import Street
from tests.e2e.waiting import in_scheme, no_transition

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

EVERY = [state for states in STATES.values() for state in states]
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NARROW = {"width": 390, "height": 844}
# Exceptions for what Streamlit draws and we cannot change: rule, where, why.
THEIRS: tuple[tuple[str, str, str], ...] = (
    ("region", "[role=menu][data-rac]", "st.menu_button hangs its menu under body, outside every landmark"),
)
RUN = """async ([rules, theirs]) => {
  const options = { resultTypes: ['violations'], runOnly: rules, preload: false }
  const found = await axe.run(document, options)
  const at = target => target.reduce((root, part) => {
    const node = root.querySelector(Array.isArray(part) ? part[part.length - 1] : part)
    return node?.shadowRoot ?? node
  }, document)
  const isTheirs = (rule, node) => theirs.some(([id, selector]) => id === rule && node.closest?.(selector))
  return found.violations.flatMap(({ id, nodes }) => nodes
    .filter(({ target }) => !isTheirs(id, at(target.flat())))
    .map(({ target, html, failureSummary }) => [id, target.flat().join(' >> '), html.slice(0, 160), failureSummary]))
}"""


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """The studios of the states, with small images."""
    opened = Street(tmp_path_factory.mktemp("street"), scale=0.25)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def visit(street: Street, browser: Browser) -> Iterator[Callable[[str], Page]]:
    """Opens a new tab of a studio, sharing the browser's cache."""
    known: dict[str, BrowserContext] = {}

    def open_tab(studio: str) -> Page:
        if studio not in known:
            known[studio] = profile(browser, street.url(studio), "desktop", "light")
        return tab(known[studio])

    yield open_tab
    for context in known.values():
        context.close()


def violations(page: Page, rules: dict[str, Any]) -> list[Any]:
    """axe violations that are not Streamlit's."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    theirs = [[rule, selector] for rule, selector, _ in THEIRS]
    found: list[Any] = page.evaluate(RUN, [rules, theirs])
    return found


@pytest.mark.parametrize(
    "state", [pytest.param(each, id=each.name, marks=pytest.mark.xdist_group(f"axe-{each.studio}")) for each in EVERY]
)
def test_a_state_has_no_violations(state: State, visit: Callable[[str], Page]) -> None:
    page = visit(state.studio)
    enter(page, state)
    no_transition(page)
    found = {"light": violations(page, {"type": "tag", "values": STANDARDS})}
    in_scheme(page, "dark")  # schemes differ only in colors, which do not depend on the width
    found["dark"] = violations(page, {"type": "rule", "values": ["color-contrast"]})
    if state.on_phone:
        page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        page.wait_for_timeout(200)
        no_transition(page)
        found["dark, narrow"] = violations(page, {"type": "tag", "values": STANDARDS})
    state.leave(page)
    page.close()
    lines = [f"{where}: {' | '.join(each)}" for where, what in found.items() for each in what]
    assert not lines, "\n".join(lines)


def test_a_violation_is_found_even_inside_a_component(visit: Callable[[str], Page]) -> None:
    page = visit("new")
    enter(page, next(each for each in EVERY if each.name == "gallery-empty"))
    page.locator(".note h2").evaluate("""node => {
      node.insertAdjacentHTML('afterend', '<p style="color:#777;background:#888">hardly seen</p><button></button>')
    }""")
    found = violations(page, {"type": "tag", "values": STANDARDS})
    page.close()
    assert {rule for rule, *_ in found} == {"button-name", "color-contrast"}
