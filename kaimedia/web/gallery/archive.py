"""Several items as one streamed ZIP: the unchanged files, and their details in `prompts.json`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import PurePath
from typing import Any, BinaryIO
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from zipstream import ZIP_STORED, ZipStream

from kaimedia import runtime
from kaimedia.domain import Media, Task, utc_now
from kaimedia.errors import KaimediaError, ResultExpired, UnsafePath
from kaimedia.media.names import download_name
from kaimedia.studio import Studio
from kaimedia.web.gallery import query, responses

FORM_MAX_BYTES = 2 * 1024**2
BATCH_SIZE = 200  # items read at once
CHUNK_BYTES = 256 * 1024
NOTES = "prompts.json"


async def endpoint(request: Request) -> Response:
    """`POST archive` with the form field `ids`."""
    form = await _form(request)
    if form is None:
        return responses.of_text(413, "body_too_large", "The selection is too large.", "Choose fewer items.")
    return await run_in_threadpool(_begin, request, form)


async def _form(request: Request) -> Mapping[str, list[str]] | None:
    """The fields of a URL-encoded body, None if it is too large."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > FORM_MAX_BYTES:
            return None
    return parse_qs(body.decode("latin-1"), max_num_fields=20) if body.count(b"&") < 20 else {}


def _begin(request: Request, form: Mapping[str, list[str]]) -> Response:
    try:
        if not runtime.gallery_is_open_to(request.url.query, request.headers.get("authorization", "")):
            return responses.of_text(403, "forbidden", "This page is no longer signed in.", "Reload the page.")
        ids = query.many_ids(form.get("ids", [""])[0], query.MAX_IN_ARCHIVE)
        studio = runtime.studio()
    except KaimediaError as error:
        return responses.of_error(error)
    return StreamingResponse(stream(studio, ids), media_type="application/zip", headers=headers())


def headers() -> dict[str, str]:
    """HTTP headers of an archive."""
    return {
        "Content-Disposition": f'attachment; filename="kai-media-{utc_now():%Y%m%dT%H%M%SZ}.zip"',
        "Cache-Control": "no-store",
        "Content-Encoding": "identity",  # the contents are compressed already
    }


def stream(studio: Studio, ids: Sequence[int]) -> Iterator[bytes]:
    """The archive in chunks. Missing files are listed in `prompts.json` under `missing`.

    While the storage is down, it raises StorageUnavailable: a broken download is not taken for a complete one.
    """
    archive = ZipStream(compress_type=ZIP_STORED)
    labels = {spec.id: spec.label for spec in studio.catalog.models()}
    taken = {NOTES}
    notes: list[bytes] = []
    missing: list[dict[str, Any]] = []
    for start in range(0, len(ids), BATCH_SIZE):
        some = ids[start : start + BATCH_SIZE]
        media = studio.gallery.by_ids(some)
        missing += [{"id": id} for id in some if id not in {item.id for item in media}]
        tags, tasks = studio.collections.tags_of(some), studio.tasks.by_ids({item.task_id for item in media})
        for item in media:
            about = _note(item, tasks.get(item.task_id), labels, tags.get(item.id, ()))
            try:
                file = studio.gallery.open_file(item)
            except (ResultExpired, UnsafePath):
                missing.append({"id": item.id, **about})
                continue
            name = free_name(item, taken)
            archive.add(_pieces(file), name)
            yield from archive.file()
            notes.append(_json({"file": name, **about}))
    archive.add(_document(notes, missing), NOTES)
    yield from archive.finalize()


def free_name(item: Media, taken: set[str]) -> str:
    """A readable name, unique in the archive even if case is ignored; adds it to `taken`."""
    wanted = PurePath(download_name(item.prompt, item.filename or ""))
    for number in count(1):
        name = wanted.name if number == 1 else f"{wanted.stem}-{number}{wanted.suffix}"
        if name.casefold() not in taken:
            break
    taken.add(name.casefold())
    return name


def _note(item: Media, task: Task | None, labels: Mapping[str, str], tags: Sequence[str]) -> dict[str, Any]:
    return {
        "prompt": item.prompt,
        "kind": item.media_type.value,
        "model": labels.get(item.model, item.model),
        "model_id": item.model,
        "aspect_ratio": item.aspect_ratio,
        "duration_s": item.duration_s,
        "settings": dict(item.params),
        "reference": _reference(item, task),
        "inputs": _inputs(task),
        "enhance": task.request.enhance if task else False,
        "width_px": item.width_px,
        "height_px": item.height_px,
        "sha256": item.sha256,
        "created_at": item.created_at.isoformat(),
        "completed_at": item.completed_at.isoformat() if item.completed_at else None,
        "provider": item.provider,
        "task_id": item.task_id,
        "provider_task_id": task.provider_task_id if task else None,
        "is_favorite": item.is_favorite,
        "tags": list(tags),
    }


def _reference(item: Media, task: Task | None) -> dict[str, Any] | None:
    """The first input: a gallery item's id, or a link; both null for an uploaded file."""
    if inputs := _inputs(task):
        return {"media_id": inputs[0]["media_id"], "url": inputs[0]["url"]}
    return {"media_id": item.parent_id, "url": None} if item.parent_id is not None else None


def _inputs(task: Task | None) -> list[dict[str, Any]]:
    references = task.request.references if task else ()
    return [
        {"role": each.role, "kind": each.kind.value, "media_id": each.media_id, "url": each.url} for each in references
    ]


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(CHUNK_BYTES):
            yield piece


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _document(notes: Sequence[bytes], missing: Sequence[Mapping[str, Any]]) -> Iterator[bytes]:
    yield b'{"files": [\n'
    for place, note in enumerate(notes):
        yield (b",\n" if place else b"") + note
    yield b'\n],\n"missing": ' + _json(list(missing)) + b"}\n"
