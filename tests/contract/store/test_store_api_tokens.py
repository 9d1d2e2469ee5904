"""API tokens on both databases."""

from __future__ import annotations

from datetime import timedelta

from kaimedia.domain import utc_now
from kaimedia.domain.api_token import ALL_SCOPES, ApiToken, TokenScope
from kaimedia.store.api_tokens import ApiTokens
from kaimedia.store.database.database import Database


def test_a_token_is_stored_used_and_revoked(db: Database) -> None:
    tokens, now = ApiTokens(db), utc_now()
    first = ApiToken("0" * 12, "one", "abcd", ALL_SCOPES, now)
    second = ApiToken("1" * 12, "two", "efgh", frozenset({TokenScope.READ}), now + timedelta(seconds=1))
    assert not tokens.is_any_valid() and tokens.all() == []
    tokens.add(first, "0" * 64)
    tokens.add(second, "1" * 64)
    assert tokens.all() == [second, first] and tokens.is_any_valid()
    assert tokens.find("0" * 12) == (first, "0" * 64) and tokens.find("2" * 12) is None
    tokens.note_use("1" * 12, now)
    assert tokens.all()[0].last_used_at == now
    assert tokens.revoke("0" * 12, now) and not tokens.revoke("0" * 12, now)
    assert tokens.find("0" * 12) is None and tokens.all()[1].revoked_at == now
    assert tokens.revoke("1" * 12, now) and not tokens.is_any_valid() and len(tokens.all()) == 2
