"""`/api/docs` and `/api/openapi.json`: the API documentation; works offline."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException

from kaimedia.api.openapi import describe
from kaimedia.api.parameters import studio
from kaimedia.studio import Studio

router = APIRouter(include_in_schema=False)

_OWN = Path(__file__).parent / "docs_page"
# Swagger UI comes from a package that bundles it, so no CDN is needed.
_SPEC = find_spec("fastapi_offline")
_SWAGGER = Path(_SPEC.origin or "").parent / "static" if _SPEC else _OWN
_FILES = {
    "page.js": (_OWN, "text/javascript"),
    "page.css": (_OWN, "text/css"),
    "swagger-ui-bundle.js": (_SWAGGER, "text/javascript"),
    "swagger-ui.css": (_SWAGGER, "text/css"),
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@router.get("/openapi.json")
def get_document(request: Request, studio: Annotated[Studio, Depends(studio)]) -> Any:
    """The OpenAPI document."""
    return JSONResponse(describe(request.app, needs_token=studio.tokens.is_needed()))


@router.get("/docs")
def get_page() -> FileResponse:
    """The page to read about and try every route."""
    return FileResponse(_OWN / "index.html", media_type="text/html", headers={"Content-Security-Policy": _POLICY})


@router.get("/docs/")
def get_page_by_another_name() -> RedirectResponse:
    """Redirect: the page's relative links need the URL without the trailing slash."""
    return RedirectResponse("../docs")


@router.get("/docs/{name}")
def get_file(name: str) -> FileResponse:
    """A file of the page."""
    if name not in _FILES:
        raise HTTPException(404)
    folder, media_type = _FILES[name]
    return FileResponse(folder / name, media_type=media_type, headers={"Cache-Control": "public, max-age=86400"})
