"""The machine's own Chromium, as the browser tests start it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from playwright.sync_api import Browser, expect, sync_playwright

from tools.chromium import program

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
expect.set_options(timeout=20_000)  # for every test with a browser: this machine may have other things to do


@contextmanager
def launched(flags: Sequence[str] = ()) -> Iterator[Browser]:
    """A running browser; until it ends, an event loop runs in this thread."""
    found = program()
    assert found, "Chromium is not installed (Debian: apt install chromium-headless-shell)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=[*FLAGS, *flags])
        for name in ("new_context", "new_page"):
            setattr(browser, name, _without_motion(getattr(browser, name)))
        yield browser
        browser.close()


def _without_motion(opener: Callable[..., Any]) -> Callable[..., Any]:
    """Without a graphics card every frame of an animation takes a processor's time.

    Playwright sets this for each context, "no-preference" by default; no flag changes that.
    """
    return partial(opener, reduced_motion="reduce")
