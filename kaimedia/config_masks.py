"""Addresses fit for showing: without the names and passwords in them."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from kaimedia.errors import ConfigError

TOKEN_MIN_CHARS = 20

# The password reaches to the last "@": one that should have been written %40 must not show its second half.
_USERINFO_PASSWORD = re.compile(r"^([^:@]*:).+@", re.DOTALL)
_LOGIN = re.compile(r"://.*@", re.DOTALL)
_QUERY_FIELD = re.compile(r"([?&;])([^=&;]+)=([^&]*)")


def without_password(url: str) -> str:
    """A database URL with its passwords cut, in the user part and in the query; rather too much than too little.

    What is no URL at all (`host=… password=…`) is not shown.
    """
    scheme, mark, rest = url.partition("://")
    if not mark:
        return "••••"
    if not scheme.startswith("sqlite"):
        rest = _USERINFO_PASSWORD.sub(r"\1••••@", rest)
    return f"{scheme}://{_QUERY_FIELD.sub(_without_secret, rest)}"


def without_login(text: str) -> str:
    """Any text without what may be a name and password before the host of the address in it."""
    return _LOGIN.sub("://••••@", text) if "://" in text else text


def _without_secret(pair: re.Match[str]) -> str:
    name = unquote_plus(pair[2]).lower()
    is_secret = any(word in name for word in ("pass", "pwd", "secret", "token", "key"))
    return f"{pair[1]}{pair[2]}=••••" if is_secret else pair[0]


def long_token(value: str | None) -> str | None:
    """A token that nobody can guess, as given; it is never shown.

    Raises:
        ConfigError: it is shorter than `TOKEN_MIN_CHARS`.
    """
    if value is not None and len(value) < TOKEN_MIN_CHARS:
        raise ConfigError(
            f"KAIMEDIA_API_TOKEN is too short: it must have {TOKEN_MIN_CHARS} characters or more.",
            setting="KAIMEDIA_API_TOKEN",
            next_step='Make one with `python -c "import secrets; print(secrets.token_urlsafe(32))"`, then start again.',
        )
    return value
