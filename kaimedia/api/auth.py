"""Who may call the API: a bearer token where there is one, this machine alone where there is none."""

from __future__ import annotations

import hashlib
import logging

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from kaimedia import bootstrap
from kaimedia.access import LOGIN
from kaimedia.api.calls import Call
from kaimedia.api.misses import Misses
from kaimedia.api.parameters import CALLER, LOCAL, Caller
from kaimedia.api.problems import RETRY_AFTER_S, of_error, problem
from kaimedia.domain import utc_now
from kaimedia.errors import KaimediaError

log = logging.getLogger("kaimedia.api")

SCHEME = "bearer"
_OPEN = ("/health",)  # tells nothing but that we live, and how long the queue is
_PAPERS = ("/docs", "/docs/")  # the page itself; what it describes needs the token
_CALLBACKS = "/callbacks/kie/"
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="kaimedia"'}
_WHERE = "Make one in Settings, or set KAIMEDIA_API_TOKEN; send it as “Authorization: Bearer …” or “X-API-Key: …”."


class Door:
    """ASGI middleware before every route of the API."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._misses = Misses()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = None
        if scope["type"] == "http" and not _is_open(scope):
            tokens = _tokens(scope)
            person = hashlib.sha256(tokens[0].encode()).hexdigest() if len(tokens) == 1 else LOCAL
            scope = {**scope, CALLER: Caller(person, utc_now())}
            refusal = await run_in_threadpool(self._judge, scope, tokens)
        await (refusal or self._app)(scope, receive, send)

    def _judge(self, scope: Scope, tokens: list[str]) -> Response | None:
        """The answer of whoever is refused. A peer that guesses waits longer and longer; a right token never does."""
        refusal = _refusal(scope, tokens)
        if not tokens or (refusal is not None and refusal.status_code != 401):
            return refusal
        peer = Call.of(scope).far_peer or "local"
        if refusal is None:
            self._misses.forget(peer)
            return None
        pause_s = self._misses.pause_s(peer)
        self._misses.note(peer)
        if not pause_s:
            return refusal
        words = "Too many calls with a wrong API token came from this address."
        headers = {"Retry-After": str(pause_s)}
        return problem(429, "too_many_tokens", words, next_step=f"Wait {pause_s} s.", headers=headers)


def own_path(scope: Scope) -> str:
    """The path below where the API is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"


def _is_open(scope: Scope) -> bool:
    path = own_path(scope)
    return path in _OPEN or (scope["method"] == "POST" and path.startswith(_CALLBACKS))


def _refusal(scope: Scope, tokens: list[str]) -> Response | None:
    """Why this call is not answered, None when it is. The token is looked at before the house is."""
    try:
        if len(tokens) == 1 and bootstrap.is_configured_api_token(tokens[0]):
            return None
        return _judged(scope, tokens)
    except KaimediaError as error:  # whether there is a token, and which, cannot be looked up
        return _closed(scope, error)


def _judged(scope: Scope, tokens: list[str]) -> Response | None:
    studio = bootstrap.studio()
    if not studio.api_token_state().is_set:
        if bootstrap.access().mode != LOGIN and Call.of(scope).visitor.is_at_home:
            return None
        words = "Without an API token only this machine may call the API, and nobody where people have to sign in."
        return problem(403, "token_unset", words, next_step=_WHERE)
    path = own_path(scope)
    if path == _PAPERS[0] or path.startswith(_PAPERS[1]):
        return None
    if len(tokens) == 1:
        if studio.check_api_token(tokens[0]):
            return None
        challenge = {"WWW-Authenticate": _CHALLENGE["WWW-Authenticate"] + ', error="invalid_token"'}
        words = "The API token of this call is not (or no longer) valid."
        return problem(401, "token_wrong", words, next_step=_WHERE, headers=challenge)
    words = "This call carries more than one API token." if tokens else "This call carries no API token."
    return problem(401, "token_missing", words, next_step=_WHERE, headers=_CHALLENGE)


def _closed(scope: Scope, error: KaimediaError) -> Response:
    """The house is shut: who is at home here hears why, strangers hear that it is."""
    log.info("a call cannot be judged: %s", error.message)
    if Call.of(scope).visitor.is_at_home and bootstrap.tells_why():
        return of_error(error)
    return problem(503, "closed", "The studio cannot answer at the moment.", headers={"Retry-After": RETRY_AFTER_S})


def _tokens(scope: Scope) -> list[str]:
    """The tokens a call carries: one is as it should be. The same one in both headers counts once."""
    headers = scope["headers"]
    given = [value.decode("latin-1") for name, value in headers if name == b"authorization"]
    parts = [line.partition(" ") for line in given]
    bearer = [token.strip() for scheme, _, token in parts if scheme.lower() == SCHEME and token.strip()]
    plain = [value.decode("latin-1").strip() for name, value in headers if name == b"x-api-key"]
    if plain and all(plain):  # a gateway may keep Authorization for itself
        return list(dict.fromkeys([*plain, *bearer]))
    return bearer if len(bearer) == len(given) else []
