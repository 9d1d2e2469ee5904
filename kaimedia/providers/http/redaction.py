"""Remove secrets from messages, and shorten text from outside."""

from __future__ import annotations

import re

MAX_QUOTE_CHARS = 300
_MASK = "•••"
# Redacting anything shorter would damage unrelated text; no real key is that short.
_SHORTEST_SECRET_CHARS = 8

_SHAPES = (
    (re.compile(r"(?i)\b(bearer\s+)[^\s\"',;]+"), rf"\1{_MASK}"),
    (
        re.compile(
            r"(?i)\b((?:api[_-]?key|access[_-]?token|token|secret|password|authorization"
            r"|x-amz-(?:signature|credential|security-token))[\"']?\s*[=:]\s*[\"']?)(?!bearer)[^\s\"'&,;]+"
        ),
        rf"\1{_MASK}",
    ),
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,20}://)[^/\s@]{1,200}@"), rf"\1{_MASK}@"),
)
_NOT_PRINTED = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff]+")


def redact_secrets(text: str, *known: str) -> str:
    """The text without the known secrets and without anything that looks like one."""
    for secret in known:
        if len(secret) >= _SHORTEST_SECRET_CHARS:
            text = text.replace(secret, _MASK)
    for shape, masked in _SHAPES:
        text = shape.sub(masked, text)
    return text


def quote(text: str) -> str:
    """Text from outside on one line, without secrets, at most 300 characters."""
    line = redact_secrets(_NOT_PRINTED.sub(" ", text[: 20 * MAX_QUOTE_CHARS]).strip())
    return line if len(line) <= MAX_QUOTE_CHARS else line[: MAX_QUOTE_CHARS - 1] + "…"
