"""axe-core on every page and state: both color schemes on a desktop, and a phone where the state differs.

States of one URL follow one another on one page where they can be left without a reload.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page

from docs.snapshots import camera
from docs.snapshots.camera import arrive, enter, profile, tab
from docs.snapshots.state import State
from docs.snapshots.states import STATES
from docs.snapshots.studios import Street
from tests.e2e.waiting import SCHEMES, Scheme, in_scheme, no_transition

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

EVERY = sorted(
    (state for states in STATES.values() for state in states),
    key=lambda state: (state.studio, state.address, state.back is None),
)
# The first state of each page, and each kind of layer over one; the other states need `--exhaustive`.
LAYERS = ("generate-models", "gallery-filters", "gallery-select", "viewer-tagging", "compare-blind")
ALWAYS = frozenset((*(states[0].name for states in STATES.values()), "generate", "login", *LAYERS))
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = {name: {"width": width, "height": height} for name, (width, height) in camera.SIZES.items()}
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


class Visitor:
    """Visits states, as many of them as possible on one page."""

    def __init__(self, browser: Browser, street: Street) -> None:
        self._browser, self._street = browser, street
        self._contexts: dict[str, BrowserContext] = {}
        self._page: Page | None = None  # shows what `_place` shows
        self._place = ("", "")
        self.scheme: Scheme = SCHEMES[0]

    def visit(self, state: State) -> Page:
        """The page in that state, on a desktop."""
        place = (state.studio, state.address)
        page, self._page = self._page, None  # a failed test leaves its page in an unknown state
        if page is not None and place == self._place:
            arrive(page, state)
        else:
            if page is not None:
                page.close()
            page = tab(self._context(state.studio))
            self.scheme = SCHEMES[0]
            enter(page, state)
        self._place = place
        no_transition(page)
        return page

    def change_scheme(self, page: Page) -> None:
        """To the other one."""
        self.scheme = SCHEMES[1 - SCHEMES.index(self.scheme)]
        in_scheme(page, self.scheme)

    def leave(self, page: Page, state: State) -> None:
        """Undo what the state changed, and hold the page where it can be used again."""
        state.leave(page)
        if state.back is None:
            page.close()
            return
        resize(page, "desktop")
        state.back(page)
        self._page = page

    def close(self) -> None:
        """Close everything."""
        for context in self._contexts.values():
            context.close()

    def _context(self, studio: str) -> BrowserContext:
        """All pages of a studio share the browser's cache."""
        if studio not in self._contexts:
            self._contexts[studio] = profile(self._browser, self._street.url(studio), "desktop", SCHEMES[0])
        return self._contexts[studio]


@pytest.fixture(scope="module")
def visitor(street: Street, browser: Browser) -> Iterator[Visitor]:
    """One for all states."""
    made = Visitor(browser, street)
    yield made
    made.close()


def resize(page: Page, size: str) -> None:
    """Change the window's size where it differs, and wait until the page is laid out."""
    if page.viewport_size != SIZES[size]:
        page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
        page.wait_for_timeout(200)
        no_transition(page)


def violations(page: Page, rules: dict[str, Any]) -> list[Any]:
    """axe violations that are not Streamlit's."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    theirs = [[rule, selector] for rule, selector, _ in THEIRS]
    found: list[Any] = page.evaluate(RUN, [rules, theirs])
    return found


def of_state(state: State) -> Any:
    """Its parameter: states of a studio share a worker."""
    marks = [pytest.mark.xdist_group(f"axe-{state.studio}")]
    return pytest.param(state, id=state.name, marks=marks if state.name in ALWAYS else [*marks, pytest.mark.exhaustive])


def test_the_states_of_every_run_exist() -> None:
    assert {state.name for state in EVERY} >= ALWAYS


@pytest.mark.parametrize("state", [of_state(each) for each in EVERY])
def test_a_state_has_no_violations(state: State, visitor: Visitor) -> None:
    page = visitor.visit(state)
    found: dict[str, list[Any]] = {visitor.scheme: violations(page, {"type": "tag", "values": STANDARDS})}
    # The other scheme differs only in colors, which do not depend on the width: where the state is checked on a phone,
    # that check covers them.
    if state.on_phone:
        resize(page, "mobile")
    visitor.change_scheme(page)
    rules = {"type": "tag", "values": STANDARDS} if state.on_phone else {"type": "rule", "values": ["color-contrast"]}
    found[f"{visitor.scheme}, narrow" if state.on_phone else visitor.scheme] = violations(page, rules)
    visitor.leave(page, state)
    lines = [f"{where}: {' | '.join(each)}" for where, what in found.items() for each in what]
    assert not lines, "\n".join(lines)


@pytest.mark.xdist_group("axe-full")
def test_a_violation_is_found_even_inside_a_component(visitor: Visitor) -> None:
    page = visitor.visit(next(each for each in EVERY if each.name == "gallery-no-match"))
    page.locator(".note h2").evaluate("""node => {
      node.insertAdjacentHTML('afterend', '<p style="color:#777;background:#888">hardly seen</p><button></button>')
    }""")
    found = violations(page, {"type": "tag", "values": STANDARDS})
    page.close()
    assert {rule for rule, *_ in found} == {"button-name", "color-contrast"}
