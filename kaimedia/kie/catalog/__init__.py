"""The models on offer, as data: a new one is one entry in `image.py` or `video.py`."""

from __future__ import annotations

from kaimedia.domain import Modality
from kaimedia.errors import InvalidRequest
from kaimedia.kie.catalog.image import IMAGE_MODELS
from kaimedia.kie.catalog.video import VIDEO_MODELS
from kaimedia.kie.spec import ModelSpec

MODELS: tuple[ModelSpec, ...] = (*IMAGE_MODELS, *VIDEO_MODELS)

_BY_ID = {spec.id: spec for spec in MODELS}


def get(model_id: str) -> ModelSpec:
    """The model of that id.

    Raises:
        InvalidRequest: no such model; the message names those there are.
    """
    spec = _BY_ID.get(model_id)
    if spec is None:
        known = ", ".join(_BY_ID)
        raise InvalidRequest(f"There is no model “{model_id[:80]}”. The models are: {known}.", field="model")
    return spec


def by_modality(modality: Modality) -> tuple[ModelSpec, ...]:
    """The models that make pictures, or those that make clips, in the order of the catalogue."""
    return tuple(spec for spec in MODELS if spec.modality is modality)


__all__ = ["MODELS", "by_modality", "get"]
