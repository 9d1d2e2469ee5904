"""`/api/uploads`: upload an image to use as a reference."""

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
from kaimedia.errors import InvalidRequest, TooLarge, UnsupportedMedia
from kaimedia.studio import Incoming, Upload

router = APIRouter(prefix="/uploads", tags=["uploads"])
Sender = Annotated[Caller, Depends(caller)]

FIELD = "image"
PIECE_BYTES = 256 * 1024
MAX_FORM_BYTES = 27_000_000  # the largest image plus the overhead of a form
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_FORM = {"type": "object", "properties": {FIELD: _BYTES["schema"]}, "required": [FIELD]}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A PNG, JPEG or WebP image, or a form with one in the field `image`.",
        "content": {
            "image/png": _BYTES,
            "image/jpeg": _BYTES,
            "image/webp": _BYTES,
            "multipart/form-data": {
                "schema": _FORM,
                "encoding": {FIELD: {"contentType": "image/png, image/jpeg, image/webp"}},
            },
        },
    }
}


class UploadOut(Out):
    """An uploaded image."""

    upload_id: str = Field(pattern=UPLOAD_ID, description="The value for `image_upload_id`.")
    mime_type: str = Field(description="Detected from the bytes, whatever the request says.")
    width_px: int
    height_px: int
    size_bytes: int
    expires_at: datetime = Field(description="When it is deleted; every use adds another day.")

    @classmethod
    def of(cls, upload: Upload) -> UploadOut:
        """The upload as JSON."""
        return cls(**{name: getattr(upload, name) for name in cls.model_fields})


@router.post("", status_code=201, openapi_extra=_BODY)
async def upload_image(request: Request, studio: CurrentStudio, sender: Sender) -> UploadOut:
    """Upload an image, as the request body or in a form; only the same API token can use it.

    PNG, JPEG or WebP (detected from the bytes), up to 25 MiB and 50 megapixels (WebP: 25). It is stored for 24 hours
    after its last use.
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
    """Read the image from the body in chunks; it is never in memory as a whole."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > MAX_FORM_BYTES:
        raise _too_large()
    if kind == "application/json":
        raise UnsupportedMedia("This route accepts an image, not JSON.")
    is_empty = True
    if kind == "multipart/form-data":
        is_empty = not await _receive_form(request, incoming)
    else:
        async for piece in request.stream():
            is_empty = is_empty and not piece
            await run_in_threadpool(incoming.write, piece)
    if is_empty:
        raise InvalidRequest(f"Send an image, as the request body or in the form field “{FIELD}”.", field=FIELD)


async def _receive_form(request: Request, incoming: Incoming) -> int:
    """Write the form's image to `incoming`; return its size in bytes."""
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
            file = form.get(FIELD)
            while isinstance(file, UploadFile) and (piece := await file.read(PIECE_BYTES)):
                written += len(piece)
                await run_in_threadpool(incoming.write, piece)
    except HTTPException as error:  # raised only for an unreadable form
        raise InvalidRequest("The form cannot be read.", field="body") from error
    return written


def _too_large() -> TooLarge:
    return TooLarge("This image is larger than any model accepts.", next_step="Use an image up to 25 MiB.")
