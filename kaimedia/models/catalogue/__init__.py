"""The available models, as data.

To add one, add an entry to a file of `market/`; models with endpoints of their own stand in `image.py` and `video.py`.
"""

from __future__ import annotations

from difflib import get_close_matches

from kaimedia.domain import Modality
from kaimedia.errors import InvalidRequest
from kaimedia.models.catalogue.image import IMAGE_MODELS
from kaimedia.models.catalogue.market import read_models
from kaimedia.models.catalogue.video import VIDEO_MODELS
from kaimedia.models.spec import ModelSpec, Rank

# Those that were here before the others, then by rank, else in the order of the files.
_FIRST = ("gpt4o-image", "veo3_fast", "veo3", "runway", "sora2", "kling-2.5-turbo")
_RANKS = tuple(Rank)


def _place(spec: ModelSpec) -> tuple[int, int]:
    return (_FIRST.index(spec.id), 0) if spec.id in _FIRST else (len(_FIRST), _RANKS.index(spec.rank))


MODELS: tuple[ModelSpec, ...] = tuple(sorted((*IMAGE_MODELS, *VIDEO_MODELS, *read_models()), key=_place))

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


def find(model_id: str) -> ModelSpec | None:
    """The model with that id, None if there is none."""
    return _by_id.get(model_id)


def get(model_id: str) -> ModelSpec:
    """The model with that id.

    Raises:
        InvalidRequest: there is no such model; the message names those with a similar id.
    """
    spec = _by_id.get(model_id)
    if spec is None:
        close = get_close_matches(model_id[:80].lower(), _by_id, n=3)
        guess = f" Did you mean {' or '.join(close)}?" if close else " GET /api/models lists those there are."
        raise InvalidRequest(f"There is no model “{model_id[:80]}”.{guess}", field="model")
    return spec


def by_modality(modality: Modality) -> tuple[ModelSpec, ...]:
    """The models that make images, or those that make videos, in catalog order."""
    return tuple(spec for spec in _by_id.values() if spec.modality is modality)


__all__ = ["MODELS", "all_models", "by_modality", "find", "get", "register", "unregister"]
