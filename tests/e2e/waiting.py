"""Waiting for conditions that Playwright's expectations cannot express."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from typing import Literal

from playwright.sync_api import Frame, Locator, Page
from streamlit.proto.BackMsg_pb2 import BackMsg

from tools.page_wait import wait_until_true

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")

# The page and all components have switched schemes; fades have ended.
IS_IN = """scheme => {
  const ground = { light: '#fbfbfd', dark: '#0b0b10' }[scheme]
  return getComputedStyle(document.querySelector('.stApp')).colorScheme === scheme &&
    [...document.querySelectorAll('[data-testid^=stBidiComponent]')].every(host =>
      (getComputedStyle(host).getPropertyValue('--st-background-color') || ground).toLowerCase() === ground)
}"""

# No transition is running; endless animations (a spinner) do not count.
IS_STILL = "() => !document.getAnimations().some(each => each instanceof CSSTransition)"


@contextmanager
def noted(what: str) -> Iterator[None]:
    """Name the case that failed, in a test that goes through several on one page."""
    try:
        yield
    except Exception as error:
        error.add_note(f"in this case: {what}")
        raise


def until(page: Page | Frame, holds: Callable[[], object], timeout_s: float = 20.0) -> None:
    """Poll until it holds, while the browser keeps running. The last failed assertion fails the test."""
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
    """Wait until the page is laid out and drawn."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")


def quiet(page: Page, messages: Sized, for_s: float = 1.0, timeout_s: float = 30.0) -> None:
    """Wait until nothing was added to `messages` for that long."""
    end = time.monotonic() + timeout_s
    count, since = len(messages), time.monotonic()
    while time.monotonic() - since < for_s:
        page.wait_for_timeout(50)
        if len(messages) != count:
            count, since = len(messages), time.monotonic()
        assert time.monotonic() < end, f"{count} so far, and no end"


def still(page: Page, part: Locator, for_ms: int = 500) -> None:
    """Wait until its position has not changed for that long."""

    def stands() -> bool:
        before = part.bounding_box()
        page.wait_for_timeout(for_ms)
        return before is not None and before == part.bounding_box()

    until(page, stands)


def no_sideways(page: Page) -> None:
    """Wait until the drawn page is no wider than the window."""
    main = page.locator("[data-testid=stMain]")
    until(page, lambda: main.evaluate("main => main.scrollWidth <= main.clientWidth"))


def in_scheme(page: Page, scheme: Scheme) -> None:
    """Change the system's color scheme and wait until everything has switched."""
    page.emulate_media(color_scheme=scheme)
    wait_until_true(page, IS_IN, arg=scheme)
    page.wait_for_timeout(200)
    no_transition(page)


def no_transition(page: Page) -> None:
    """Wait until no transition is running."""
    wait_until_true(page, IS_STILL)


def is_timer(message: str | bytes) -> bool:
    """True for a fragment's own request by its timer."""
    if isinstance(message, str):
        return False
    request = BackMsg()
    request.ParseFromString(message)
    return request.rerun_script.is_auto_rerun
