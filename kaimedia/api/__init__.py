"""The REST API. `app` is imported on first access."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    if name == "app":
        from kaimedia.api.application import app

        return app
    raise AttributeError(name)
