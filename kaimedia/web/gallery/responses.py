"""Responses of the gallery API: JSON, gzipped if the browser accepts it."""

from __future__ import annotations

import gzip
import json
from typing import Any

from starlette.responses import Response

from kaimedia.errors import InvalidRequest, KaimediaError

MEDIA_TYPE = "application/json"
GZIP_FROM_BYTES = 1000
LEVEL = 5


def encoded(document: Any) -> bytes:
    """A document as compact JSON."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def gzipped(body: bytes) -> bytes:
    """The body, gzipped."""
    return gzip.compress(body, LEVEL, mtime=0)


def of_document(document: Any, *, takes_gzip: bool) -> Response:
    """A document as a response."""
    body = encoded(document)
    is_gzipped = takes_gzip and len(body) >= GZIP_FROM_BYTES
    return of_body(gzipped(body) if is_gzipped else body, is_gzipped=is_gzipped)


def of_body(body: bytes, *, is_gzipped: bool) -> Response:
    """An encoded document as a response."""
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    if is_gzipped:
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type=MEDIA_TYPE, headers=headers)


def of_error(error: KaimediaError) -> Response:
    """The response for an error of the app; invalid requests get 400."""
    status = 400 if isinstance(error, InvalidRequest) else error.http_status
    return of_text(status, error.code, error.message, error.next_step)


def of_text(status: int, code: str, title: str, next_step: str) -> Response:
    """The response for other errors."""
    body = encoded({"title": title, "next_step": next_step, "code": code})
    return Response(body, status, {"Cache-Control": "no-store"}, MEDIA_TYPE)
