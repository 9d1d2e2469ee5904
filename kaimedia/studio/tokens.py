"""The bearer tokens of the REST API: created, checked, revoked. Only their hashes are stored."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from kaimedia.config import Config
from kaimedia.domain import utc_now
from kaimedia.domain.api_token import ALL_SCOPES, TOKEN_ID_DIGITS, ApiToken, TokenScope
from kaimedia.errors import InvalidRequest, NotFound, StoreError
from kaimedia.log import hide
from kaimedia.store.api_tokens import ApiTokens

PREFIX = "kaim_"  # makes a leaked token recognizable
MAX_NAME = 60  # characters
# Agents on this machine that send no token: as an id in the ledger and in limits. No token has such a hash.
LOCAL_AGENT = hashlib.sha256(b"agents on this machine").hexdigest()
LOCAL_AGENT_ID = LOCAL_AGENT[:TOKEN_ID_DIGITS]
NOTE_EVERY = timedelta(minutes=1)  # how exactly the last use is known: each note is a write


@dataclass(frozen=True, slots=True)
class ConfiguredToken:
    """The token from `KAIMEDIA_API_TOKEN`, which allows everything; `source` is where it was set.

    `hint` is its last four characters, None for a short one.
    """

    token_id: str
    source: str
    hint: str | None


class TokenService:
    """The API tokens."""

    def __init__(self, config: Config, tokens: ApiTokens) -> None:
        self._config = config
        self._tokens = tokens
        self._guard = threading.Lock()
        self._noted: dict[str, datetime] = {}  # by token id

    def configured(self) -> ConfiguredToken | None:
        """The token of the configuration."""
        token = self._config.api_token
        if token is None:
            return None
        hint = token[-4:] if len(token) >= 12 else None
        return ConfiguredToken(token_id_of(token), self._config.origins["KAIMEDIA_API_TOKEN"].source, hint)

    def valid(self) -> list[ApiToken]:
        """Those created here and not revoked, newest first."""
        return [token for token in self._tokens.all() if token.revoked_at is None]

    def is_needed(self) -> bool:
        """Whether requests need a token: there is a valid one."""
        return self._config.api_token is not None or self._tokens.is_any_valid()

    def names(self) -> dict[str, str]:
        """The name of every token, by its id in the ledger and in limits; revoked ones too."""
        found = {token.token_id: _shown(token) for token in self._tokens.all()}
        found[LOCAL_AGENT_ID] = "for agents on this machine"
        if configured := self.configured():
            found[configured.token_id] = f"•••• {configured.hint or ''} from the configuration"
        return found

    def create(self, name: str, scopes: Collection[TokenScope] = ALL_SCOPES) -> tuple[str, ApiToken]:
        """Create a token of 32 random bytes; returns it, this once, and what is stored of it. It can always read.

        Raises:
            InvalidRequest: the name is empty or too long.
        """
        name = " ".join(name.split())
        if not name:
            raise InvalidRequest("The token needs a name.", field="name", next_step="Name the program that uses it.")
        if len(name) > MAX_NAME:
            raise InvalidRequest(f"A name has at most {MAX_NAME} characters.", field="name")
        secret = PREFIX + secrets.token_urlsafe(32)
        hide(secret)
        token = ApiToken(token_id_of(secret), name, secret[-4:], frozenset(scopes) | {TokenScope.READ}, utc_now())
        self._tokens.add(token, _sha256(secret))
        return secret, token

    def revoke(self, token_id: str) -> None:
        """From now on the token created here with this id is not valid.

        Raises:
            NotFound: there is no such token, or it is the one of the configuration.
        """
        if not self._tokens.revoke(token_id, utc_now()):
            raise NotFound("There is no valid API token with this id.")

    def scopes_of(self, secret: str) -> frozenset[TokenScope] | None:
        """What the token allows, None if it is not valid; compares in constant time. Stores that it was used."""
        if is_same(secret, self._config.api_token):
            return ALL_SCOPES
        found = self._tokens.find(token_id_of(secret))
        if found is None or not hmac.compare_digest(_sha256(secret), found[1]):
            return None
        self._note_use(found[0])
        return found[0].scopes

    def _note_use(self, token: ApiToken) -> None:
        now = utc_now()
        with self._guard:
            last = self._noted.get(token.token_id) or token.last_used_at
            if last is not None and abs(now - last) < NOTE_EVERY:
                return
            self._noted[token.token_id] = now
        with suppress(StoreError):  # a token is valid while the database can only be read
            self._tokens.note_use(token.token_id, now)


def token_id_of(secret: str) -> str:
    """The id of a token in the ledger and in limits, which reveals nothing about it."""
    return _sha256(secret)[:TOKEN_ID_DIGITS]


def is_same(received: str, token: str | None) -> bool:
    """Whether two tokens are equal; compares in constant time."""
    return token is not None and hmac.compare_digest(_sha256(received), _sha256(token))


def _shown(token: ApiToken) -> str:
    return f"{token.name} (•••• {token.hint}{', revoked' if token.revoked_at else ''})"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", errors="replace")).hexdigest()
