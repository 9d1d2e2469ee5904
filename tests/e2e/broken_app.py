"""The app with two faults whose errors name every secret of the environment: one inside a page, one outside."""

from __future__ import annotations

import os
from typing import Any

from app import app
from kaimedia.ui import notices, settings_page

SECRETS = [value for name, value in os.environ.items() if name.startswith(("KIE_", "KAIMEDIA_")) and "canary" in value]


def fail(*_: Any) -> None:
    """Raise with everything we know, as an error chain."""
    try:
        raise ValueError(f"inner {SECRETS}")
    except ValueError as error:
        raise RuntimeError(f"outer {SECRETS}") from error


settings_page.show = fail  # caught at the page's edge
notices.show_waiting = fail  # escapes from the script

__all__ = ["app"]
