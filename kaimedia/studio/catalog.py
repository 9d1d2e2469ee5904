"""The models available."""

from __future__ import annotations

from kaimedia.config import Config
from kaimedia.domain import Modality
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
        if spec.retirement is None or is_lifted:
            return False
        return not self._providers.state_for(spec).is_sandbox

    def charging_providers(self) -> tuple[str, ...]:
        """The providers whose models are charged now, by name: those that are not free and can be used."""
        names = dict.fromkeys(spec.provider for spec in catalogue.all_models())
        states = [self._providers.state_of(name) for name in names]
        return tuple(state.name for state in states if not state.is_free and state.problem is None)
