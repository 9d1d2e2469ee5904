"""`/api/models` and `/api/credits`: the catalog, and the balance."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.convertors import PathConvertor, register_url_convertor

from kaimedia.api.model_schemas import ListingOut, ModelOut
from kaimedia.api.parameters import CurrentStudio
from kaimedia.api.schemas import Out
from kaimedia.domain import Modality
from kaimedia.errors import NotFound
from kaimedia.models.json_schema import request_schema
from kaimedia.models.spec import ModelSpec
from kaimedia.studio import KeyCheck, Studio, key_problem_text


class ModelIdConvertor(PathConvertor):
    """An id, perhaps with slashes; the routes of favorites end with a word that belongs to no id."""

    regex = "(?:(?!/favorite$).)+"


register_url_convertor("model_id", ModelIdConvertor())
router = APIRouter(tags=["models"])


class Catalog(Out):
    """All models, in display order."""

    items: list[ModelOut]


class Credits(Out):
    """The provider's last known balance."""

    provider: str
    credits: float | None = Field(description="Null until the first check, or if the provider did not report it.")
    checked_at: datetime | None
    is_refreshing: bool = Field(description="True while the balance is being updated; try again in a second.")
    problem: str | None


@router.get("/models")
def list_models(
    studio: CurrentStudio, type: Annotated[Modality | None, Query(description="Only images, or only videos.")] = None
) -> Catalog:
    """The catalog with request fields, list prices and typical times."""
    favorites = studio.preferred_models.favorites()
    return Catalog(items=[_model(studio, spec, favorites) for spec in studio.catalog.models(type)])


def _model(studio: Studio, spec: ModelSpec, favorites: Collection[str]) -> ModelOut:
    return ModelOut.of(
        spec,
        is_available=not studio.catalog.refuses(spec),
        listing=ListingOut.of(studio.catalog.listing(spec), studio.catalog.detail(spec)),
        is_favorite=spec.id in favorites,
    )


class ModelDetail(ModelOut):
    """A model, with the schema of its requests."""

    request_schema: dict[str, Any] = Field(description="JSON Schema of a request to generate with this model.")


class FavoriteModel(Out):
    """Whether a model is a favorite now."""

    id: str
    is_favorite: bool


@router.put("/models/{model_id:path}/favorite")
def add_favorite_model(model_id: str, studio: CurrentStudio) -> FavoriteModel:
    """Mark a model as a favorite; favorites are shared by all users of this installation."""
    return _set_favorite(studio, model_id, is_favorite=True)


@router.delete("/models/{model_id:path}/favorite")
def remove_favorite_model(model_id: str, studio: CurrentStudio) -> FavoriteModel:
    """Unmark a model as a favorite."""
    return _set_favorite(studio, model_id, is_favorite=False)


@router.get("/models/{model_id:model_id}")
def get_model(model_id: str, studio: CurrentStudio) -> ModelDetail:
    """One model with its request fields, list prices and the JSON Schema of its requests."""
    spec = _spec(studio, model_id)
    model = _model(studio, spec, studio.preferred_models.favorites())
    return ModelDetail(**model.model_dump(), request_schema=request_schema(spec))


@router.get("/credits")
def get_credits(studio: CurrentStudio) -> Credits:
    """The last known balance; if it is older than a minute, it is updated in the background."""
    check, is_refreshing = studio.account.balance()
    return _credits(studio, check, is_refreshing=is_refreshing)


@router.post("/credits/check")
def check_credits(studio: CurrentStudio) -> Credits:
    """Fetch the balance from the provider now, which also checks the key. May take a few seconds."""
    return _credits(studio, studio.account.check_key(), is_refreshing=False)


def _spec(studio: Studio, model_id: str) -> ModelSpec:
    spec = next((spec for spec in studio.catalog.models() if spec.id == model_id), None)
    if spec is None:
        raise NotFound("There is no such model. GET /api/models lists them.")
    return spec


def _set_favorite(studio: Studio, model_id: str, *, is_favorite: bool) -> FavoriteModel:
    spec = _spec(studio, model_id)
    studio.preferred_models.set_favorite(spec.id, is_favorite=is_favorite)
    return FavoriteModel(id=spec.id, is_favorite=is_favorite)


def _credits(studio: Studio, check: KeyCheck, *, is_refreshing: bool) -> Credits:
    state = studio.account.state()
    return Credits(
        provider=state.name,
        credits=check.balance_credits,
        checked_at=check.checked_at,
        is_refreshing=is_refreshing,
        problem=key_problem_text(state) or check.message,
    )
