"""kie.ai's envelope `{code, msg, data}`: parsed from any body, and the reply to a create."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kaimedia.errors import OutcomeUnknown
from kaimedia.providers.http.redaction import quote
from kaimedia.providers.kie.parsing import rejections

_ID_NAMES = ("taskId", "task_id", "recordId", "record_id")
_MAX_ID_CHARS = 128
_TAGS = re.compile(r"(?is)<(script|style)\b.*?</\1\s*>|<[^>]{0,500}>")
_TITLE = re.compile(r"(?is)<title[^>]*>(.*?)</title\s*>")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One reply of any kind.

    `code` is the envelope's own code (None when missing), `message` its text ("" when missing), `data` is decoded
    from JSON, `root` is the whole object. A body that is not a JSON object has `is_json` False and a `text_excerpt`
    of at most 300 characters.
    """

    http_status: int
    code: int | None
    message: str
    data: Any
    has_data: bool
    is_json: bool
    text_excerpt: str
    root: Mapping[str, Any] = field(default_factory=dict)
    retry_after_s: float | None = None

    @property
    def effective_code(self) -> int:
        """The envelope's code, or the HTTP status if the envelope has none."""
        return self.http_status if self.code is None else self.code


def read(http_status: int, body: bytes, *, retry_after_s: float | None = None) -> Envelope:
    """Parse any body, including HTML, empty or truncated ones, an array or a bare string. Never raises.

    Source: docs.kie.ai, response codes, state of 2026-10. Business errors arrive with HTTP 200; the text is in
    `msg`, or per some pages `message`; 401 has no `data` key.
    """
    # Not `utf-8-sig`: that codec is imported on first use, which fails when no file descriptor is left, and by then
    # the task may already be paid for.
    text = body.removeprefix(codecs.BOM_UTF8).decode("utf-8", errors="replace")
    try:
        root = json.loads(text)
    except (ValueError, RecursionError):
        root = None
    if not isinstance(root, dict):
        excerpt = quote(_page_text(text[:20_000]))
        return Envelope(http_status, None, "", None, False, False, excerpt, retry_after_s=retry_after_s)
    return Envelope(
        http_status=http_status,
        code=whole_number(root.get("code")),
        message=_message(root),
        data=root.get("data"),
        has_data="data" in root,
        is_json=True,
        text_excerpt="",
        root=root,
        retry_after_s=retry_after_s,
    )


def _page_text(page: str) -> str:
    """The text of a web page. A title repeated in the body, as on gateways' error pages, appears once."""
    titles = " ".join(_TITLE.findall(page)).split()
    body = _TAGS.sub(" ", _TITLE.sub(" ", page)).split()
    return " ".join(body if " ".join(titles) in " ".join(body) else titles + body)


def accepted_id(envelope: Envelope, *, label: str = "this model") -> str:
    """The provider's task id from the reply to a create.

    `label` is the model's name in the messages.

    Raises:
        AuthFailed, CreditsExhausted, RateLimited, ProviderUnavailable, RequestRejected, ContentRejected,
        ReferenceRejected: the provider clearly did not accept the task; nothing is charged.
        OutcomeUnknown: everything else (HTTP 408 and 5xx, an unreadable body, code 200 without an id, an
            unexplained 500): it may have been accepted and must not be resent automatically.
    """
    task_id = _task_id(envelope)
    # One documented example pairs 505 with "success" and a filled `data`; in that case the id counts.
    if task_id is not None and envelope.effective_code in (200, 505):
        return task_id
    status = envelope.http_status
    text = envelope.message or envelope.text_excerpt
    if 400 <= status < 500:
        raise rejections.http_rejection(
            status, envelope.code, text, retry_after_s=envelope.retry_after_s, label=label, is_json=envelope.is_json
        )
    if status == 200 and rejections.says_rate_limited(text):
        raise rejections.create_rejection(429, text, retry_after_s=envelope.retry_after_s, label=label)
    if status != 200 or not envelope.is_json or envelope.code is None or envelope.code == 200:
        raise OutcomeUnknown(_unclear(envelope), provider_code=envelope.code)
    raise rejections.create_rejection(envelope.code, text, retry_after_s=envelope.retry_after_s, label=label)


def checked(envelope: Envelope) -> Envelope:
    """The reply to a call that costs nothing, if it is a success.

    Raises:
        ProviderError: see `rejections.read_rejection`.
    """
    code = envelope.effective_code
    if not envelope.is_json:
        code = envelope.http_status if envelope.http_status >= 400 else 500
    if code != 200:
        text = envelope.message or envelope.text_excerpt
        raise rejections.read_rejection(code, text, retry_after_s=envelope.retry_after_s)
    return envelope


def whole_number(value: Any) -> int | None:
    """An integer, also as a whole float or as text; None for anything else (including `true`)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,9}(\.0+)?", value.strip()):
        return int(float(value))
    return None


def _message(root: Mapping[str, Any]) -> str:
    for name in ("msg", "message", "error"):
        value = root.get(name)
        if isinstance(value, Mapping):
            value = value.get("message")
        if isinstance(value, str) and value.strip():
            return quote(value)
    return ""


def _task_id(envelope: Envelope) -> str | None:
    data = envelope.data
    if isinstance(data, str):
        try:
            data = json.loads(data)
        except (ValueError, RecursionError):
            data = None
    for place in (data, envelope.root):
        if not isinstance(place, Mapping):
            continue
        for name in _ID_NAMES:
            value = place.get(name)
            if isinstance(value, int) and not isinstance(value, bool):
                value = str(value)
            if isinstance(value, str) and 0 < len(value.strip()) <= _MAX_ID_CHARS and value.isprintable():
                return value.strip()
    return None


def _unclear(envelope: Envelope) -> str:
    if not envelope.is_json:
        what = f"with a web page instead of JSON (HTTP {envelope.http_status})"
    elif envelope.http_status != 200:
        what = f"with HTTP {envelope.http_status}"
    else:
        what = "without a task id"
    text = "" if envelope.message.lower() == "success" else envelope.message or envelope.text_excerpt
    return rejections.sentence(f"kie.ai responded {what}, so it is unclear whether it accepted the task.", text)
