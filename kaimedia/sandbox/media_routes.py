"""The result hosts: pictures and clips under their links, and the faults that befall a download."""

from __future__ import annotations

import asyncio
import mimetypes
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from kaimedia.sandbox import odd_files, results
from kaimedia.sandbox.account_routes import is_good
from kaimedia.sandbox.auth import desk_of
from kaimedia.sandbox.desk import Desk
from kaimedia.sandbox.faultlist import Scope
from kaimedia.sandbox.faults import Switch
from kaimedia.sandbox.line import hang_up
from kaimedia.sandbox.task import SandboxTask, State
from kaimedia.sandbox.uploads import ROOM

_PAGE = "<!doctype html><html><head><title>Just a moment…</title></head><body>Checking your browser</body></html>"
_AWAY = "http://169.254.169.254/latest/meta-data/"
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_PIECES = 20


def routes() -> list[Route]:
    """Results in all folders, and uploads."""
    return [
        *(Route(f"/{folder}/{{name}}", result, methods=["GET", "HEAD"]) for folder in results.FOLDERS),
        Route(f"/{ROOM}/{{path:path}}", upload, methods=["GET", "HEAD"]),
    ]


async def result(request: Request) -> Response:
    """One result; 404 before it is done and after its days, 403 for a signed link that has run out."""
    desk = desk_of(request)
    desk.tally.count("downloads", desk.now())
    found = results.parse(request.url.path)
    task = desk.ledger.find(found[0]) if found else None
    if not found or task is None or desk.view(task).state is not State.SUCCESS or desk.view(task).is_expired:
        return Response("Not Found", 404)
    if not is_good(request.url.path, request.url.query, desk.now()):
        return Response("Forbidden", 403)
    source = desk.results.open(task, found[1])
    if source is None:
        return Response("Not Found", 404)
    return await _answer(request, desk, task, found[1], source)


async def upload(request: Request) -> Response:
    """One upload; its type follows the extension of its name, not its bytes."""
    desk = desk_of(request)
    path = desk.uploads.find(request.url.path, desk.now())
    if path is None:
        return Response("Not Found", 404)
    guessed, _ = mimetypes.guess_type(request.url.path)
    headers = {"X-Content-Type-Options": "nosniff"}
    return FileResponse(path, media_type=guessed or "application/octet-stream", headers=headers)


async def _answer(request: Request, desk: Desk, task: SandboxTask, part: str, source: bytes | Path) -> Response:
    nth = task.downloads.get(part, 0)
    task.downloads[part] = nth + 1
    striking = desk.board.striking(Scope.DOWNLOAD, f"{task.dice_key}|{part}", nth=nth, own=task.switches.values())
    refused = _refusal(striking, is_signed="signature" in request.query_params)
    if refused is not None:
        return refused
    media_type = "text/plain" if "wrong_type" in striking else results.TYPES[results.extension(task, part)]
    if any(name in striking for name in odd_files.NAMES):
        return odd_files.answer(striking, await _content(source), media_type)
    if "download_truncated" in striking:
        return _stream(request, await _content(source), media_type, breaks_off=True, lasts_s=0.0)
    if switch := striking.get("download_slow"):
        return _stream(request, await _content(source), media_type, breaks_off=False, lasts_s=switch.amount or 0.0)
    if isinstance(source, Path):
        return FileResponse(source, media_type=media_type)
    return _ranged(request, source, media_type)


def _refusal(striking: Mapping[str, Switch], *, is_signed: bool) -> Response | None:
    answers = {} if is_signed else {"unsigned_link": Response("Forbidden", 403)}
    answers |= {
        "dead_link": Response("Not Found", 404),
        "download_503": Response("Service Unavailable", 503),
        "download_html": Response(_PAGE, media_type="text/html"),
        "download_empty": Response(b"", media_type="application/octet-stream"),
        "download_away": RedirectResponse(_AWAY, 302),
    }
    return next((answers[name] for name in striking if name in answers), None)


async def _content(source: bytes | Path) -> bytes:
    return source if isinstance(source, bytes) else await asyncio.to_thread(source.read_bytes)


def _stream(request: Request, content: bytes, media_type: str, *, breaks_off: bool, lasts_s: float) -> Response:
    """The bytes in pieces, slowly or not to the end, though the headers promise them all."""
    step = max(1, -(-len(content) // _PIECES))

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(content), step):
            if breaks_off and start >= len(content) // 2:
                await hang_up(request, after_sending=True)
                return
            yield content[start : start + step]
            await desk_of(request).pause(lasts_s / _PIECES)

    return StreamingResponse(pieces(), media_type=media_type, headers={"Content-Length": str(len(content))})


def _ranged(request: Request, content: bytes, media_type: str) -> Response:
    """Bytes in memory, or the one range asked for."""
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
