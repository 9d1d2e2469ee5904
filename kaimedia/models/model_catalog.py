"""The catalog as it is used: the models that ship with the product, and those found in the provider's own list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from kaimedia.domain import Modality, SchemaProblem
from kaimedia.models import catalogue
from kaimedia.models.spec import ModelSpec


class ListingState(StrEnum):
    """How the catalog and the provider's own list agree about a model."""

    KNOWN = "known"  # both have it, or they were not compared yet
    NOT_LISTED = "not_listed"  # the provider's list lacks it
    NEW = "new"  # only the provider's list has it


@dataclass(frozen=True, slots=True)
class Listing:
    """What the provider's own list says about a model.

    `since` is when an id of it was first missed, or when a new model was first seen; aware UTC. `missing_ids` are the
    provider's ids that are missing. `is_added` is True for a model that did not ship with the product; then
    `hidden_fields` are the fields of its schema that are not understood, `blocking_fields` those of them without which
    it takes no request, and `schema_problem` is why it has no schema at all.
    """

    state: ListingState = ListingState.KNOWN
    since: datetime | None = None
    missing_ids: tuple[str, ...] = ()
    is_added: bool = False
    hidden_fields: tuple[str, ...] = ()
    blocking_fields: tuple[str, ...] = ()
    schema_problem: SchemaProblem | None = None

    @property
    def is_sendable(self) -> bool:
        """False if its provider's schema cannot be satisfied here."""
        return self.schema_problem is None and not self.blocking_fields


KNOWN = Listing()


class AddedModels(Protocol):
    """The models that do not ship with the product. Thread-safe, and fast: it is asked for every page."""

    def offered(self) -> tuple[ModelSpec, ...]:
        """Those to choose from."""
        ...

    def find(self, model_id: str) -> ModelSpec | None:
        """The one with that id, also if it is no longer offered: tasks of it may be open."""
        ...

    def listing(self, spec: ModelSpec) -> Listing:
        """What the provider's own list says about any model."""
        ...

    def version(self) -> object:
        """Equal as long as all of this stays as it is."""
        ...


class ListedPriceTable(Protocol):
    """The prices of a provider's own list. Thread-safe and fast, like `AddedModels`."""

    def applied(self, spec: ModelSpec) -> ModelSpec:
        """The model with the prices of the list, where it has other ones; the same object while nothing changes."""
        ...

    def version(self) -> object:
        """Equal as long as the prices stay as they are."""
        ...


class ModelCatalog:
    """All models by id. Those that ship with the product win, with the prices of the provider's own list."""

    def __init__(self, added: AddedModels | None = None, prices: ListedPriceTable | None = None) -> None:
        self._added = added
        self._prices = prices
        self._known: tuple[object, tuple[ModelSpec, ...]] | None = None

    def get(self, model_id: str) -> ModelSpec:
        """The model with that id.

        Raises:
            InvalidRequest: there is no such model; the message names those with a similar id.
        """
        found = catalogue.find(model_id) or (self._added.find(model_id) if self._added else None)
        return self._priced(found or catalogue.get(model_id))

    def all_models(self) -> tuple[ModelSpec, ...]:
        """Every model offered, in the order of the catalog; added models come last.

        The same object as long as nothing about any model has changed: pages keep what they make of all of them.
        """
        shipped, prices, added = catalogue.all_models(), self._prices, self._added
        version = shipped, prices.version() if prices else None, added.version() if added else None
        known = self._known
        if known is None or known[0] != version:
            models = (*map(self._priced, shipped), *(added.offered() if added else ()))
            known = self._known = (version, models)
        return known[1]

    def by_modality(self, modality: Modality) -> tuple[ModelSpec, ...]:
        """Those that make images, or those that make videos."""
        return tuple(spec for spec in self.all_models() if spec.modality is modality)

    def listing(self, spec: ModelSpec) -> Listing:
        """What the provider's own list says about a model."""
        return self._added.listing(spec) if self._added else KNOWN

    def _priced(self, spec: ModelSpec) -> ModelSpec:
        return self._prices.applied(spec) if self._prices else spec


SHIPPED = ModelCatalog()  # only what ships with the product
