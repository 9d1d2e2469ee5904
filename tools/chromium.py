"""Where this machine's Chromium is."""

from __future__ import annotations

import os
import shutil

# The headless shell is the same engine without the window around it: a third less work for each page.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def program() -> str | None:
    """Its path: what `CHROMIUM` names, else the first of the usual programs; None where there is none."""
    return os.environ.get("CHROMIUM") or next((path for name in PROGRAMS if (path := shutil.which(name))), None)
