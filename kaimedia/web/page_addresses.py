"""Page URLs that users type but Streamlit does not know."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response


async def to_first_page(request: Request) -> Response:
    """Redirect to Generate, which Streamlit serves only at the root; the query is preserved.

    The URL is relative, so it works under any path.
    """
    query = request.url.query
    return RedirectResponse(f"./?{query}" if query else "./", status_code=307)
