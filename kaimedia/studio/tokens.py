"""The bearer token of the REST API: made, checked, revoked. Only its hash is kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from kaimedia.domain import utc_now
from kaimedia.log import hide
from kaimedia.store.settings import SavedToken
from kaimedia.studio.parts import Parts

PREFIX = "kaim_"  # makes a token that leaked somewhere recognisable


@dataclass(frozen=True, slots=True)
class TokenState:
    """What may be said about the API's tokens; never a token itself.

    `source` is `settings` for one made here, else where `KAIMEDIA_API_TOKEN` comes from (`environment`, `.env`,
    `secrets.toml`), None without any. `hint` is the last four characters. `made_at` is known for one made here.
    Both kinds may exist; both are then accepted and the one made here is described.
    """

    is_set: bool
    source: str | None = None
    hint: str | None = None
    made_at: datetime | None = None


class TokenDesk:
    """The part of `Studio` about who may call the API."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._settings = parts.settings

    def api_token_state(self) -> TokenState:
        """Whether calls need a token, and which there is."""
        if saved := self._settings.api_token():
            return TokenState(True, "settings", saved.hint, saved.made_at)
        if configured := self._parts.config.api_token:
            hint = configured[-4:] if len(configured) >= 12 else None
            return TokenState(True, self._parts.config.origins["KAIMEDIA_API_TOKEN"].source, hint)
        return TokenState(False)

    def make_api_token(self) -> str:
        """A new token of 32 random bytes; it is shown this once, and any made before ends."""
        token = PREFIX + secrets.token_urlsafe(32)
        hide(token)
        self._settings.save_api_token(SavedToken(_sha256(token), token[-4:], utc_now()))
        return token

    def revoke_api_token(self) -> None:
        """End the token made here; one from the configuration stays."""
        self._settings.save_api_token(None)

    def check_api_token(self, given: str) -> bool:
        """Whether `given` is one of the tokens; takes the same time wherever it differs."""
        saved = self._settings.api_token()
        is_saved = hmac.compare_digest(_sha256(given), saved.sha256 if saved else "")
        return is_same(given, self._parts.config.api_token) or is_saved


def is_same(given: str, token: str | None) -> bool:
    """Whether two tokens are one; takes the same time wherever they differ."""
    return token is not None and hmac.compare_digest(_sha256(given), _sha256(token))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", errors="replace")).hexdigest()
