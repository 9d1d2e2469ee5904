"""What a token must allow for each route: reading for GET, managing for everything else that is not listed here."""

from __future__ import annotations

from starlette.routing import compile_path

from kaimedia.domain.api_token import TokenScope

# They change nothing but what is known.
READING = ("POST /quotes", "POST /credits/check", "POST /media/archive")
# They start, continue or stop tasks, and fetch results that were paid for.
GENERATING = (
    "POST /images/generate",
    "POST /videos/generate",
    "POST /uploads",
    "DELETE /uploads/{upload_id}",
    "POST /batches",
    "POST /batches/{batch_id}/pause",
    "POST /batches/{batch_id}/resume",
    "POST /batches/{batch_id}/stop",
    "POST /tasks/held",
    "POST /tasks/{task_id}/cancel",
    "POST /tasks/{task_id}/retry",
    "POST /unsaved/all/fetch",
    "POST /unsaved/{task_id}/fetch",
    "POST /media/{media_id}/fetch",
)
_LISTED = [
    (method, compile_path(path)[0], scope)
    for scope, routes in ((TokenScope.READ, READING), (TokenScope.GENERATE, GENERATING))
    for method, path in (route.split() for route in routes)
]


def required_scope(method: str, path: str) -> TokenScope:
    """What a request needs; `path` is below the API's mount point. The more specific of two paths comes first."""
    if method in ("GET", "HEAD", "OPTIONS"):
        return TokenScope.READ
    for listed, pattern, scope in _LISTED:
        if method == listed and pattern.match(path):
            return scope
    return TokenScope.MANAGE
