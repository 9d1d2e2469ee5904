"""The available models, as data; to add one, add an entry to `image.py` or `video.py`."""

from __future__ import annotations

from kaimedia.domain import Modality
from kaimedia.errors import InvalidRequest
from kaimedia.kie.catalog.image import IMAGE_MODELS
from kaimedia.kie.catalog.video import VIDEO_MODELS
from kaimedia.kie.spec import ModelSpec

MODELS: tuple[ModelSpec, ...] = (*IMAGE_MODELS, *VIDEO_MODELS)

_BY_ID = {spec.id: spec for spec in MODELS}


def get(model_id: str) -> ModelSpec:
    """The model with that id.

    Raises:
        InvalidRequest: there is no such model; the message lists the existing ones.
    """
    spec = _BY_ID.get(model_id)
    if spec is None:
        known = ", ".join(_BY_ID)
        raise InvalidRequest(f"There is no model “{model_id[:80]}”. The models are: {known}.", field="model")
    return spec


def by_modality(modality: Modality) -> tuple[ModelSpec, ...]:
    """The models that make images, or those that make videos, in catalog order."""
    return tuple(spec for spec in MODELS if spec.modality is modality)


__all__ = ["MODELS", "by_modality", "get"]
