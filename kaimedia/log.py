"""Logging: one line an event, times in UTC, known secrets and secret shapes cut."""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import threading
import time
from contextvars import ContextVar
from types import TracebackType
from typing import Any

_SHAPES = (
    re.compile(r"(?i)(bearer\s+)[^\s\"',;]+"),
    re.compile(r"(?i)(authorization[\"']?\s*[=:]\s*[\"']?basic\s+)[^\s\"',;]+"),
    # elsewhere only what looks like base64: “Basic” is also a word
    re.compile(r"(\b[Bb]asic\s+)(?=\S[a-z+/_-]*[A-Z0-9=])[A-Za-z0-9+/_=-]{6,}"),
    re.compile(r"(\bkaim_)[\w-]{8,}"),  # our API tokens: of those made before this start only the hash is known
    re.compile(r"(?i)((?:api[_-]?key|token|secret|password|signature)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;]+"),
    # up to the last "@": one that should have been written %40 must not show its second half
    re.compile(r"(\w+://[^:/\s@]*:)(?:[^\s/]+|[^@\s]+)(?=@)"),
    re.compile(r"(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s]+"),
)
_CALL_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)  # of the HTTP call being answered
_LOG = logging.getLogger("kaimedia")
_secrets: set[str] = set()
_guard = threading.Lock()


def name_of_call(given: str) -> str:
    """The id of the call being answered: the one it has, else the caller's if it is one, else a new one."""
    return request_id.get() or (given if _CALL_NAME.fullmatch(given) else secrets.token_hex(8))


def hide(secret: str | None) -> None:
    """Remember a secret: from now on it is cut from every line. Short words are left alone."""
    if secret and len(secret) >= 6:
        with _guard:
            _secrets.add(secret)


def hide_each(keys: str | None) -> None:
    """The same for a comma list: each part is a secret of its own."""
    for part in (keys or "").split(","):
        hide(part.strip())


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
        facts = "".join(f" {name}={value}" for name, value in _facts(record).items())
        return redact(super().format(record) + facts)


class _JsonLine(logging.Formatter):
    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        line |= _facts(record)
        if record.exc_info:
            line["error"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def _facts(record: logging.LogRecord) -> dict[str, str]:
    """What a line is about: the task, the HTTP call."""
    named = {"task_id": getattr(record, "task_id", None), "request_id": request_id.get()}
    return {name: redact(str(value)) for name, value in named.items() if value}


class _CutRecord(logging.LogRecord):
    """A line that is cut as it is made: libraries add handlers and formatters of their own at any time."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        if isinstance(self.args, tuple):
            self.args = tuple(redact(part) if isinstance(part, str) else part for part in self.args)
        if self.exc_info and self.exc_info[0] is not None:
            self.exc_text = redact(logging.Formatter().formatException(self.exc_info))

    def getMessage(self) -> str:
        return redact(super().getMessage())


def cut_everywhere() -> None:
    """Cut secrets from what the server and its libraries log, too; may be called again.

    What ends a thread or the process would be printed past the log, so it goes through the log as well.
    """
    logging.setLogRecordFactory(_CutRecord)
    sys.excepthook = _process_ended
    threading.excepthook = _thread_ended
    sys.unraisablehook = _not_raised


def _process_ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        _LOG.critical("the process ends", exc_info=(kind, error, trace))


def _thread_ended(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_type is SystemExit:
        return
    error = ended.exc_value or ended.exc_type()
    name = ended.thread.name if ended.thread else "?"
    _LOG.error("the thread %s ended", name, exc_info=(ended.exc_type, error, ended.exc_traceback))


def _not_raised(met: Any) -> None:
    error = met.exc_value or met.exc_type()
    words = met.err_msg or "an error where none can be raised"  # the object's text may be long, and may be anything
    _LOG.error("%s: %s", words, type(met.object).__name__, exc_info=(met.exc_type, error, met.exc_traceback))


def setup(level: str = "info", *, as_json: bool = False) -> None:
    """Send `kaimedia.*` to stderr; may be called again."""
    output = logging.StreamHandler(sys.stderr)
    form = "%(asctime)sZ %(levelname)-7s %(name)s  %(message)s"
    output.setFormatter(_JsonLine() if as_json else _Line(form, "%Y-%m-%dT%H:%M:%S"))
    logger = logging.getLogger("kaimedia")
    logger.handlers[:] = [output]
    logger.setLevel(level.upper())
    logger.propagate = False
