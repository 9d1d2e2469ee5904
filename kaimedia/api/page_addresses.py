"""Addresses of pages that people type and Streamlit does not know."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response


async def to_first_page(request: Request) -> Response:
    """Generate is the first page, which Streamlit serves at the root alone; the query is kept.

    The address is relative, so it holds below any path.
    """
    query = request.url.query
    return RedirectResponse(f"./?{query}" if query else "./", status_code=307)
