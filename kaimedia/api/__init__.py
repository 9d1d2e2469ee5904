"""What the app serves over HTTP beside the pages. `app` is the REST API, loaded when first asked for."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    if name == "app":
        from kaimedia.api.application import app

        return app
    raise AttributeError(name)
