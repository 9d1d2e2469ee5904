"""API tokens: who a program is, and what it may do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

TOKEN_ID_DIGITS = 12


class TokenScope(StrEnum):
    """What a token allows, as stored in `api_tokens.scopes`. Every token includes `read`."""

    READ = "read"
    GENERATE = "generate"
    MANAGE = "manage"


ALL_SCOPES = frozenset(TokenScope)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token without its secret. `token_id` is how limits and the ledger name it, `hint` its last four characters."""

    token_id: str
    name: str
    hint: str
    scopes: frozenset[TokenScope]
    made_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


def scopes_in_order(scopes: Iterable[TokenScope]) -> list[TokenScope]:
    """From the least to the most that is allowed."""
    known = set(scopes)
    return [scope for scope in TokenScope if scope in known]
