"""Redirects from the app's address of a stored file to a signed link of the storage."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from kaimedia.media.names import is_result

LINK_LIFE_S = 900
REUSE_S = LINK_LIFE_S // 3  # by the browser; the link was issued up to as long before, so a third of its life is left
# Whether a request is redirected depends on these.
VARY = "Sec-Fetch-Mode, Authorization"
# What an element of a page asks for, and a page or a download that is opened. A script's `fetch` is `cors`: it could
# read a response of another origin only if the storage allowed our origin.
_BROWSER_MODES = ("no-cors", "navigate")
_CONDITIONS = ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since")


def may_redirect(name: str, scope: Scope) -> bool:
    """Whether this is a browser that gets a result, or ranges of it, for an element of a page, or as a download.

    Thumbnails are sent from here: browsers keep them for a year, but a linked file only as long as they reuse its link.

    Other programs are sent the bytes: they may be where the storage cannot be reached, or not follow redirects, or
    send our token along. A link is only good for GET, and a condition can be answered here without the storage.
    """
    headers = Headers(scope=scope)
    return (
        scope["method"] == "GET"
        and is_result(name)
        and headers.get("sec-fetch-mode") in _BROWSER_MODES
        and "authorization" not in headers
        and not any(name in headers for name in _CONDITIONS)
    )


def redirect(link: str) -> Response:
    """The redirect; `REUSE_S` says how long it may be reused."""
    return Response(status_code=307, headers={"Location": link})
