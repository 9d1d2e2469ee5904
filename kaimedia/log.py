"""Logging: one line per event, times in UTC, known secrets and text that looks like one redacted."""

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
    # elsewhere only what looks like base64: “Basic” is also an ordinary word
    re.compile(r"(\b[Bb]asic\s+)(?=\S[a-z+/_-]*[A-Z0-9=])[A-Za-z0-9+/_=-]{6,}"),
    re.compile(r"(\bkaim_)[\w-]{8,}"),  # our API tokens: for those created before this start, only the hash is known
    re.compile(r"(?i)((?:api[_-]?key|token|secret|password|signature)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;]+"),
    # up to the last "@": a password with an unescaped "@" must not show its second half
    re.compile(r"(\w+://[^:/\s@]*:)(?:[^\s/]+|[^@\s]+)(?=@)"),
    re.compile(r"(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s]+"),
)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)  # of the current HTTP request
_LOG = logging.getLogger("kaimedia")
_secrets: set[str] = set()
_guard = threading.Lock()


def request_id_for(sent_id: str) -> str:
    """The id of the current request: its own if set, else the client's if it is valid, else a new one."""
    return request_id.get() or (sent_id if _REQUEST_ID.fullmatch(sent_id) else secrets.token_hex(8))


def hide(secret: str | None) -> None:
    """Remember a secret: from now on it is redacted in every line. Secrets under 6 characters are ignored."""
    if secret and len(secret) >= 6:
        with _guard:
            _secrets.add(secret)


def hide_each(keys: str | None) -> None:
    """Call `hide` for each part of a comma list."""
    for part in (keys or "").split(","):
        hide(part.strip())


def redact(text: str) -> str:
    """The text with known secrets and text that looks like one replaced by `[cut]`."""
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
    """The context of a line: task id and request id."""
    named = {"task_id": getattr(record, "task_id", None), "request_id": request_id.get()}
    return {name: redact(str(value)) for name, value in named.items() if value}


class _RedactedRecord(logging.LogRecord):
    """A record redacted on creation: libraries may add their own handlers and formatters at any time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(self.args, tuple):
            self.args = tuple(redact(part) if isinstance(part, str) else part for part in self.args)
        if self.exc_info and self.exc_info[0] is not None:
            self.exc_text = redact(logging.Formatter().formatException(self.exc_info))

    def getMessage(self) -> str:
        return redact(super().getMessage())


def redact_everywhere() -> None:
    """Redact secrets in the log output of the server and its libraries, too; may be called repeatedly.

    Uncaught exceptions would bypass the log, so they are routed through it as well.
    """
    logging.setLogRecordFactory(_RedactedRecord)
    sys.excepthook = _process_ended
    threading.excepthook = _thread_ended
    sys.unraisablehook = _not_raised


def _process_ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        _LOG.critical("the process ends with an error", exc_info=(kind, error, trace))


def _thread_ended(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_type is SystemExit:
        return
    error = ended.exc_value or ended.exc_type()
    name = ended.thread.name if ended.thread else "?"
    _LOG.error("the thread %s ended with an error", name, exc_info=(ended.exc_type, error, ended.exc_traceback))


def _not_raised(unraisable: Any) -> None:
    error = unraisable.exc_value or unraisable.exc_type()
    message = unraisable.err_msg or "an error that could not be raised"  # not the object's text: it may be anything
    exc_info = (unraisable.exc_type, error, unraisable.exc_traceback)
    _LOG.error("%s: %s", message, type(unraisable.object).__name__, exc_info=exc_info)


def setup(level: str = "info", *, as_json: bool = False) -> None:
    """Log `kaimedia.*` to stderr; may be called repeatedly."""
    output = logging.StreamHandler(sys.stderr)
    form = "%(asctime)sZ %(levelname)-7s %(name)s  %(message)s"
    output.setFormatter(_JsonLine() if as_json else _Line(form, "%Y-%m-%dT%H:%M:%S"))
    logger = logging.getLogger("kaimedia")
    logger.handlers[:] = [output]
    logger.setLevel(level.upper())
    logger.propagate = False
