"""The bearer token of the REST API: created, checked, revoked. Only its hash is stored."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from kaimedia.config import Config
from kaimedia.domain import utc_now
from kaimedia.domain.limits import TOKEN_ID_DIGITS
from kaimedia.log import hide
from kaimedia.store.settings import SavedToken, SettingsStore

PREFIX = "kaim_"  # makes a leaked token recognizable


@dataclass(frozen=True, slots=True)
class TokenState:
    """What may be shown about the API token; never the token itself.

    `source` is `settings` for one created here, else where `KAIMEDIA_API_TOKEN` comes from (`environment`, `.env`,
    `secrets.toml`), None without one. `hint` is its last four characters. `made_at` is set for one created here.
    Both kinds may exist; then both are accepted, and this describes the one created here.
    """

    is_set: bool
    source: str | None = None
    hint: str | None = None
    made_at: datetime | None = None


class TokenService:
    """The API token."""

    def __init__(self, config: Config, settings: SettingsStore) -> None:
        self._config = config
        self._settings = settings

    def state(self) -> TokenState:
        """Whether calls need a token, and which one is set."""
        if saved := self._settings.api_token():
            return TokenState(True, "settings", saved.hint, saved.made_at)
        if configured := self._config.api_token:
            hint = configured[-4:] if len(configured) >= 12 else None
            return TokenState(True, self._config.origins["KAIMEDIA_API_TOKEN"].source, hint)
        return TokenState(False)

    def known(self) -> dict[str, str]:
        """The name of each valid token, by its id in the ledger and in limits."""
        found = {}
        if configured := self._config.api_token:
            found[_sha256(configured)[:TOKEN_ID_DIGITS]] = f"•••• {configured[-4:]} from the configuration"
        if saved := self._settings.api_token():
            found[saved.sha256[:TOKEN_ID_DIGITS]] = f"•••• {saved.hint}"
        return found

    def create(self) -> str:
        """Create a token of 32 random bytes, shown only now; it replaces one created before."""
        token = PREFIX + secrets.token_urlsafe(32)
        hide(token)
        self._settings.save_api_token(SavedToken(_sha256(token), token[-4:], utc_now()))
        return token

    def revoke(self) -> None:
        """Delete the token created here; one from the configuration stays."""
        self._settings.save_api_token(None)

    def check(self, token: str) -> bool:
        """Whether `token` is a valid one; compares in constant time."""
        saved = self._settings.api_token()
        is_saved = hmac.compare_digest(_sha256(token), saved.sha256 if saved else "")
        return is_same(token, self._config.api_token) or is_saved


def is_same(received: str, token: str | None) -> bool:
    """Whether two tokens are equal; compares in constant time."""
    return token is not None and hmac.compare_digest(_sha256(received), _sha256(token))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", errors="replace")).hexdigest()
