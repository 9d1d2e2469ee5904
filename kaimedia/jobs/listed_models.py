"""The models of the providers' own lists, as the catalog offers them: made from what is stored."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from kaimedia.domain import ProviderName, SavedListing, SchemaProblem
from kaimedia.errors import StoreError
from kaimedia.jobs.providers import goes_to_current
from kaimedia.models import catalogue
from kaimedia.models.model_catalog import KNOWN, Listing, ListingState
from kaimedia.models.schema_form import SchemaForm, form_of
from kaimedia.models.spec import ModelSpec
from kaimedia.store.model_lists import ModelLists

log = logging.getLogger("kaimedia.jobs")

IS_FRESH_S = 2.0


@dataclass(frozen=True, slots=True)
class _Added:
    """One model that the product did not ship with."""

    saved: SavedListing
    form: SchemaForm
    problem: SchemaProblem | None
    is_offered: bool


@dataclass(frozen=True, slots=True)
class _Loaded:
    """Everything at one revision: the added models, and the ids that are missing, by provider."""

    revisions: dict[str, int] = field(default_factory=dict)
    added: dict[str, dict[str, _Added]] = field(default_factory=dict)  # by our id
    missing: dict[str, dict[str, SavedListing]] = field(default_factory=dict)  # by the provider's id


class ListedModels:
    """As `AddedModels`; `current` is the provider in use.

    What is stored may be changed by another process, so its revision is looked up every two seconds. Without the
    database, what was last read stays.
    """

    def __init__(self, store: ModelLists, current: Callable[[], str]) -> None:
        self._store = store
        self._current = current
        self._guard = threading.Lock()
        self._loaded: _Loaded | None = None
        self._looked_at = 0.0

    def offered(self) -> tuple[ModelSpec, ...]:
        """Those of the provider in use, by id. Raises StoreUnavailable if they could never be read."""
        added = self._load().added.get(self._current(), {}).values()
        return tuple(each.form.spec for each in added if each.is_offered)

    def find(self, model_id: str) -> ModelSpec | None:
        """The one with that id, first of the provider in use. Raises as `offered`."""
        loaded = self._load().added
        for provider in (self._current(), *loaded):
            if (found := loaded.get(provider, {}).get(model_id)) is not None:
                return found.form.spec
        return None

    def listing(self, spec: ModelSpec) -> Listing:
        """What the list of the provider in use says about a model. Raises as `offered`."""
        if not goes_to_current(spec):
            return KNOWN
        loaded, kind = self._load(), self._current()
        added = loaded.added.get(kind, {}).get(spec.id)
        if added is not None:
            return _of_added(added)
        if catalogue.find(spec.id) is None:  # of another provider's list
            return Listing(ListingState.NOT_LISTED, None, spec.listed_ids, True, (), (), SchemaProblem.NOT_PUBLISHED)
        missing = loaded.missing.get(kind, {})
        gone = [missing[model_id] for model_id in dict.fromkeys(spec.listed_ids) if model_id in missing]
        if spec.retirement is not None or not gone:
            return KNOWN
        since = min(saved.missing_since for saved in gone if saved.missing_since is not None)
        return Listing(ListingState.NOT_LISTED, since, tuple(saved.model.id for saved in gone))

    def version(self) -> object:
        """Changes with what is stored and with the provider in use. Raises as `offered`."""
        return tuple(sorted(self._load().revisions.items())), self._current()

    def reload(self) -> None:
        """Look at what is stored at the next use."""
        with self._guard:
            self._looked_at = 0.0

    def _load(self) -> _Loaded:
        with self._guard:
            if self._loaded is not None and time.monotonic() - self._looked_at < IS_FRESH_S:
                return self._loaded
            try:
                revisions = {provider: check.revision for provider, check in self._store.checks().items()}
                if self._loaded is None or self._loaded.revisions != revisions:
                    self._loaded = _read(revisions, self._store.listings(), self._loaded or _Loaded())
            except StoreError as error:
                if self._loaded is None:
                    raise
                log.warning("the lists of models cannot be read: %s", error)
            self._looked_at = time.monotonic()
            return self._loaded


def shipped_ids(*, are_expected: bool = False) -> set[str]:
    """The provider's ids of the models that ship with the product; with `are_expected`, not those retired."""
    shipped = [spec for spec in catalogue.all_models() if goes_to_current(spec)]
    wanted = [spec for spec in shipped if spec.retirement is None] if are_expected else shipped
    return {model_id for spec in wanted for model_id in spec.listed_ids}


def _read(revisions: dict[str, int], listings: Iterable[SavedListing], before: _Loaded) -> _Loaded:
    """A model that did not change stays the same object, so that its form is not drawn anew."""
    known, ours = shipped_ids(), {spec.id for spec in catalogue.all_models()}
    makers = tuple(dict.fromkeys(spec.maker for spec in catalogue.all_models() if spec.maker))
    found = _Loaded(revisions)
    for saved in listings:
        remote = saved.model.id
        if saved.missing_since is not None:
            found.missing.setdefault(saved.provider, {})[remote] = saved
        if saved.model.modality is None or (remote in known and saved.input.schema is None):
            continue  # of a known id, only tasks sent before it was known need the form
        model_id = remote if remote not in ours else f"{remote}@{ProviderName.KIE}"
        old = before.added.get(saved.provider, {}).get(model_id)
        if old is None or old.saved != saved:
            form, problem = _form(saved, model_id, makers)
            is_offered = remote not in known and problem is not SchemaProblem.NOT_MEDIA
            old = _Added(saved, form, problem, is_offered)
        found.added.setdefault(saved.provider, {})[model_id] = old
    return found


def _form(saved: SavedListing, model_id: str, makers: Sequence[str]) -> tuple[SchemaForm, SchemaProblem | None]:
    """The form, and why it cannot be used; one schema that breaks the reader must not take the others with it."""
    as_of = saved.first_seen_at.date()
    try:
        form = form_of(saved.model, saved.input.schema, model_id=model_id, makers=makers, as_of=as_of)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        log.warning("the schema of %s cannot be read: %s: %s", saved.model.id, type(error).__name__, error)
        form = form_of(saved.model, None, model_id=model_id, makers=makers, as_of=as_of)
        return form, SchemaProblem.UNREADABLE
    return form, saved.input.problem


def _of_added(added: _Added) -> Listing:
    saved, form = added.saved, added.form
    is_there = saved.missing_since is None
    return Listing(
        ListingState.NEW if is_there else ListingState.NOT_LISTED,
        saved.first_seen_at if is_there else saved.missing_since,
        () if is_there else (saved.model.id,),
        is_added=True,
        hidden_fields=form.hidden,
        blocking_fields=form.missing,
        schema_problem=added.problem,
    )
