"""What was paid and may be lost: the use cases, grouped."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kaimedia.domain.integrity import Fault
from kaimedia.jobs.providers import Providers
from kaimedia.media.storage import Storage
from kaimedia.models.model_catalog import ModelCatalog
from kaimedia.store.stores import Stores
from kaimedia.studio.money import MoneyService
from kaimedia.studio.rescue.backfill import Backfill
from kaimedia.studio.rescue.import_service import ImportService
from kaimedia.studio.rescue.importer import Importer
from kaimedia.studio.rescue.integrity_check import IntegrityCheck
from kaimedia.studio.rescue.integrity_repair import IntegrityRepair
from kaimedia.studio.rescue.integrity_service import IntegrityService
from kaimedia.studio.rescue.outcomes import OutcomeService
from kaimedia.studio.rescue.unsaved import UnsavedService
from kaimedia.studio.tasks import TaskService


class Rescue:
    """Use cases for files that are missing or changed, results that are not saved, and tasks that are not here."""

    def __init__(
        self,
        stores: Stores,
        storage: Storage,
        providers: Providers,
        models: ModelCatalog,
        tasks: TaskService,
        money: MoneyService,
        wake: Callable[[], None],
    ) -> None:
        check = self._check = IntegrityCheck(stores.media_files, stores.unsaved, storage)
        repair = IntegrityRepair(check, stores.media_files, stores.task_reader, stores.task_results, storage)
        self.integrity = IntegrityService(check, repair, wake)
        importer = Importer(
            stores.imported_tasks, stores.task_reader, stores.task_updater, providers, models, money.rate_of
        )
        self.backfill = Backfill(stores, storage)
        self.imports = ImportService(importer, wake)
        self.outcomes = OutcomeService(stores.task_reader, stores.sent_tasks, stores.balances)
        self.unsaved = UnsavedService(stores.unsaved, stores.task_schedule, tasks.resume, tasks.get, wake)

    def faults(self, *, is_deep: bool) -> Iterator[Fault]:
        """Every fault of the stored files, one after the other; see `IntegrityCheck.faults`."""
        return (found.fault for found in self._check.faults(is_deep=is_deep))
