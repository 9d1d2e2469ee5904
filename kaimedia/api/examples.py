"""Example responses for the OpenAPI document, made with the response schemas."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from kaimedia import __version__
from kaimedia.api.batches import BatchDetail, Batches, BatchOut, ProviderCost
from kaimedia.api.callbacks import CallbackReceived
from kaimedia.api.collections import CollectionOut, Collections
from kaimedia.api.examples_of_money import of_money
from kaimedia.api.examples_of_rescue import of_rescue
from kaimedia.api.health import CheckOut, Health, Readiness
from kaimedia.api.model_schemas import ListingOut, ModelOut
from kaimedia.api.models import Catalog, Credits, FavoriteModel, ModelDetail
from kaimedia.api.schemas import Accepted, Deleted, Matched, MediaOut, Out, TaskOut
from kaimedia.api.selections import Restored, Trashed
from kaimedia.api.settings import MASK, SettingsOut
from kaimedia.api.styles import StyleOut, Styles
from kaimedia.api.tags import TagOut, Tags
from kaimedia.api.tasks import HeldOut
from kaimedia.api.trash import TrashOut
from kaimedia.api.uploads import UploadOut
from kaimedia.domain import (
    Batch,
    BatchKind,
    BatchProgress,
    GenerationRequest,
    InputKind,
    Media,
    Modality,
    MoneySettings,
    Phase,
    ProviderName,
    Settings,
    Status,
    Task,
)
from kaimedia.models.catalogue import MODELS
from kaimedia.models.json_schema import request_schema
from kaimedia.models.model_catalog import Listing

_TASK_ID = "0f8a3c5e9d7b4f6182a3b4c5d6e7f809"
_CREATED_AT = datetime(2026, 11, 22, 10, 15, 30, tzinfo=UTC)
_DONE_AT = _CREATED_AT + timedelta(seconds=41)
_PROMPT = "a paper boat on a still lake, morning mist"
_NAME = "image_20261122T101530Z_7d3f0a9c5b1e4f2d8a6c3b5e7f901234"
_URL = f"/static/media/{_NAME}.png"
_CURSOR = "MjAyNi0xMS0yMlQxMDoxNTozMFp8MQ"
METRICS = """# HELP kaimedia_tasks Tasks by phase
# TYPE kaimedia_tasks gauge
kaimedia_tasks{phase="queued"} 2.0
"""
TEXTS = {"text/plain": METRICS, "application/zip": "PK…"}  # responses that are not JSON


@cache
def examples() -> dict[str, Any]:
    """Examples as JSON, by schema name."""
    task, item = _task(), _media()
    model = ModelOut.of(MODELS[0], is_available=True, listing=ListingOut.of(Listing()))
    deleted = item.model_copy(update={"deleted_at": _DONE_AT + timedelta(days=2)})
    collection = CollectionOut(id=1, name="Boats", count=7, created_at=_DONE_AT)
    style = _style()
    answers: tuple[Out, ...] = (
        _accepted(),
        task,
        item,
        Deleted(deleted=12),
        _settings(),
        Catalog(items=[model]),
        ModelDetail(**model.model_dump(), request_schema=request_schema(MODELS[0])),
        FavoriteModel(id=MODELS[0].id, is_favorite=True),
        Credits(provider=ProviderName.KIE, credits=812.5, checked_at=_CREATED_AT, is_refreshing=False, problem=None),
        Health(version=__version__, queue_depth=2, queue={Phase.QUEUED: 2}, engine="embedded", workers=None),
        Readiness(status="ready", checks=[CheckOut(name="database", is_well=True, detail="can be written")]),
        CallbackReceived(),
        HeldOut(changed=3),
        Matched(matched=2),
        Restored(restored=2),
        Trashed(deleted=2, media_ids=[3, 4]),
        Tags(items=[TagOut(name="boats", count=7), TagOut(name="for Ada", count=2)]),
        _upload(),
        style,
        Styles(items=[style], problems=[]),
        collection,
        Collections(items=[collection]),
        _batch(),
        Batches(items=[_batch()], next_before=None),
        BatchDetail.of(_BATCH, costs=[_COST], tasks=[task]),
        *of_rescue(_plain_task(), f"{_NAME}_thumb.webp"),
        *of_money(),
        TrashOut(items=[deleted], next_cursor=None, total=1, size_bytes=1_204_512, kept_days=30),
    )
    bodies: dict[str, Any] = {type(answer).__name__: answer.model_dump(mode="json") for answer in answers}
    return bodies | {"PageOut_TaskOut_": _page(task), "PageOut_MediaOut_": _page(item)}


def _page(item: Out) -> dict[str, Any]:
    return {"items": [item.model_dump(mode="json")], "next_cursor": _CURSOR, "total": 73}


def _accepted() -> Accepted:
    return Accepted.of(replace(_plain_task(), status=Status.PENDING))


def _plain_task() -> Task:
    return Task(
        task_id=_TASK_ID,
        modality=Modality.IMAGE,
        model="gpt4o-image",
        provider=ProviderName.KIE,
        request=GenerationRequest("gpt4o-image", _PROMPT, "3:2"),
        status=Status.COMPLETED,
        phase=Phase.DONE,
        progress=1.0,
        media_ids=(1,),
        created_at=_CREATED_AT,
        updated_at=_DONE_AT,
        completed_at=_DONE_AT,
        provider_task_id="9f2c",
        credits_estimated=6.0,
        credits_actual=6.0,
    )


def _task() -> TaskOut:
    # Written out because real URLs are signed if sign-in is required.
    return TaskOut.of(_plain_task(), ()).model_copy(update={"result_urls": [_URL]})


def _media() -> MediaOut:
    item = Media(
        id=1,
        media_type=Modality.IMAGE,
        prompt=_PROMPT,
        model="gpt4o-image",
        aspect_ratio="3:2",
        task_id=_TASK_ID,
        status=Status.COMPLETED,
        created_at=_CREATED_AT,
        completed_at=_DONE_AT,
        width_px=1536,
        height_px=1024,
        size_bytes=1_204_512,
        sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        mime_type="image/png",
    )
    addresses = {
        "url": _URL,
        "thumbnail_url": f"/static/media/{_NAME}_thumb.webp",
        "thumbnail_large_url": f"/static/media/{_NAME}_thumb2x.webp",
        "download_url": f"{_URL}?download=1",
    }
    return MediaOut.of(item, ("boats",)).model_copy(update=addresses)


_BATCH = BatchProgress(
    batch=Batch(1, BatchKind.PROMPTS, "Boats", _CREATED_AT),
    unsent=26,
    running=4,
    completed=8,
    failed=1,
    may_have_cost=1,
    credits_estimated=240.0,
    unpriced=0,
    credits_actual=48.0,
)


_COST = ProviderCost(provider="kie", tasks=39, credits_estimated=240.0, unpriced=0, credits_actual=48.0)


def _batch() -> BatchOut:
    return BatchOut.of(_BATCH)


def _upload() -> UploadOut:
    return UploadOut(
        upload_id="5b1e4f2d8a6c3b5e7f9012347d3f0a9c",
        kind=InputKind.IMAGE,
        mime_type="image/png",
        width_px=1536,
        height_px=1024,
        duration_s=None,
        has_sound=False,
        size_bytes=1_204_512,
        expires_at=_CREATED_AT + timedelta(days=1),
    )


def _style() -> StyleOut:
    return StyleOut(
        id="blue-ink",
        name="Blue ink",
        type=None,
        prompt="{prompt}. Blue ink on rough paper",
        is_own=True,
        model=None,
        aspect_ratio=None,
        duration=None,
        n_variants=None,
        params={},
    )


def _settings() -> SettingsOut:
    saved, money = Settings(), MoneySettings()
    names = (name for name in SettingsOut.model_fields if name.startswith("default_"))
    return SettingsOut(
        provider=ProviderName.KIE,
        api_key=f"{MASK} 1a2b",
        api_key_source="settings",
        api_key_problem=None,
        updated_at=_CREATED_AT,
        **{name: getattr(saved, name) for name in names},
        usd_per_credit=money.usd_per_credit,
        currency=money.currency,
        currency_per_usd=money.currency_per_usd,
        confirm_above=money.confirm_above,
        confirm_unit=money.confirm_unit,
    )
