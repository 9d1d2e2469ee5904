"""How the API is mounted in the app."""

from __future__ import annotations

import re

from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Scope


class ApiMount(Mount):
    """A mount that also matches paths with a line break, so that nothing else answers for the API."""

    def __init__(self, path: str, app: ASGIApp) -> None:
        super().__init__(path, app=app)
        self.path_regex = re.compile(self.path_regex.pattern, re.DOTALL)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Also match the bare path, which would otherwise return a page."""
        if scope.get("path", "").removeprefix(scope.get("root_path", "")) != self.path:
            return super().matches(scope)
        path = scope["path"] + "/"
        match, inner = super().matches({**scope, "path": path})
        return match, {**inner, "path": path}
