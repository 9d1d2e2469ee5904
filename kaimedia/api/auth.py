"""Who may call the API: with a bearer token if one is set, otherwise only this machine."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from kaimedia import runtime
from kaimedia.api import request_threads
from kaimedia.api.parameters import CALLER, LOCAL, Caller
from kaimedia.api.problems import RETRY_AFTER_S, of_error, problem
from kaimedia.api.token_scopes import required_scope
from kaimedia.domain import utc_now
from kaimedia.domain.api_token import ALL_SCOPES, TokenScope
from kaimedia.errors import KaimediaError
from kaimedia.security.access import LOGIN
from kaimedia.web.failed_attempts import FailedAttempts
from kaimedia.web.request_info import RequestInfo

log = logging.getLogger("kaimedia.api")

SCHEME = "bearer"
_OPEN = ("/health",)  # reveals only that the app is running, and the queue length
_DOCS = ("/docs", "/docs/")  # the page only; the routes it describes need the token
_CALLBACKS = "/callbacks/"
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="kaimedia"'}
_HOW_TO = "Create one in Settings, or set KAIMEDIA_API_TOKEN; send it as “Authorization: Bearer …” or “X-API-Key: …”."


@dataclass(frozen=True, slots=True)
class AuthRules:
    """What requests need, by method and path below the mount point: a scope, nothing, or with any token only reading.

    `is_open` routes answer anyone without a look at tokens; `is_readable` ones anyone who may use the app.
    """

    needs: Callable[[str, str], TokenScope]
    is_open: Callable[[str, str], bool] = lambda _method, _path: False
    is_readable: Callable[[str], bool] = lambda _path: False


def _is_open(method: str, path: str) -> bool:
    return path in _OPEN or (method == "POST" and path.startswith(_CALLBACKS))


def _is_about_docs(path: str) -> bool:
    return path == _DOCS[0] or path.startswith(_DOCS[1])


REST = AuthRules(required_scope, _is_open, _is_about_docs)
_attempts = FailedAttempts()  # of this process: whoever guesses tokens waits, at whichever mount point


class ApiAuth:
    """ASGI middleware before every route of the API, and of other mount points that take its tokens."""

    def __init__(self, app: ASGIApp, rules: AuthRules = REST) -> None:
        self._app = app
        self._rules = rules
        self._attempts = _attempts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        rejection = None
        if scope["type"] == "http" and not self._rules.is_open(scope["method"], own_path(scope)):
            tokens = _tokens(scope)
            caller_id = hashlib.sha256(tokens[0].encode()).hexdigest() if len(tokens) == 1 else LOCAL
            received_at = utc_now()
            judged = await request_threads.run(self._judge, scope, tokens)
            if isinstance(judged, Response):
                rejection = judged
            else:
                scope[CALLER] = Caller(caller_id, received_at, judged)  # in place: `Telemetry` reads the route from it
        await (rejection or self._app)(scope, receive, send)

    def _judge(self, scope: Scope, tokens: list[str]) -> frozenset[TokenScope] | Response:
        """What the caller may do, or the response to a rejected request.

        A peer that guesses tokens waits ever longer, a valid token never.
        """
        judged = _allowed(scope, tokens, self._rules)
        if not tokens or (isinstance(judged, Response) and judged.status_code != 401):
            return judged
        peer = RequestInfo.of(scope).far_peer or "local"
        if not isinstance(judged, Response):
            self._attempts.forget(peer)
            needed = self._rules.needs(scope["method"], own_path(scope))
            return judged if needed in judged else _scope_missing(needed)
        pause_s = self._attempts.pause_s(peer)
        self._attempts.note(peer)
        if not pause_s:
            return judged
        detail = "Too many requests with an invalid API token came from this address."
        headers = {"Retry-After": str(pause_s)}
        return problem(429, "too_many_tokens", detail, next_step=f"Wait {pause_s} s.", headers=headers)


def own_path(scope: Scope) -> str:
    """The path below the API's mount point."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"


def _allowed(scope: Scope, tokens: list[str], rules: AuthRules) -> frozenset[TokenScope] | Response:
    """What the caller may do, or why it may do nothing. A configured token is checked before the app is opened."""
    try:
        if len(tokens) == 1 and runtime.is_configured_api_token(tokens[0]):
            return ALL_SCOPES
        return _check_saved_token(scope, tokens, rules)
    except KaimediaError as error:  # the saved token cannot be read
        return _closed(scope, error)


def _check_saved_token(scope: Scope, tokens: list[str], rules: AuthRules) -> frozenset[TokenScope] | Response:
    studio = runtime.studio()
    if len(tokens) == 1 and (scopes := studio.tokens.scopes_of(tokens[0])) is not None:
        return scopes
    if not studio.tokens.is_needed():
        if runtime.access().mode != LOGIN and RequestInfo.of(scope).visitor.is_direct_and_local:
            return ALL_SCOPES
        detail = "Until an API token is set, only this machine can call the API; if sign-in is required, no one can."
        return problem(403, "token_unset", detail, next_step=_HOW_TO)
    if rules.is_readable(own_path(scope)):
        return frozenset({TokenScope.READ})
    if len(tokens) == 1:
        challenge = {"WWW-Authenticate": _CHALLENGE["WWW-Authenticate"] + ', error="invalid_token"'}
        detail = "This API token is not valid, or no longer valid."
        return problem(401, "token_wrong", detail, next_step=_HOW_TO, headers=challenge)
    detail = "The request has more than one API token." if tokens else "The request has no API token."
    return problem(401, "token_missing", detail, next_step=_HOW_TO, headers=_CHALLENGE)


def _scope_missing(needed: TokenScope) -> Response:
    return problem(
        403,
        "scope_missing",
        f"This API token does not include “{needed}”, which this request needs.",
        next_step="Use another token, or create one that includes it in Settings.",
        headers={"WWW-Authenticate": f'{_CHALLENGE["WWW-Authenticate"]}, error="insufficient_scope", scope="{needed}"'},
    )


def _closed(scope: Scope, error: KaimediaError) -> Response:
    """The app could not be opened: requests from this machine get the reason, others only a 503."""
    log.info("a request cannot be authorized: %s", error.message)
    if RequestInfo.of(scope).visitor.is_direct_and_local and runtime.may_explain():
        return of_error(error)
    return problem(503, "closed", "The studio is unavailable at the moment.", headers={"Retry-After": RETRY_AFTER_S})


def _tokens(scope: Scope) -> list[str]:
    """The distinct tokens of a request; exactly one is valid."""
    headers = scope["headers"]
    authorization = [value.decode("latin-1") for name, value in headers if name == b"authorization"]
    parts = [line.partition(" ") for line in authorization]
    bearer = [token.strip() for scheme, _, token in parts if scheme.lower() == SCHEME and token.strip()]
    plain = [value.decode("latin-1").strip() for name, value in headers if name == b"x-api-key"]
    if plain and all(plain):  # a gateway may use Authorization for itself
        return list(dict.fromkeys([*plain, *bearer]))
    return bearer if len(bearer) == len(authorization) else []
