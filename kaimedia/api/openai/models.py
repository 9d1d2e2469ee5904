"""`/v1/models`: the image models, as OpenAI lists its own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Path
from pydantic import BaseModel

from kaimedia.api.parameters import CurrentStudio
from kaimedia.domain import Modality
from kaimedia.errors import NotFound
from kaimedia.models.spec import ModelSpec
from kaimedia.studio import Studio

router = APIRouter(prefix="/models", tags=["models"])


class Model(BaseModel):
    """A model; `owned_by` is who made it."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str

    @classmethod
    def of(cls, spec: ModelSpec) -> Self:
        """The model as OpenAI shows it; `created` is 0 where it is not known since when it is offered."""
        since = _moment(spec.since).timestamp() if spec.since else 0
        return cls(id=spec.id, created=int(since), owned_by=spec.maker or spec.provider)


class Models(BaseModel):
    """All of them."""

    object: Literal["list"] = "list"
    data: list[Model]


@router.get("")
def list_models(studio: CurrentStudio) -> Models:
    """The image models that take a prompt and can be used now."""
    return Models(data=[Model.of(spec) for spec in _offered(studio)])


@router.get("/{model_id}")
def get_model(studio: CurrentStudio, model_id: Annotated[str, Path(max_length=100)]) -> Model:
    """One of them."""
    found = next((spec for spec in _offered(studio) if spec.id == model_id), None)
    if found is None:
        raise NotFound(f"There is no image model “{model_id}”.", next_step="`GET /v1/models` lists them.")
    return Model.of(found)


def _offered(studio: Studio) -> list[ModelSpec]:
    return [spec for spec in studio.catalog.models(Modality.IMAGE) if not studio.catalog.refuses(spec)]


def _moment(day: str) -> datetime:
    """From a day or a month in ISO 8601."""
    return datetime.fromisoformat(f"{day}-01"[:10]).replace(tzinfo=UTC)
