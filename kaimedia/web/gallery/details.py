"""Everything about one item, for the viewer."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest
from typing import Any

from kaimedia.domain import (
    TASK_ERRORS,
    BatchKind,
    ErrorCode,
    InputKind,
    Media,
    MediaDetails,
    MediaInput,
    Reference,
    Status,
    Task,
)
from kaimedia.domain.file_types import label_of
from kaimedia.errors import ResultExpired, TooLarge, UnsafePath, UnsupportedMedia
from kaimedia.models.next_steps import STEPS
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.registry import location_of, starting_label_of
from kaimedia.studio import OwnStep, Studio, next_step
from kaimedia.web.gallery.items import address

MAX_LABEL_CHARS = 160
AddressOf = Callable[[str | None], str]


def of(studio: Studio, media_id: int, address_of: AddressOf = address) -> dict[str, Any]:
    """The details of one item as `document` describes them.

    Raises:
        NotFound: there is no such item.
    """
    found = studio.gallery.details(media_id)
    item, fetchable_until = studio.missing_files.details(found.media)
    marked = replace(found, media=item)
    shown = document(marked, studio.catalog.models(), fetchable_until, _previews(studio, marked), address_of)
    return (
        shown
        | {"steps": [_step(each) for each in studio.next_steps.own_steps(item, found.task)]}
        | _comparison(studio, found.task)
    )


def _comparison(studio: Studio, task: Task | None) -> dict[str, Any]:
    """The comparison it was made in, and how often its model won: [times, of how many comparisons]; null for none."""
    if task is None:
        return {"comparison": None, "record": None}
    batch = studio.batches.get(task.batch_id).batch if task.batch_id is not None else None
    rate = studio.batches.win_rates().get(task.model)
    return {
        "comparison": batch.id if batch is not None and batch.kind is BatchKind.COMPARISON else None,
        "record": [rate.wins, rate.comparisons] if rate is not None else None,
    }


def _previews(studio: Studio, found: MediaDetails) -> list[bytes | None]:
    """For each input a preview if it is not in the gallery; None where there is none or its file is missing."""
    return [None if each.media else _preview(studio, each.reference) for each in found.inputs]


def _preview(studio: Studio, reference: Reference | None) -> bytes | None:
    if reference is None or reference.filename is None or reference.kind is InputKind.AUDIO:
        return None
    try:
        return studio.references.preview(reference)
    except (ResultExpired, UnsafePath, UnsupportedMedia, TooLarge):
        return None


def document(
    found: MediaDetails,
    models: Sequence[ModelSpec],
    fetchable_until: datetime | None = None,
    previews: Sequence[bytes | None] = (),
    address_of: AddressOf = address,
) -> dict[str, Any]:
    """The details as JSON; times are whole seconds since 1970 or null.

    `previews` are small WebP images of the inputs that are not (or no longer) in the gallery.
    """
    labels = {slot.role: slot.label for slot in spec.inputs} if (spec := _spec(found, models)) else {}
    media, task = found.media, found.task
    return {
        "id": media.id,
        "task_id": media.task_id,
        "provider_task_id": task.provider_task_id if task else None,
        "provider": media.provider,
        "provider_label": starting_label_of(media.provider),
        "provider_location": location_of(media.provider),
        "model": spec.label if spec else media.model,
        "model_id": media.model,
        "aspect_ratio": media.aspect_ratio,
        "params": _params(media.params, spec),
        "enhance": task.request.enhance if task else False,
        "variants": task.request.variants if task else 1,
        "variant": media.variant,
        "siblings": [each.id for each in found.siblings],
        "credits": _credits(task),
        "size_bytes": media.size_bytes,
        "mime": media.mime_type,
        "condition": media.condition.value,
        "fetch_until": _seconds(fetchable_until),
        "w": media.width_px,
        "h": media.height_px,
        "seconds": media.duration_s or 0,
        "asked_at": _seconds(task.created_at if task else media.created_at),
        "done_at": _seconds(task.provider_done_at if task else None),
        "saved_at": _seconds(media.completed_at),
        "tags": list(found.tags),
        "collections": [{"id": each.id, "name": each.name} for each in found.collections],
        "inputs": [
            {"role": each.role.value, "label": labels.get(each.role, "Reference image")}
            | _facts(each.reference)
            | _input(each, preview, address_of)
            for each, preview in zip_longest(found.inputs, previews)
        ],
        "used_in": [_linked(each, address_of) for each in found.made_from_this],
        "family": [_linked(each, address_of) for each in found.family] if len(found.family) > 2 else [],
        "family_credits": found.family_credits,
        "prompt": media.prompt,
        "error": _error(media, task),
        "deleted_at": _seconds(media.deleted_at),
    }


def _step(own: OwnStep) -> list[str]:
    """A row of the viewer's menu: the step, its label, and what it costs and rules out."""
    facts, price = STEPS[own.step], own.model.price
    hint = facts.hint
    if span := price.span_credits:
        amount = f"{span[0]:g}" if span[0] == span[1] else f"{span[0]:g}–{span[1]:g}"
        hint = f"{hint}, {amount} credits{price.unit.suffix}"
    if own.closes:
        names = " or ".join(spec.label for spec in own.closes)
        hint = f"{hint}. After this, it can no longer be used with {names}."
    return [own.step.value, facts.label, hint]


def _spec(found: MediaDetails, models: Sequence[ModelSpec]) -> ModelSpec | None:
    return next((each for each in models if each.id == found.media.model), None)


def _params(params: Mapping[str, Any], spec: ModelSpec | None) -> list[list[Any]]:
    """The model's parameters with their labels, without empty values."""
    labels = {param.name: param.label for param in spec.params} if spec else {}
    return [
        [labels.get(name) or name.replace("_", " ").capitalize(), value]
        for name, value in params.items()
        if value not in (None, "")
    ]


def _credits(task: Task | None) -> dict[str, Any] | None:
    """The cost of the whole task, not of a single result."""
    if task is None:
        return None
    if task.credits_actual is not None:
        return {"value": task.credits_actual, "is_estimate": False}
    return None if task.credits_estimated is None else {"value": task.credits_estimated, "is_estimate": True}


def _facts(reference: Reference | None) -> dict[str, Any]:
    """What kind of file an input is; `about` is its type and length, where known: "MP3, 12.0 s"."""
    kind = reference.kind if reference else InputKind.IMAGE
    label = label_of(reference.mime_type) if reference and reference.mime_type else ""
    length = f"{reference.duration_s:.1f} s" if reference and reference.duration_s is not None else ""
    return {"kind": kind.value, "about": ", ".join(filter(None, (label, length)))}


def _input(each: MediaInput, preview: bytes | None, address_of: AddressOf) -> dict[str, Any]:
    if each.media is not None:
        return _linked(each.media, address_of)
    image = f"data:image/webp;base64,{base64.b64encode(preview).decode()}" if preview else None
    return {"id": None, "thumb": image, "is_deleted": each.was_in_gallery}


def _linked(media: Media, address_of: AddressOf) -> dict[str, Any]:
    preview = media.thumbnail_path or media.poster_path or media.filename
    return {"id": media.id, "prompt": media.prompt[:MAX_LABEL_CHARS], "thumb": address_of(preview)}


def _error(media: Media, task: Task | None) -> dict[str, str] | None:
    if media.status is not Status.FAILED:
        return None
    step = next_step(task) if task else TASK_ERRORS[ErrorCode.PROVIDER_FAILED].next_step
    return {"title": media.error_message or "It failed.", "next_step": step}


def _seconds(moment: datetime | None) -> int | None:
    return int(moment.timestamp()) if moment else None
