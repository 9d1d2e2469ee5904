"""Brings a task into this app by its id at the provider."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from kaimedia.domain import GenerationRequest, Modality, Phase, utc_now
from kaimedia.domain.imports import ImportOutcome, ImportResult
from kaimedia.errors import (
    AuthFailed,
    InvalidRequest,
    KaimediaError,
    ProviderUnavailable,
    StaleTransition,
    StoreUnavailable,
)
from kaimedia.jobs.providers import Providers
from kaimedia.models.model_catalog import ModelCatalog
from kaimedia.models.spec import ModelSpec
from kaimedia.models.validation import validate
from kaimedia.providers.base import FindsTasks, FoundTask, TaskState
from kaimedia.providers.registry import is_free, starting_label_of
from kaimedia.store.tasks.creator import NewTask
from kaimedia.store.tasks.imports import FoundFacts, ImportedTasks
from kaimedia.store.tasks.reader import TaskReader
from kaimedia.store.tasks.updater import TaskUpdater
from kaimedia.studio.provider_records import clean_id
from kaimedia.studio.rescue.found_cleaning import cleaned
from kaimedia.studio.rescue.lost_tasks import LostTasks

_RATIO_FIELDS = ("aspect_ratio", "aspectRatio", "size", "image_size", "ratio")
_LONGEST_S = 3600
_STOP = (AuthFailed, StoreUnavailable)  # the next id would meet the same


class Importer:
    """Imports one id at a time. Waits for the provider, which paces the reads; nothing is charged."""

    def __init__(
        self,
        imported: ImportedTasks,
        tasks: TaskReader,
        updater: TaskUpdater,
        providers: Providers,
        models: ModelCatalog,
        rate_of: Callable[[str], float | None],
    ) -> None:
        self._imported = imported
        self._lost = LostTasks(imported, tasks)
        self._tasks = tasks
        self._updater = updater
        self._providers = providers
        self._models = models
        self._rate_of = rate_of  # US dollars per credit of a provider

    def kinds(self) -> Mapping[str, str]:
        """The kinds of records that can be looked up, with their labels; those to try first come first.

        Raises:
            AuthFailed: there is no key.
            ProviderUnavailable: the provider in use cannot look up tasks.
        """
        return self._client().record_families

    def families_of(self, model_id: str | None, family: str | None) -> tuple[str, ...]:
        """The kinds of records to look in: that of the model, the one named, or all.

        Raises:
            InvalidRequest: there is no such model or kind, or the model has none.
            AuthFailed, ProviderUnavailable: see `kinds`.
        """
        kinds = self.kinds()
        if model_id:
            wanted = self._models.get(model_id).family
            field = "model"
        elif family:
            wanted, field = family, "family"
        else:
            return tuple(kinds)
        if wanted not in kinds:
            raise InvalidRequest(
                "Tasks of this kind cannot be looked up.", field=field, next_step=f"Use one of {', '.join(kinds)}."
            )
        return (wanted,)

    def run(self, typed_id: str, families: Iterable[str], model_id: str | None = None) -> ImportResult:
        """Import one id.

        Raises:
            AuthFailed: there is no key, or it is refused.
            StoreUnavailable: the database does not answer.
        """
        provider = self._providers.current()
        try:
            provider_task_id = clean_id(typed_id, provider)
        except InvalidRequest as error:
            return ImportResult(typed_id.strip()[:128], ImportOutcome.INVALID, detail=error.message)
        known = self._tasks.by_provider_id(provider, provider_task_id)
        if known is not None:
            return ImportResult(provider_task_id, ImportOutcome.KNOWN, known.task_id)
        try:
            found = self._find(provider_task_id, families)
            if found is None:
                return ImportResult(provider_task_id, ImportOutcome.NOT_FOUND)
            return self._bring(provider, provider_task_id, found, model_id)
        except _STOP:
            raise
        except KaimediaError as error:
            return ImportResult(provider_task_id, ImportOutcome.UNREADABLE, detail=error.message)

    def _client(self) -> FindsTasks:
        provider = self._providers.current()
        client = self._providers.client(provider)
        if not isinstance(client, FindsTasks):
            raise ProviderUnavailable(f"{starting_label_of(provider)} cannot look up tasks by their ID.")
        return client

    def _find(self, provider_task_id: str, families: Iterable[str]) -> FoundTask | None:
        client = self._client()
        found = next((found for each in families if (found := client.find_task(each, provider_task_id))), None)
        return None if found is None else cleaned(found, utc_now())

    def _bring(self, provider: str, provider_task_id: str, found: FoundTask, model_id: str | None) -> ImportResult:
        spec, is_certain = self._spec_of(found, model_id)
        modality = spec.modality if spec else found.modality
        request = _request(found, spec, modality)
        lost = self._lost.find(provider, found, spec, request)
        if lost is None and found.report.state is TaskState.FAILED:
            return ImportResult(provider_task_id, ImportOutcome.FAILED, detail=found.report.message)
        try:
            if lost is not None:
                task_id, now = lost.task.task_id, utc_now()
                self._updater.attach_provider_id(provider_task_id, now, task_id=task_id, is_proven=lost.is_proven)
                return ImportResult(provider_task_id, ImportOutcome.ATTACHED, task_id)
            is_done = found.report.state is TaskState.COMPLETED
            if not is_done and spec is None:  # nothing here could poll it
                text = "It is not finished yet, and its model is not known here."
                return ImportResult(provider_task_id, ImportOutcome.UNREADABLE, detail=text)
            price = _list_price(spec, request) if is_certain else None
            new = self._new_task(provider, modality, request, price)
            task = self._imported.add(new, _facts(provider_task_id, found), utc_now())
        except StaleTransition:  # its callback, or another import, was first
            known = self._tasks.by_provider_id(provider, provider_task_id)
            return ImportResult(provider_task_id, ImportOutcome.KNOWN, known.task_id if known else None)
        outcome = ImportOutcome.IMPORTED if is_done else ImportOutcome.FOLLOWED
        return ImportResult(provider_task_id, outcome, task.task_id)

    def _spec_of(self, found: FoundTask, model_id: str | None) -> tuple[ModelSpec | None, bool]:
        """The model: the one the record names, else the one the user chose, else the first of its kind.

        With it, whether it is sure to be that one: the first of several is not, so its price may be another.
        """
        of_kind = [spec for spec in self._models.all_models() if spec.family == found.family]
        named = [spec for spec in of_kind if found.model_name in (spec.id, spec.remote_name, *spec.listed_ids)]
        chosen = [spec for spec in of_kind if spec.id == model_id]
        if named or chosen or found.family == "market":
            return next(iter(named or chosen), None), True
        return next(iter(of_kind), None), len(of_kind) == 1

    def _new_task(
        self, provider: str, modality: Modality, request: GenerationRequest, list_price: float | None
    ) -> NewTask:
        return NewTask(
            request=request,
            modality=modality,
            provider=provider,
            n_media=request.variants,
            credits_estimated=list_price,
            usd_per_credit=0.0 if is_free(provider) else self._rate_of(provider),
            is_free=is_free(provider),
        )


def _request(found: FoundTask, spec: ModelSpec | None, modality: Modality) -> GenerationRequest:
    """What the record says was requested, as far as it is understood."""
    fields = found.fields
    ratios = [text for name in _RATIO_FIELDS if isinstance(text := fields.get(name), str)]
    known = {param.name for param in spec.params} if spec else set()
    return GenerationRequest(
        model=spec.id if spec else found.model_name or found.family,
        prompt=found.prompt,
        aspect_ratio=next((text for text in ratios if spec is None or text in spec.aspect_ratios), ""),
        variants=max(1, len(found.report.result_urls)),
        duration_s=_seconds(fields.get("duration")) if modality is Modality.VIDEO else None,
        params={name: value for name, value in fields.items() if name in known},
    )


def _list_price(spec: ModelSpec | None, request: GenerationRequest) -> float | None:
    """The list price if the record is a request that could be made here; counted where the provider reports nothing."""
    if spec is None:
        return None
    try:
        return spec.estimate_credits(validate(spec, request))
    except InvalidRequest:
        return None


def _facts(provider_task_id: str, found: FoundTask) -> FoundFacts:
    now = utc_now()
    made_at = min(found.created_at or now, now)
    is_done = found.report.state is TaskState.COMPLETED
    return FoundFacts(
        provider_task_id=provider_task_id,
        phase=Phase.SAVING if is_done else Phase.WAITING,
        result_urls=found.report.result_urls,
        credits=found.report.credits,
        made_at=made_at,
        done_at=_done_at(found.report.completed_at, made_at, now) if is_done else None,
    )


def _done_at(reported: datetime | None, made_at: datetime, now: datetime) -> datetime:
    return min(max(reported or made_at, made_at), now)


def _seconds(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) <= _LONGEST_S else None
