"""Waiting for what the browser's own expectations cannot name."""

from __future__ import annotations

import time
from collections.abc import Callable, Sized
from typing import Literal

from playwright.sync_api import Frame, Locator, Page

from tools.page_wait import wait_until_true

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")

# The page and every component on it have changed over; what fades has faded.
IS_IN = """scheme => {
  const ground = { light: '#fbfbfd', dark: '#0b0b10' }[scheme]
  return getComputedStyle(document.querySelector('.stApp')).colorScheme === scheme &&
    [...document.querySelectorAll('[data-testid^=stBidiComponent]')].every(host =>
      (getComputedStyle(host).getPropertyValue('--st-background-color') || ground).toLowerCase() === ground)
}"""

# Nothing changes over any more; what moves for ever (a spinner) is no transition.
IS_STILL = "() => !document.getAnimations().some(each => each instanceof CSSTransition)"


def until(page: Page | Frame, holds: Callable[[], object], timeout_s: float = 20.0) -> None:
    """Ask again and again until it holds; the browser goes on meanwhile. A last failed assertion is the test's."""
    end = time.monotonic() + timeout_s
    while True:
        try:
            if holds():
                return
        except AssertionError:
            if time.monotonic() > end:
                raise
        assert time.monotonic() < end, "it never came to hold"
        page.wait_for_timeout(50)


def drawn_twice(page: Page) -> None:
    """Until what was just done has been laid out and drawn."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")


def quiet(page: Page, heard: Sized, for_s: float = 1.0, timeout_s: float = 30.0) -> None:
    """Until nothing was added to `heard` for so long."""
    end = time.monotonic() + timeout_s
    count, since = len(heard), time.monotonic()
    while time.monotonic() - since < for_s:
        page.wait_for_timeout(50)
        if len(heard) != count:
            count, since = len(heard), time.monotonic()
        assert time.monotonic() < end, f"{count} so far, and no end"


def still(page: Page, part: Locator, for_ms: int = 500) -> None:
    """Until it stands where it stood so long before."""

    def stands() -> bool:
        before = part.bounding_box()
        page.wait_for_timeout(for_ms)
        return before is not None and before == part.bounding_box()

    until(page, stands)


def no_sideways(page: Page) -> None:
    """Until the page, drawn, is no wider than the window."""
    main = page.locator("[data-testid=stMain]")
    until(page, lambda: main.evaluate("main => main.scrollWidth <= main.clientWidth"))


def in_scheme(page: Page, scheme: Scheme) -> None:
    """Change the system's scheme and wait until everything has followed."""
    page.emulate_media(color_scheme=scheme)
    wait_until_true(page, IS_IN, arg=scheme)
    page.wait_for_timeout(200)
    no_transition(page)


def no_transition(page: Page) -> None:
    """Until nothing fades from one look to another any more."""
    wait_until_true(page, IS_STILL)
