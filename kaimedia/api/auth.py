"""Who may call the API: a bearer token where there is one, this machine alone where there is none."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from kaimedia import bootstrap
from kaimedia.access import LOGIN
from kaimedia.api.calls import Call
from kaimedia.api.problems import problem

SCHEME = "bearer"
_OPEN = ("/health",)  # tells nothing but that we live, and how long the queue is
_PAPERS = ("/docs", "/docs/")  # the page itself; what it describes needs the token
_CALLBACKS = "/callbacks/kie/"
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="kaimedia"'}
_WHERE = "Make one in Settings, or set KAIMEDIA_API_TOKEN; send it as “Authorization: Bearer …”."


class Door:
    """ASGI middleware before every route of the API."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = None
        if scope["type"] == "http" and not _is_open(scope):
            refusal = await run_in_threadpool(_refusal, scope)
        await (refusal or self._app)(scope, receive, send)


def own_path(scope: Scope) -> str:
    """The path below where the API is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"


def _is_open(scope: Scope) -> bool:
    path = own_path(scope)
    return path in _OPEN or (scope["method"] == "POST" and path.startswith(_CALLBACKS))


def _refusal(scope: Scope) -> Response | None:
    studio = bootstrap.studio()
    if not studio.api_token_state().is_set:
        if bootstrap.access().mode != LOGIN and Call.of(scope).is_at_home:
            return None
        words = "Without an API token only this machine may call the API, and nobody where people have to sign in."
        return problem(403, "token_unset", words, next_step=_WHERE)
    path = own_path(scope)
    if path == _PAPERS[0] or path.startswith(_PAPERS[1]):
        return None
    given = _bearer(scope)
    if given is None:
        return problem(401, "token_missing", "This call carries no API token.", next_step=_WHERE, headers=_CHALLENGE)
    if studio.check_api_token(given):
        return None
    challenge = {"WWW-Authenticate": _CHALLENGE["WWW-Authenticate"] + ', error="invalid_token"'}
    words = "The API token of this call is not (or no longer) valid."
    return problem(401, "token_wrong", words, next_step=_WHERE, headers=challenge)


def _bearer(scope: Scope) -> str | None:
    """The token of a call; None without exactly one header that carries one."""
    given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"]
    if len(given) != 1:
        return None
    scheme, _, token = given[0].partition(" ")
    return token.strip() if scheme.lower() == SCHEME and token.strip() else None
