"""The upload host: three ways to send a file, with real HTTP errors.

Source: docs.kie.ai, File Upload API, state of 2026-10.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import mimetypes
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kaimedia.sandbox.background import in_background
from kaimedia.sandbox.faults.catalog import Scope
from kaimedia.sandbox.protocol.auth import base_url, header_switches, is_authorized, json_body, sandbox_of
from kaimedia.sandbox.protocol.fetching import Unreachable, fetch
from kaimedia.sandbox.protocol.http_protocol import hang_up
from kaimedia.sandbox.protocol.replies import Refused, json_response
from kaimedia.sandbox.protocol.uploads import safe_path
from kaimedia.sandbox.state import SandboxState

_LIMIT_BYTES = 104_857_600
_STREAM_LIMIT_BYTES = 524_288_000  # the provider states none for streams
_FETCH_TIMEOUT_S = 30.0
_DATA_URL = re.compile(r"data:[\w.+/-]*(?:;[\w=.+-]+)*;base64,")

UploadedFile = tuple[str, str, bytes]
"""Folder, file name, bytes."""


def routes() -> list[Route]:
    """The three upload routes."""
    return [
        Route("/api/file-base64-upload", _receive(_base64), methods=["POST"]),
        Route("/api/file-stream-upload", _receive(_stream), methods=["POST"]),
        Route("/api/file-url-upload", _receive(_url), methods=["POST"]),
    ]


def _receive(read: Callable[[Request], Awaitable[UploadedFile]]) -> Callable[[Request], Awaitable[Response]]:
    async def receive(request: Request) -> Response:
        sandbox = sandbox_of(request)
        nth = sandbox.counters.count("uploads", sandbox.now())
        if not is_authorized(request):
            return _refused(401, "Unauthorized")
        active = sandbox.board.active(Scope.UPLOAD, "upload", nth=nth, extra=header_switches(request))
        if "upload_500" in active:
            return _refused(500, "File upload failed")
        if "upload_401" in active:
            return _refused(401, "Unauthorized")
        if "upload_reset" in active:
            return await hang_up(request)
        try:
            folder, name, content = await _read(request, read)
        except Refused as rejection:
            return _refused(rejection.code, rejection.message)
        return await _stored(request, sandbox, safe_path(folder, name), content, is_lost="upload_lost" in active)

    return receive


async def _read(request: Request, read: Callable[[Request], Awaitable[UploadedFile]]) -> UploadedFile:
    length = request.headers.get("content-length", "0")
    limit_bytes = _STREAM_LIMIT_BYTES if request.url.path.endswith("stream-upload") else _LIMIT_BYTES
    if length.isdecimal() and int(length) > 2 * limit_bytes:
        raise Refused(400, "The file is too large")
    folder, name, content = await read(request)
    if not folder:
        raise Refused(400, "uploadPath is required")
    if not content:
        raise Refused(400, "The file is empty")
    if len(content) > limit_bytes:
        raise Refused(400, "The file is too large")
    return folder, name, content


async def _stored(request: Request, sandbox: SandboxState, path: str, content: bytes, *, is_lost: bool) -> Response:
    below_host = (
        f"kieai/0/{path}" if is_lost else await asyncio.to_thread(sandbox.uploads.save, path, content, sandbox.now())
    )
    name = path.rpartition("/")[2]
    data = {
        "success": True,
        "fileName": name,
        "filePath": below_host,
        "downloadUrl": f"{base_url(request)}/{quote(below_host)}",
        "fileSize": len(content),
        "mimeType": mimetypes.guess_type(name)[0] or "application/octet-stream",
        "uploadedAt": datetime.fromtimestamp(sandbox.now(), UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z"),
    }
    return json_response({"success": True, "code": 200, "msg": "File uploaded successfully", "data": data})


def _refused(status: int, message: str) -> Response:
    return json_response({"success": False, "code": status, "msg": message, "data": None}, status)


async def _base64(request: Request) -> UploadedFile:
    body = await _object(request)
    text = _DATA_URL.sub("", _text(body, "base64Data"), count=1)
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(400, "Failed to execute 'atob()': the string is not correctly encoded.") from error
    return _text(body, "uploadPath"), _text(body, "fileName", required=False), content


async def _stream(request: Request) -> UploadedFile:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Refused(400, "multipart/form-data is required")
    async with request.form(max_files=1, max_fields=8) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise Refused(400, "file is required")
        folder = form.get("uploadPath")
        name = form.get("fileName") or file.filename or ""
        return folder if isinstance(folder, str) else "", name if isinstance(name, str) else "", await file.read()


async def _url(request: Request) -> UploadedFile:
    body = await _object(request)
    url = _text(body, "fileUrl")
    try:
        content = await in_background(partial(fetch, url, timeout_s=_FETCH_TIMEOUT_S, limit_bytes=_LIMIT_BYTES))
    except Unreachable as error:
        raise Refused(500, f"Failed to fetch the file: {error}") from error
    name = _text(body, "fileName", required=False) or urlsplit(url).path.rpartition("/")[2]
    return _text(body, "uploadPath"), name, content


async def _object(request: Request) -> dict[str, Any]:
    try:
        return await json_body(request)
    except Refused as rejection:
        raise Refused(400, rejection.message) from rejection


def _text(body: dict[str, Any], name: str, *, required: bool = True) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        if required:
            raise Refused(400, f"{name} is required")
        return ""
    return value
