"""The form of `POST /v1/images/edits`: fields, images and a mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from kaimedia.api.openai.request import ImageRequest
from kaimedia.api.parameters import Caller
from kaimedia.domain import Reference, Role
from kaimedia.errors import InvalidRequest, StorageFull, TooLarge, UnsupportedMedia
from kaimedia.models.spec import ModelSpec
from kaimedia.studio import Studio

IMAGES = ("image", "image[]")
MASK = "mask"
MOST_IMAGES = 16
MOST_FIELDS = 40
MAX_FORM_BYTES = 100_000_000  # parts above a megabyte wait in the folder for temporary files
PIECE_BYTES = 256 * 1024


async def read_form(request: Request) -> FormData:
    """The form of the request; close it at the end. Files are on disk above a megabyte.

    Raises:
        UnsupportedMedia: the body is no form.
        TooLarge: it has too many bytes.
        InvalidRequest: it cannot be read.
        StorageFull: there is no space for it.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise UnsupportedMedia("Send the images as a form (multipart/form-data).", next_step="Use the field “image”.")
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > MAX_FORM_BYTES:
            raise TooLarge("These images are too large.", next_step="Use fewer or smaller images.")
        return message

    try:
        return await Request(request.scope, counted).form(max_files=MOST_IMAGES + 1, max_fields=MOST_FIELDS)
    except HTTPException as error:
        raise InvalidRequest("The form cannot be read.", field="body") from error
    except OSError as error:
        raise StorageFull("There is no space for the images of this request.") from error


def body_of(form: FormData) -> ImageRequest:
    """The fields of the form.

    Raises:
        RequestValidationError: one is missing or wrong.
    """
    fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    try:
        return ImageRequest.model_validate(fields)
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in error.errors()]) from error


async def references_of(form: FormData, studio: Studio, spec: ModelSpec, caller: Caller) -> tuple[Reference, ...]:
    """The images and the mask, stored as inputs of the model.

    Raises:
        InvalidRequest: there is no image, the model takes none, fewer, or no mask.
        MediaError: one cannot be used.
    """
    files = form.multi_items()
    images = [value for name, value in files if name in IMAGES and isinstance(value, UploadFile)]
    masks = [value for name, value in files if name == MASK and isinstance(value, UploadFile)]
    if not images:
        raise InvalidRequest("There is no image to edit.", field="image", next_step="Send it in the field “image”.")
    if not spec.inputs:
        raise InvalidRequest(f"{spec.label} takes no image.", field="model", next_step="Choose another model.")
    roles = _roles(spec, len(images))
    found = [await _stored(each, studio, spec, caller, role) for each, role in zip(images, roles, strict=True)]
    for mask in masks[:1]:
        found.append(await _mask(mask, studio, spec, found[0]))
    return tuple(found)


def _roles(spec: ModelSpec, number: int) -> Sequence[Role]:
    """The first role takes what it can; further images go to references."""
    first = spec.inputs[0]
    further = next((slot for slot in spec.inputs[1:] if slot.role is Role.REFERENCE), None)
    roles = [first.role] * min(number, first.maximum)
    roles += [further.role] * min(number - len(roles), further.maximum) if further else []
    if len(roles) < number:
        raise InvalidRequest(
            f"{spec.label} takes at most {len(roles)} image{'' if len(roles) == 1 else 's'}.",
            field="image",
            next_step="Send fewer images, or choose another model.",
        )
    return roles


async def _stored(file: UploadFile, studio: Studio, spec: ModelSpec, caller: Caller, role: Role) -> Reference:
    incoming = await run_in_threadpool(studio.uploads.begin)
    try:
        while piece := await file.read(PIECE_BYTES):
            await run_in_threadpool(incoming.write, piece)
        upload = await run_in_threadpool(studio.uploads.save, incoming, caller.id)
        try:
            return await run_in_threadpool(studio.uploads.reference, spec.id, upload.upload_id, caller.id, role)
        finally:
            await run_in_threadpool(studio.uploads.remove, upload.upload_id, caller.id)
    except UnsupportedMedia as error:
        accepted = await run_in_threadpool(studio.uploads.accepted, spec.id, role)
        raise UnsupportedMedia(error.message, next_step=accepted) from error
    finally:
        await run_in_threadpool(incoming.discard)


async def _mask(file: UploadFile, studio: Studio, spec: ModelSpec, image: Reference) -> Reference:
    slot = next((slot for slot in spec.inputs if slot.mask is not None), None)
    if slot is None:
        raise InvalidRequest(f"{spec.label} takes no mask.", field=MASK, next_step="Leave it out.")
    data = await file.read(slot.max_bytes + 1)
    if len(data) > slot.max_bytes:
        raise TooLarge("This mask is too large.", next_step=f"Use one of at most {slot.max_bytes:,} bytes.")
    try:
        return await run_in_threadpool(studio.references.masks.add_transparent, slot, data, image)
    except InvalidRequest as error:
        error.field = MASK
        raise


def fingerprint_of(references: Sequence[Reference], body: ImageRequest) -> dict[str, Any]:
    """What makes two edits the same: the fields, and the stored files, which are named by their content."""
    files = [replace(each, media_id=None).filename for each in references]
    return {"body": body.model_dump(mode="json", exclude_unset=True), "files": files}
