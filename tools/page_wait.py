"""Wait until an expression about a page is true, in browser tests, benchmarks and screenshots."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import Page

POLL_EVERY_MS = 50


def wait_until_true(page: Page, expression: str, arg: Any = None, timeout_s: float = 20.0) -> Any:
    """Evaluate a JavaScript expression or function until its value is true; returns that value.

    Playwright's own `wait_for_function` compiles the expression in the page at each poll, which the page's
    Content-Security-Policy (no `unsafe-eval`) refuses. Raises TimeoutError.
    """
    end = time.monotonic() + timeout_s
    while not (value := page.evaluate(expression, arg)):
        if time.monotonic() > end:
            raise TimeoutError(f"not true after {timeout_s} s: {expression}")
        page.wait_for_timeout(POLL_EVERY_MS)
    return value
