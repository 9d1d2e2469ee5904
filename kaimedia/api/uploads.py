"""`/api/uploads`: upload an image, a video or a sound file to use as an input."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.types import Message

from kaimedia.api.parameters import Caller, CurrentStudio, UploadId, caller
from kaimedia.api.reference_schema import UPLOAD_ID
from kaimedia.api.schemas import Deleted, Out
from kaimedia.domain import InputKind
from kaimedia.errors import InvalidRequest, TooLarge, UnsupportedMedia
from kaimedia.studio import Incoming, Upload

router = APIRouter(prefix="/uploads", tags=["uploads"])
Sender = Annotated[Caller, Depends(caller)]

FIELDS = ("file", "image")  # of a form; either one, the second as in earlier versions
PIECE_BYTES = 256 * 1024
MAX_FORM_BYTES = 502_000_000  # the largest video plus the overhead of a form
_TYPES = (
    *("image/png", "image/jpeg", "image/webp", "video/mp4", "video/quicktime", "video/x-matroska", "video/webm"),
    *("audio/mpeg", "audio/wav", "audio/mp4", "audio/aac", "audio/ogg", "audio/flac", "audio/x-ms-wma"),
)
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_FORM = {"type": "object", "properties": {"file": _BYTES["schema"]}, "required": ["file"]}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "An image, video or sound file, or a form with one in the field `file`.",
        "content": {
            **dict.fromkeys(_TYPES, _BYTES),
            "multipart/form-data": {
                "schema": _FORM,
                "encoding": {"file": {"contentType": ", ".join(_TYPES)}},
            },
        },
    }
}


class UploadOut(Out):
    """An uploaded file."""

    upload_id: str = Field(pattern=UPLOAD_ID, description="The `upload_id` in `references`, or `image_upload_id`.")
    kind: InputKind
    mime_type: str = Field(description="Detected from the bytes, whatever the request says.")
    width_px: int | None = Field(description="Null for sound.")
    height_px: int | None = Field(description="Null for sound.")
    duration_s: float | None = Field(description="Seconds; null for images, and for videos that state no length.")
    has_sound: bool
    size_bytes: int
    expires_at: datetime = Field(description="When it is deleted; every use adds another day.")

    @classmethod
    def of(cls, upload: Upload) -> UploadOut:
        """The upload as JSON."""
        return cls(**{name: getattr(upload, name) for name in cls.model_fields})


@router.post("", status_code=201, openapi_extra=_BODY)
async def upload_file(request: Request, studio: CurrentStudio, sender: Sender) -> UploadOut:
    """Upload a file, as the request body or in a form; only the same API token can use it.

    An image (PNG, JPEG or WebP, up to 25 MiB and 50 megapixels, WebP: 25), a video (MP4, MOV, MKV or WebM, up to
    500 MB) or sound (MP3, WAV, M4A, AAC, OGG, FLAC or WMA, up to 100 MB), detected from the bytes; a model may take
    less. It is stored for 24 hours after its last use.
    """
    incoming = await run_in_threadpool(studio.uploads.begin)
    try:
        await _receive(request, incoming)
        return UploadOut.of(await run_in_threadpool(studio.uploads.save, incoming, sender.id))
    finally:
        await run_in_threadpool(incoming.discard)


@router.delete("/{upload_id}")
def delete_upload(studio: CurrentStudio, sender: Sender, upload_id: UploadId) -> Deleted:
    """Delete an upload now. Tasks that use it have their own copy."""
    studio.uploads.remove(upload_id, sender.id)
    return Deleted(deleted=1)


async def _receive(request: Request, incoming: Incoming) -> None:
    """Read the file from the body in chunks; it is never in memory as a whole."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > MAX_FORM_BYTES:
        raise _too_large()
    if kind == "application/json":
        raise UnsupportedMedia("This route accepts a file, not JSON.")
    is_empty = True
    if kind == "multipart/form-data":
        is_empty = not await _receive_form(request, incoming)
    else:
        async for piece in request.stream():
            is_empty = is_empty and not piece
            await run_in_threadpool(incoming.write, piece)
    if is_empty:
        raise InvalidRequest("Send a file, as the request body or in the form field “file”.", field="file")


async def _receive_form(request: Request, incoming: Incoming) -> int:
    """Write the form's file to `incoming`; return its size in bytes."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > MAX_FORM_BYTES:
            raise _too_large()
        return message

    written = 0
    try:
        async with Request(request.scope, counted).form(max_files=1, max_fields=20) as form:
            file = next((form[name] for name in FIELDS if name in form), None)
            while isinstance(file, UploadFile) and (piece := await file.read(PIECE_BYTES)):
                written += len(piece)
                await run_in_threadpool(incoming.write, piece)
    except HTTPException as error:  # raised only for an unreadable form
        raise InvalidRequest("The form cannot be read.", field="body") from error
    return written


def _too_large() -> TooLarge:
    return TooLarge("This file is larger than any model accepts.", next_step="Use a file up to 500 MB.")
