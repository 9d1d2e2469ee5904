"""`/api/uploads`: an image sent ahead, to be the reference of tasks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.types import Message

from kaimedia.api.asks import UPLOAD_ID
from kaimedia.api.parameters import Caller, CurrentStudio, UploadId, caller
from kaimedia.api.schemas import Deleted, Out
from kaimedia.errors import InvalidRequest, TooLarge, UnsupportedMedia
from kaimedia.studio import Incoming, Upload

router = APIRouter(prefix="/uploads", tags=["uploads"])
Sender = Annotated[Caller, Depends(caller)]

FIELD = "image"
PIECE_BYTES = 256 * 1024
MOST_FORM_BYTES = 27_000_000  # an image of the largest size and what a form puts around it
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_FORM = {"type": "object", "properties": {FIELD: _BYTES["schema"]}, "required": [FIELD]}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The bytes of a PNG, JPEG or WebP image, or a form with one in the field `image`.",
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
    """An image that waits for the tasks that use it."""

    upload_id: str = Field(pattern=UPLOAD_ID, description="What `image_upload_id` takes.")
    mime_type: str = Field(description="What its bytes say, whatever the request said.")
    width_px: int
    height_px: int
    size_bytes: int
    expires_at: datetime = Field(description="It goes then unless it is used; every use gives it another day.")

    @classmethod
    def of(cls, upload: Upload) -> UploadOut:
        """The upload as the API shows it."""
        return cls(**{name: getattr(upload, name) for name in cls.model_fields})


@router.post("", status_code=201, openapi_extra=_BODY)
async def upload_image(request: Request, studio: CurrentStudio, sender: Sender) -> UploadOut:
    """Send an image ahead, as the body itself or in a form; only the same API token can use it.

    What it is, its bytes decide: PNG, JPEG or WebP, up to 25 MiB and 50 megapixels (WebP: 25). It is kept for 24 hours
    after its last use.
    """
    incoming = await run_in_threadpool(studio.uploads.begin)
    try:
        await _receive(request, incoming)
        return UploadOut.of(await run_in_threadpool(studio.uploads.keep, incoming, sender.person))
    finally:
        await run_in_threadpool(incoming.discard)


@router.delete("/{upload_id}")
def delete_upload(studio: CurrentStudio, sender: Sender, upload_id: UploadId) -> Deleted:
    """Delete an upload at once. Tasks that were given it have their own copy."""
    studio.uploads.remove(upload_id, sender.person)
    return Deleted(deleted=1)


async def _receive(request: Request, incoming: Incoming) -> None:
    """Take the image out of the body, piece by piece: it is never in memory as a whole."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > MOST_FORM_BYTES:
        raise _too_large()
    if kind == "application/json":
        raise UnsupportedMedia("This route takes the image itself, not JSON.")
    is_empty = True
    if kind == "multipart/form-data":
        is_empty = not await _receive_form(request, incoming)
    else:
        async for piece in request.stream():
            is_empty = is_empty and not piece
            await run_in_threadpool(incoming.write, piece)
    if is_empty:
        raise InvalidRequest(f"Send an image, as the body itself or in the form field “{FIELD}”.", field=FIELD)


async def _receive_form(request: Request, incoming: Incoming) -> int:
    """The number of bytes in the form's image."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > MOST_FORM_BYTES:
            raise _too_large()
        return message

    written = 0
    try:
        async with Request(request.scope, counted).form(max_files=1, max_fields=20) as form:
            file = form.get(FIELD)
            while isinstance(file, UploadFile) and (piece := await file.read(PIECE_BYTES)):
                written += len(piece)
                await run_in_threadpool(incoming.write, piece)
    except HTTPException as error:  # the only one a form raises: it cannot be read
        raise InvalidRequest("The form cannot be read.", field="body") from error
    return written


def _too_large() -> TooLarge:
    return TooLarge("This image is larger than any model takes.", next_step="Use an image up to 25 MiB.")
