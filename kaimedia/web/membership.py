"""Who has signed in, for middleware in front of Streamlit's routes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from starlette.requests import cookie_parser
from starlette.types import Scope

from kaimedia.errors import KaimediaError
from kaimedia.security.access import CLOSED, LOGIN, Access, SignIn


class Membership:
    """Whether a request is from a signed-in user.

    `access` returns the rules, `sign_in_of` reads the signed cookie, `ended_of` returns which of the given sign-ins
    were signed out (called on a worker thread).
    """

    def __init__(
        self,
        access: Callable[[], Access],
        sign_in_of: Callable[[Mapping[str, str]], SignIn | None],
        ended_of: Callable[[frozenset[str]], frozenset[str]],
    ) -> None:
        self._access = access
        self._sign_in_of = sign_in_of
        self._ended_of = ended_of

    @property
    def is_needed(self) -> bool:
        """True if sign-in is required."""
        return self._rules().mode == LOGIN

    async def of(self, scope: Scope) -> SignIn | None:
        """The sign-in of a user who is on the allowlist and has not signed out, else None."""
        access = self._rules()
        found = self._sign_in_of(_cookies(scope))
        if found is None or not access.allows_email(found.email, is_verified=found.is_verified):
            return None
        return None if await self.ended(frozenset({found.id})) else found

    async def id_of(self, scope: Scope) -> str | None:
        """The id of the user's sign-in; "" where none is required, None for others."""
        if not self.is_needed:
            return ""
        found = await self.of(scope)
        return found.id if found is not None else None

    async def admits(self, scope: Scope) -> bool:
        """True if the user is signed in or sign-in is not required."""
        return await self.id_of(scope) is not None

    async def ended(self, ids: frozenset[str]) -> frozenset[str]:
        """Which of these sign-ins were signed out; all of them if that cannot be checked."""
        try:
            return await asyncio.to_thread(self._ended_of, ids)
        except KaimediaError:
            return ids

    def _rules(self) -> Access:
        try:
            return self._access()
        except KaimediaError:
            return CLOSED


def _cookies(scope: Scope) -> dict[str, str]:
    lines = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"cookie"]
    return cookie_parser("; ".join(lines)) if lines else {}
