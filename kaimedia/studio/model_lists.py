"""Compares the catalog with the provider's own list of models, at most once a day, in the background."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kaimedia.domain import ListCheck, ListedModel, SavedListing, SchemaProblem, utc_now
from kaimedia.errors import AuthFailed, KaimediaError, ProviderUnavailable, StoreError, UnexpectedResponse
from kaimedia.jobs.listed_models import ListedModels, shipped_ids
from kaimedia.jobs.providers import Providers
from kaimedia.providers.base import ListsModels
from kaimedia.providers.registry import starting_label_of
from kaimedia.store.model_lists import ModelLists
from kaimedia.studio.daily_reading import STALE_AFTER, DailyReading

log = logging.getLogger("kaimedia.studio")


@dataclass(frozen=True, slots=True)
class ModelListState:
    """The comparison with the list of the provider in use.

    `new` are the ids that only the list has, of models that make images or videos; `missing` those that only the
    catalog has. `known` counts the ids that both have. All are those of the last comparison that succeeded.
    """

    provider: str
    check: ListCheck
    is_running: bool
    known: int
    new: tuple[str, ...]
    missing: tuple[str, ...]


class ModelListService:
    """One comparison at a time, over all processes on this database; `reading` does it in the background.

    Times are from `now`, aware UTC.
    """

    def __init__(
        self, store: ModelLists, providers: Providers, listed: ListedModels, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._store = store
        self._providers = providers
        self._listed = listed
        self._now = now
        self.reading = DailyReading("models", self.compare, self._check_of, providers, now)

    def state(self) -> ModelListState:
        """What is known of the list of the provider in use."""
        provider = self._providers.current()
        check = self._check_of(provider)
        saved = [each for each in self._store.listings() if each.provider == provider]
        shipped, expected = shipped_ids(), shipped_ids(are_expected=True)
        listed = {each.model.id for each in saved if each.missing_since is None}
        new = tuple(each.model.id for each in saved if _is_new(each, shipped))
        missing = tuple(sorted(expected - listed)) if check.checked_at else ()
        return ModelListState(provider, check, self.reading.is_running(check), len(expected & listed), new, missing)

    def compare(self) -> bool:
        """Compare now; waits for the provider, a second for each new model. False if another process already does.

        A failure is stored with its reason, and what was known before stays.

        Raises:
            StoreUnavailable: the result cannot be stored.
        """
        provider, now = self._providers.current(), self._now()
        if not self._store.begin(provider, now=now, stale_before=now - STALE_AFTER):
            return False
        failure = "The comparison was interrupted."
        try:
            failure = self._compared(provider)
        except KaimediaError as error:
            failure = error.message
            log.warning("the list of models was not compared: %s", error)
        finally:
            self._store.finish(provider, failure=failure, now=self._now())
            self._listed.reload()
        return True

    def _compared(self, provider: str) -> str:
        """Returns what could not be read, "" if everything was."""
        client = self._providers.client(provider)
        if not isinstance(client, ListsModels):
            raise ProviderUnavailable(f"{starting_label_of(provider)} does not publish its list of models.")
        shipped, models = shipped_ids(), client.listed_models()
        if not shipped & {model.id for model in models}:
            raise UnexpectedResponse(f"{starting_label_of(provider)} listed none of the models known here.")
        self._store.save_list(provider, models, expected=shipped_ids(are_expected=True), now=self._now())
        new = [model for model in models if model.id not in shipped and model.modality is not None]
        log.info("%d models are listed, %d of them are not known here", len(models), len(new))
        return self._read_schemas(provider, client, new)

    def _read_schemas(self, provider: str, client: ListsModels, new: list[ListedModel]) -> str:
        failures: list[str] = []
        for model in new:
            if self.reading.is_over:
                return "The app was closed before all schemas were read."
            try:
                found = client.input_schema(model.id)
                self._store.save_schema(provider, model.id, found, now=self._now())
            except (ProviderUnavailable, AuthFailed, StoreError):
                raise
            except KaimediaError as error:
                failures.append(f"The schema of {model.id} could not be read: {error.message}")
        return failures[0] if failures else ""

    def _check_of(self, provider: str) -> ListCheck:
        return self._store.checks().get(provider, ListCheck())


def _is_new(saved: SavedListing, shipped: set[str]) -> bool:
    is_media = saved.model.modality is not None and saved.input.problem is not SchemaProblem.NOT_MEDIA
    return saved.missing_since is None and is_media and saved.model.id not in shipped
