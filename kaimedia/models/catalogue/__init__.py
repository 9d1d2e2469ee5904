"""The available models, as data; to add one, add an entry to `image.py` or `video.py`."""

from __future__ import annotations

from kaimedia.domain import Modality
from kaimedia.errors import InvalidRequest
from kaimedia.models.catalogue.image import IMAGE_MODELS
from kaimedia.models.catalogue.video import VIDEO_MODELS
from kaimedia.models.spec import ModelSpec

MODELS: tuple[ModelSpec, ...] = (*IMAGE_MODELS, *VIDEO_MODELS)

_by_id = {spec.id: spec for spec in MODELS}


def register(spec: ModelSpec) -> None:
    """Add a model that does not ship with the product, or replace the one of that id."""
    _by_id[spec.id] = spec


def unregister(model_id: str) -> None:
    """Remove a model that was added."""
    _by_id.pop(model_id, None)


def all_models() -> tuple[ModelSpec, ...]:
    """Every model, in the order of the catalogue; added models come last."""
    return tuple(_by_id.values())


def get(model_id: str) -> ModelSpec:
    """The model with that id.

    Raises:
        InvalidRequest: there is no such model; the message lists the existing ones.
    """
    spec = _by_id.get(model_id)
    if spec is None:
        known = ", ".join(_by_id)
        raise InvalidRequest(f"There is no model “{model_id[:80]}”. The models are: {known}.", field="model")
    return spec


def by_modality(modality: Modality) -> tuple[ModelSpec, ...]:
    """The models that make images, or those that make videos, in catalog order."""
    return tuple(spec for spec in _by_id.values() if spec.modality is modality)


__all__ = ["MODELS", "all_models", "by_modality", "get", "register", "unregister"]
