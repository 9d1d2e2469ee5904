"""axe-core in tests of workflows, on states that tests/e2e/test_accessibility.py has on a desktop already."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.e2e.test_accessibility import STANDARDS, violations

RULES = {"type": "tag", "values": STANDARDS}
MOST_PHONE_PX = 500


def violations_on_phone(page: Page) -> list[Any]:
    """The violations in a window as narrow as a phone's; none in a wider one."""
    return violations(page, RULES) if (page.viewport_size or {"width": 0})["width"] < MOST_PHONE_PX else []
