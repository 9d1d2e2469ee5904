"""The app with two bugs whose errors contain every secret of the environment: one inside a page, one outside."""

from __future__ import annotations

import os
from typing import Any

from app import app
from kaimedia.ui import notices
from kaimedia.ui.settings import settings_page

SECRETS = [value for name, value in os.environ.items() if name.startswith(("KIE_", "KAIMEDIA_")) and "canary" in value]


def fail(*_: Any) -> None:
    """Raise an error chain that contains all secrets."""
    try:
        raise ValueError(f"inner {SECRETS}")
    except ValueError as error:
        raise RuntimeError(f"outer {SECRETS}") from error


settings_page.show = fail  # caught by the page's error boundary
notices.show_waiting = fail  # not caught in the script

__all__ = ["app"]
