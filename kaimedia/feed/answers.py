"""How the feed answers: JSON, packed where the browser takes it, and errors in words."""

from __future__ import annotations

import gzip
import json
from typing import Any

from starlette.responses import Response

from kaimedia.errors import InvalidRequest, KaimediaError

MEDIA_TYPE = "application/json"
PACK_FROM_BYTES = 1000
LEVEL = 5


def encoded(document: Any) -> bytes:
    """A document as compact JSON."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def packed(body: bytes) -> bytes:
    """The body for browsers that unpack."""
    return gzip.compress(body, LEVEL, mtime=0)


def of_document(document: Any, *, takes_gzip: bool) -> Response:
    """The answer that carries a document."""
    body = encoded(document)
    is_packed = takes_gzip and len(body) >= PACK_FROM_BYTES
    return of_body(packed(body) if is_packed else body, is_packed=is_packed)


def of_body(body: bytes, *, is_packed: bool) -> Response:
    """The same for JSON made before."""
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    if is_packed:
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type=MEDIA_TYPE, headers=headers)


def of_error(error: KaimediaError) -> Response:
    """What went wrong, in words; values that cannot be read are a 400."""
    status = 400 if isinstance(error, InvalidRequest) else error.http_status
    return of_words(status, error.code, error.message, error.next_step)


def of_words(status: int, code: str, title: str, next_step: str) -> Response:
    """The same for what is no error of the house."""
    body = encoded({"title": title, "next_step": next_step, "code": code})
    return Response(body, status, {"Cache-Control": "no-store"}, MEDIA_TYPE)
