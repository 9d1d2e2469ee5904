"""What was paid and may be lost: the use cases, grouped."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kaimedia.domain.integrity import Fault
from kaimedia.media.storage import Storage
from kaimedia.store.stores import Stores
from kaimedia.studio.rescue.integrity_check import IntegrityCheck
from kaimedia.studio.rescue.integrity_repair import IntegrityRepair
from kaimedia.studio.rescue.integrity_service import IntegrityService


class Rescue:
    """Use cases for files that are missing or changed."""

    def __init__(self, stores: Stores, storage: Storage, wake: Callable[[], None]) -> None:
        check = self._check = IntegrityCheck(stores.media_files, stores.unsaved, storage)
        repair = IntegrityRepair(check, stores.media_files, stores.task_reader, stores.task_results, storage)
        self.integrity = IntegrityService(check, repair, wake)

    def faults(self, *, is_deep: bool) -> Iterator[Fault]:
        """Every fault of the stored files, one after the other; see `IntegrityCheck.faults`."""
        return (found.fault for found in self._check.faults(is_deep=is_deep))
