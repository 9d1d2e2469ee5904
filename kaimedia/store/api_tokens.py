"""The API tokens; only their hashes are stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, PrimaryKeyConstraint, Table, Text, bindparam, insert, select, update

from kaimedia.domain.api_token import ApiToken, TokenScope, scopes_in_order
from kaimedia.store.columns import UtcDateTime
from kaimedia.store.database.database import Database
from kaimedia.store.prepared import PreparedSelect
from kaimedia.store.tables import METADATA, SETTINGS

API_TOKENS = Table(
    "api_tokens",
    METADATA,
    Column("token_id", Text, nullable=False),  # the first digits of sha256
    Column("sha256", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Column("scopes", Text, nullable=False),  # separated by spaces
    Column("made_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),  # the row stays: the ledger names its tokens by it
    PrimaryKeyConstraint("token_id", name="pk_api_tokens"),
)
_T = API_TOKENS.c
_ANY_VALID = PreparedSelect(select(_T.token_id).where(_T.revoked_at.is_(None)).limit(1))
_VALID = PreparedSelect(select(API_TOKENS).where(_T.token_id == bindparam("token_id"), _T.revoked_at.is_(None)))


class ApiTokens:
    """All API tokens made in the app, revoked ones too. Every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[ApiToken]:
        """Newest first."""
        with self._database.read() as session:
            found = session.execute(select(API_TOKENS).order_by(_T.made_at.desc(), _T.token_id))
            return [_token(row._mapping) for row in found]

    def is_any_valid(self) -> bool:
        """Whether there is one that is not revoked."""
        with self._database.read_prepared() as reader:
            return _ANY_VALID.one(reader) is not None

    def find(self, token_id: str) -> tuple[ApiToken, str] | None:
        """The token with this id and its SHA-256 in hex, None if there is none or it is revoked."""
        with self._database.read_prepared() as reader:
            stored = _VALID.one(reader, token_id=token_id)
        return None if stored is None else (_token(stored), stored["sha256"])

    def add(self, token: ApiToken, sha256: str) -> None:
        """Store a new one."""
        values = {
            **{"token_id": token.token_id, "sha256": sha256, "name": token.name, "hint": token.hint},
            **{"scopes": " ".join(scopes_in_order(token.scopes)), "made_at": token.made_at},
        }
        with self._database.write() as session:
            session.execute(insert(API_TOKENS).values(**values))

    def revoke(self, token_id: str, now: datetime) -> bool:
        """From now on it is not valid; False if it was not before."""
        with self._database.write() as session:
            changed: Any = session.execute(
                update(API_TOKENS).where(_T.token_id == token_id, _T.revoked_at.is_(None)).values(revoked_at=now)
            )
            if not changed.rowcount:
                return False
            # Processes of the version before know one token, in the settings.
            sha256 = select(_T.sha256).where(_T.token_id == token_id).scalar_subquery()
            values = dict.fromkeys(("api_token_sha256", "api_token_hint", "api_token_made_at"))
            session.execute(update(SETTINGS).where(SETTINGS.c.api_token_sha256 == sha256).values(**values))
            return True

    def note_use(self, token_id: str, now: datetime) -> None:
        """Store when it was last used."""
        with self._database.write() as session:
            session.execute(update(API_TOKENS).where(_T.token_id == token_id).values(last_used_at=now))


def _token(stored: Mapping[Any, Any]) -> ApiToken:
    known = {scope.value for scope in TokenScope}  # one that a newer version added is not allowed here
    return ApiToken(
        stored["token_id"],
        stored["name"],
        stored["hint"],
        frozenset(TokenScope(name) for name in stored["scopes"].split() if name in known),
        stored["made_at"],
        stored["last_used_at"],
        stored["revoked_at"],
    )
