"""Checks requests before they are queued, one or many."""

from __future__ import annotations

from collections.abc import Sequence

from kaimedia.domain import GenerationRequest
from kaimedia.errors import InvalidRequest
from kaimedia.jobs.providers import Providers
from kaimedia.media.references import ReferenceStore
from kaimedia.media.storage import Storage
from kaimedia.models.next_steps import once_field
from kaimedia.models.params import ParamKind
from kaimedia.models.spec import ModelSpec
from kaimedia.models.validation import refuse_retired, validate
from kaimedia.providers.registry import entry_of, is_free, starting_label_of
from kaimedia.store.database.database import Database
from kaimedia.store.tasks.continued import OnceOf
from kaimedia.store.tasks.creator import NewTask
from kaimedia.store.tasks.reader import TaskReader
from kaimedia.studio.catalog import CatalogService
from kaimedia.studio.estimates import Estimates
from kaimedia.studio.key_problems import refuse_without_key
from kaimedia.studio.masks import MaskService
from kaimedia.studio.money import MoneyService
from kaimedia.studio.payable import PayableCheck
from kaimedia.studio.totals import BatchPrice


class NewTasks:
    """Everything that must hold before a task is queued."""

    def __init__(
        self,
        catalog: CatalogService,
        reader: TaskReader,
        storage: Storage,
        references: ReferenceStore,
        providers: Providers,
        database: Database,
        money: MoneyService,
        payable: PayableCheck,
    ) -> None:
        self._money = money
        self._payable = payable
        self._catalog = catalog
        self._reader = reader
        self._storage = storage
        self.estimates = Estimates(catalog, references)
        self._references = references
        self._masks = MaskService(references)
        self._providers = providers
        self._database = database

    def provider_of(self, request: GenerationRequest) -> str:
        """The provider that a request goes to, by name."""
        return self._providers.state_for(self._catalog.get(request.model)).name

    def checked(self, request: GenerationRequest) -> NewTask:
        """The validated request, ready to be queued; nothing is stored yet.

        Raises:
            InvalidRequest: naming the field, or the model if its provider's schema is not understood.
            ModelRetired: the provider no longer runs the model.
            AuthFailed: the provider's key is missing or was rejected.
            MediaError: the file of an input is gone.
        """
        spec = self._catalog.get(request.model)
        self._catalog.check_understood(spec)  # first: a form that is not complete has no valid values
        request = validate(spec, request)
        provider = self._providers.name_for(spec)
        if self._catalog.is_retired(spec):
            refuse_retired(spec)
        refuse_without_key(self._providers, provider)
        if request.references and not entry_of(provider).takes_uploads:
            raise InvalidRequest(f"{starting_label_of(provider)} takes no input files.", field="reference")
        for reference in request.references:
            if reference.filename:
                self._references.path(reference)
        self._masks.check(spec, request.references)
        price = self.estimates.of(request)
        return NewTask(
            request=request,
            modality=spec.modality,
            provider=provider,
            n_media=request.variants,
            credits_estimated=price.reserved,
            continued_media_ids=self._sources(spec, request, provider),
            once_of=_once_of(spec, request),
            is_free=is_free(provider),
            is_price_open=price.reserved is not None and price.high is None,
            usd_per_credit=0.0 if is_free(provider) else self._money.rate_of(provider),
        )

    def prices(self, requests: Sequence[GenerationRequest]) -> dict[str, BatchPrice]:
        """The total by the provider that the requests go to; each has its own credits."""
        by_provider: dict[str, list[GenerationRequest]] = {}
        for request in requests:
            by_provider.setdefault(self.provider_of(request), []).append(request)
        return {provider: self.estimates.total(of_it) for provider, of_it in by_provider.items()}

    def check_payable(self, tasks: Sequence[NewTask], *, may_wait: bool = True) -> None:
        """Refuse, as a whole, what the balance surely cannot pay; `may_wait` as in `PayableCheck.refuse_unpayable`.

        Raises:
            CreditsExhausted: with what is missing.
        """
        by_provider: dict[str, list[GenerationRequest]] = {}
        for task in tasks:
            by_provider.setdefault(task.provider, []).append(task.request)
        self._payable.refuse_unpayable(
            {provider: self.estimates.total(of_it) for provider, of_it in by_provider.items()}, may_wait=may_wait
        )

    def check_room(self) -> None:
        """Check that a paid result could be kept.

        Raises:
            StorageFull: no disk space for it.
            DatabaseClosed: the database file was deleted or replaced; a request made now would be lost.
        """
        self._storage.check_writable()
        self._database.check_file()

    def _sources(self, spec: ModelSpec, request: GenerationRequest, provider: str) -> tuple[int, ...]:
        """The first item of each of this app's tasks that the request continues."""
        names = [param.name for param in spec.params if param.kind is ParamKind.TASK]
        given = [str(request.params[name]) for name in names if request.params.get(name)]
        tasks = [self._reader.by_provider_id(provider, provider_task_id) for provider_task_id in given]
        return tuple(task.media_ids[0] for task in tasks if task is not None and task.media_ids)


def _once_of(spec: ModelSpec, request: GenerationRequest) -> OnceOf | None:
    """The task that the request continues, where that is done only once."""
    field = once_field(spec)
    return OnceOf(field.name, str(request.params[field.name])) if field else None
