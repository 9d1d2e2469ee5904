"""The result hosts: images and videos under their links, and the faults of downloads."""

from __future__ import annotations

import asyncio
import mimetypes
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from kaimedia.sandbox.drawing import odd_files
from kaimedia.sandbox.faults.catalog import Scope
from kaimedia.sandbox.faults.switches import Switch
from kaimedia.sandbox.protocol import results
from kaimedia.sandbox.protocol.account_routes import is_valid_link
from kaimedia.sandbox.protocol.auth import sandbox_of
from kaimedia.sandbox.protocol.http_protocol import hang_up
from kaimedia.sandbox.protocol.uploads import URL_PREFIX
from kaimedia.sandbox.state import SandboxState
from kaimedia.sandbox.task import SandboxTask, State

_PAGE = "<!doctype html><html><head><title>Just a moment…</title></head><body>Checking your browser</body></html>"
_PRIVATE_URL = "http://169.254.169.254/latest/meta-data/"
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_CHUNKS = 20


def routes() -> list[Route]:
    """Results in all folders, and uploads."""
    return [
        *(Route(f"/{folder}/{{name}}", result, methods=["GET", "HEAD"]) for folder in results.FOLDERS),
        Route(f"/{URL_PREFIX}/{{path:path}}", upload, methods=["GET", "HEAD"]),
    ]


async def result(request: Request) -> Response:
    """One result; 404 before it is done and after it expired, 403 for an invalid or expired signed link."""
    sandbox = sandbox_of(request)
    sandbox.counters.count("downloads", sandbox.now())
    found = results.parse(request.url.path)
    task = sandbox.accounts.find(found[0]) if found else None
    if not found or task is None or sandbox.view(task).state is not State.SUCCESS or sandbox.view(task).is_expired:
        return Response("Not Found", 404)
    if not is_valid_link(request.url.path, request.url.query, sandbox.now()):
        return Response("Forbidden", 403)
    source = sandbox.results.open(task, found[1])
    if source is None:
        return Response("Not Found", 404)
    return await _answer(request, sandbox, task, found[1], source)


async def upload(request: Request) -> Response:
    """One upload; its content type follows its extension, not its bytes."""
    sandbox = sandbox_of(request)
    path = sandbox.uploads.find(request.url.path, sandbox.now())
    if path is None:
        return Response("Not Found", 404)
    guessed, _ = mimetypes.guess_type(request.url.path)
    headers = {"X-Content-Type-Options": "nosniff"}
    return FileResponse(path, media_type=guessed or "application/octet-stream", headers=headers)


async def _answer(
    request: Request, sandbox: SandboxState, task: SandboxTask, part: str, source: bytes | Path
) -> Response:
    nth = task.downloads.get(part, 0)
    task.downloads[part] = nth + 1
    active = sandbox.board.active(Scope.DOWNLOAD, f"{task.dice_key}|{part}", nth=nth, extra=task.switches.values())
    refused = _rejection(active, is_signed="signature" in request.query_params)
    if refused is not None:
        return refused
    media_type = "text/plain" if "wrong_type" in active else results.TYPES[results.extension(task, part)]
    if any(name in active for name in odd_files.NAMES):
        return odd_files.answer(active, await _content(source), media_type)
    if "download_truncated" in active:
        return _stream(request, await _content(source), media_type, is_cut_off=True, duration_s=0.0)
    if switch := active.get("download_slow"):
        return _stream(request, await _content(source), media_type, is_cut_off=False, duration_s=switch.amount or 0.0)
    if isinstance(source, Path):
        return FileResponse(source, media_type=media_type)
    return _ranged(request, source, media_type)


def _rejection(active: Mapping[str, Switch], *, is_signed: bool) -> Response | None:
    answers = {} if is_signed else {"unsigned_link": Response("Forbidden", 403)}
    answers |= {
        "dead_link": Response("Not Found", 404),
        "download_503": Response("Service Unavailable", 503),
        "download_html": Response(_PAGE, media_type="text/html"),
        "download_empty": Response(b"", media_type="application/octet-stream"),
        "download_away": RedirectResponse(_PRIVATE_URL, 302),
    }
    return next((answers[name] for name in active if name in answers), None)


async def _content(source: bytes | Path) -> bytes:
    return source if isinstance(source, bytes) else await asyncio.to_thread(source.read_bytes)


def _stream(request: Request, content: bytes, media_type: str, *, is_cut_off: bool, duration_s: float) -> Response:
    """The bytes in chunks, slowly or cut off halfway, although the headers declare the full length."""
    step = max(1, -(-len(content) // _CHUNKS))

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(content), step):
            if is_cut_off and start >= len(content) // 2:
                await hang_up(request, after_sending=True)
                return
            yield content[start : start + step]
            await sandbox_of(request).pause(duration_s / _CHUNKS)

    return StreamingResponse(chunks(), media_type=media_type, headers={"Content-Length": str(len(content))})


def _ranged(request: Request, content: bytes, media_type: str) -> Response:
    """Bytes in memory, or the requested range of them."""
    size = len(content)
    headers = {"Accept-Ranges": "bytes"}
    match = _RANGE.fullmatch(request.headers.get("range", ""))
    if match is None or not (match[1] or match[2]):
        return Response(content, media_type=media_type, headers=headers)
    first = int(match[1]) if match[1] else max(0, size - int(match[2]))
    last = min(int(match[2]), size - 1) if match[1] and match[2] else size - 1
    if first > last:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return Response(content[first : last + 1], 206, media_type=media_type, headers=headers)
