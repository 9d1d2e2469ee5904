"""Masks names and passwords in addresses, so that they can be shown."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from kaimedia.errors import ConfigError

TOKEN_MIN_CHARS = 20

# Mask up to the last "@": a password with an unescaped "@" must not show its second half.
_USERINFO_PASSWORD = re.compile(r"^([^:@]*:).+@", re.DOTALL)
_LOGIN = re.compile(r"://.*@", re.DOTALL)
_QUERY_FIELD = re.compile(r"([?&;])([^=&;]+)=([^&]*)")


def without_password(url: str) -> str:
    """A database URL with the passwords in its user part and query masked; masks too much rather than too little.

    Text that is not a URL (`host=… password=…`) is masked completely.
    """
    scheme, mark, rest = url.partition("://")
    if not mark:
        return "••••"
    if not scheme.startswith("sqlite"):
        rest = _USERINFO_PASSWORD.sub(r"\1••••@", rest)
    return f"{scheme}://{_QUERY_FIELD.sub(_without_secret, rest)}"


def without_login(text: str) -> str:
    """The text with any login before the host of an address in it masked."""
    return _LOGIN.sub("://••••@", text) if "://" in text else text


def _without_secret(pair: re.Match[str]) -> str:
    name = unquote_plus(pair[2]).lower()
    is_secret = any(word in name for word in ("pass", "pwd", "secret", "token", "key"))
    return f"{pair[1]}{pair[2]}=••••" if is_secret else pair[0]


def long_token(value: str | None) -> str | None:
    """The token, unchanged, if it is long enough to be safe; it is never shown.

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
