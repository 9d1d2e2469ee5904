"""Logging: one line an event, times in UTC, known secrets and secret shapes cut."""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import time

_SHAPES = (
    re.compile(r"(?i)(bearer\s+)[^\s\"',;]+"),
    re.compile(r"(?i)((?:api[_-]?key|token|secret|password|signature)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;]+"),
    re.compile(r"(\w+://[^:/\s@]+:)[^@\s]+(?=@)"),
    re.compile(r"(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s]+"),
)
_secrets: set[str] = set()
_guard = threading.Lock()


def hide(secret: str | None) -> None:
    """Remember a secret: from now on it is cut from every line. Short words are left alone."""
    if secret and len(secret) >= 6:
        with _guard:
            _secrets.add(secret)


def redact(text: str) -> str:
    """The text with known secrets and secret shapes replaced by `[cut]`."""
    with _guard:
        known = sorted(_secrets, key=len, reverse=True)
    for secret in known:
        text = text.replace(secret, "[cut]")
    for shape in _SHAPES:
        text = shape.sub(r"\1[cut]", text)
    return text


class _Line(logging.Formatter):
    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class _JsonLine(logging.Formatter):
    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        if task_id := getattr(record, "task_id", None):
            line["task_id"] = task_id
        if record.exc_info:
            line["error"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def setup(level: str = "info", *, as_json: bool = False) -> None:
    """Send `kaimedia.*` to stderr; may be called again."""
    output = logging.StreamHandler(sys.stderr)
    form = "%(asctime)sZ %(levelname)-7s %(name)s  %(message)s"
    output.setFormatter(_JsonLine() if as_json else _Line(form, "%Y-%m-%dT%H:%M:%S"))
    logger = logging.getLogger("kaimedia")
    logger.handlers[:] = [output]
    logger.setLevel(level.upper())
    logger.propagate = False
