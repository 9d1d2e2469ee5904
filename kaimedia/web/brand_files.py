"""Serves `static/`: fonts, logo, icon. Generated media in `static/media` have their own route."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope


class BrandFiles(StaticFiles):
    """Static files, without generated media and hidden files."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, cached for a day. 404 for media, dotfiles and missing files."""
        parts = path.split("/")
        if parts[0] == "media" or any(part.startswith(".") for part in parts):
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=86400"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
