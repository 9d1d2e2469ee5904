"""The user's own order of models: favorites, and those used last."""

from __future__ import annotations

from kaimedia.domain import utc_now
from kaimedia.models.model_catalog import ModelCatalog
from kaimedia.store.models import PreferredModels

RECENT = 5


class PreferredModelService:
    """Favorite and recently used models; favorites are of the installation, not of one user."""

    def __init__(self, preferred: PreferredModels, models: ModelCatalog) -> None:
        self._preferred = preferred
        self._models = models

    def favorites(self) -> tuple[str, ...]:
        """The ids of the favorites, the newest first."""
        return self._preferred.favorites()

    def set_favorite(self, model_id: str, *, is_favorite: bool) -> None:
        """Mark a model as a favorite, or not. Raises InvalidRequest when there is no such model."""
        self._preferred.set_favorite(self._models.get(model_id).id, is_favorite=is_favorite, now=utc_now())

    def recent(self) -> tuple[str, ...]:
        """The ids of the last five models used for images and for videos, the last used first."""
        return tuple(model for models in self._preferred.recent(RECENT).values() for model in models)
