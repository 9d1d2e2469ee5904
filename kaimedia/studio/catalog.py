"""The models available."""

from __future__ import annotations

from kaimedia.config import Config
from kaimedia.domain import (
    Modality,
    ProviderKind,
)
from kaimedia.jobs.providers import Providers
from kaimedia.models import catalogue
from kaimedia.models.spec import ModelSpec


class CatalogService:
    """The models available."""

    def __init__(self, config: Config, providers: Providers) -> None:
        self._config = config
        self._providers = providers

    def models(self, modality: Modality | None = None) -> tuple[ModelSpec, ...]:
        """The catalog, in display order."""
        return catalogue.all_models() if modality is None else catalogue.by_modality(modality)

    def refuses(self, spec: ModelSpec) -> bool:
        """True when the model is retired: requests for it are refused before anything is sent."""
        is_lifted = spec.id in self._config.lifted_retirements
        runs_in_sandbox = spec.provider == ProviderKind.KIE and self._providers.kind() == ProviderKind.SANDBOX
        return spec.retirement is not None and not is_lifted and not runs_in_sandbox
