"""The models available."""

from __future__ import annotations

from kaimedia.config import Config
from kaimedia.domain import Modality
from kaimedia.errors import InvalidRequest
from kaimedia.jobs.providers import Providers
from kaimedia.models import catalogue
from kaimedia.models.model_catalog import Listing, ModelCatalog
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.registry import label_of
from kaimedia.studio.listing_texts import detail_text, mark_text, refusal_text


class CatalogService:
    """The models available, with those found in the provider's own list; `lookup` only finds them."""

    def __init__(self, config: Config, providers: Providers, models: ModelCatalog) -> None:
        self._config = config
        self._providers = providers
        self.lookup = models
        self._usable: tuple[tuple[ModelSpec, ...], list[str], tuple[ModelSpec, ...]] | None = None

    def models(self, modality: Modality | None = None) -> tuple[ModelSpec, ...]:
        """The catalog, in display order; the whole is the same object as long as nothing about a model changes."""
        return self.lookup.all_models() if modality is None else self.lookup.by_modality(modality)

    def shipped(self, modality: Modality) -> tuple[ModelSpec, ...]:
        """The models that a default can be: those that cannot vanish with a provider's list."""
        return catalogue.by_modality(modality)

    def get(self, model_id: str) -> ModelSpec:
        """The model with that id, also if it is no longer offered. Raises InvalidRequest when there is none."""
        return self.lookup.get(model_id)

    def listing(self, spec: ModelSpec) -> Listing:
        """Whether the catalog and the provider's own list agree about a model."""
        return self.lookup.listing(spec)

    def mark(self, spec: ModelSpec) -> str:
        """The short mark of a model about which they do not agree, "" for none."""
        return mark_text(self.listing(spec), label_of(spec.provider))

    def detail(self, spec: ModelSpec) -> str:
        """What to know about that before sending, "" for nothing."""
        return detail_text(self.listing(spec), label_of(spec.provider))

    def refuses(self, spec: ModelSpec) -> bool:
        """True when requests for the model are refused before anything is sent: it is retired or not understood."""
        return self.is_retired(spec) or not self.listing(spec).is_sendable

    def usable(self) -> tuple[ModelSpec, ...]:
        """The models that nothing refuses requests for; the same object as long as nothing about a model changes."""
        models = self.models()
        retired = [spec.id for spec in models if spec.retirement is not None and self.is_retired(spec)]
        known = self._usable
        if known is None or known[0] is not models or known[1] != retired:
            usable = tuple(spec for spec in models if not self.refuses(spec))
            known = self._usable = (models, retired, usable)
        return known[2]

    def is_retired(self, spec: ModelSpec) -> bool:
        """True when the provider no longer runs the model."""
        is_lifted = spec.id in self._config.lifted_retirements
        if spec.retirement is None or is_lifted:
            return False
        return not self._providers.state_for(spec).is_sandbox

    def charging_providers(self) -> tuple[str, ...]:
        """The providers whose models are charged now, by name: those that are not free and can be used."""
        names = dict.fromkeys(spec.provider for spec in catalogue.all_models())
        states = [self._providers.state_of(name) for name in names]
        return tuple(state.name for state in states if not state.is_free and state.problem is None)

    def refusal(self, spec: ModelSpec) -> str:
        """Why nothing can be sent to a model that is not understood, "" if it can."""
        return refusal_text(self.listing(spec), spec.label, label_of(spec.provider))

    def check_understood(self, spec: ModelSpec) -> None:
        """Refuse a model whose form is missing or not complete. Raises InvalidRequest; `field` is the model."""
        if refusal := self.refusal(spec):
            raise InvalidRequest(refusal, field="model", next_step="Choose another model. Nothing was sent.")
