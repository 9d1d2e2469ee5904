"""Imports lists of provider task ids, one list at a time: in the background or at once."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from kaimedia.domain.imports import ImportResult, ImportState
from kaimedia.errors import InvalidRequest, KaimediaError, StaleTransition
from kaimedia.studio.rescue.importer import Importer

log = logging.getLogger(__name__)

MAX_IDS = 200
FIELD = "provider_task_ids"
_BETWEEN_IDS = re.compile(r"[\s,;]+")


class ImportService:
    """Import of tasks by their ids at the provider. Thread-safe. Nothing is charged."""

    def __init__(self, importer: Importer, wake: Callable[[], None]) -> None:
        self._importer = importer
        self._wake = wake
        self._guard = threading.Lock()
        self._state = ImportState()

    def state(self) -> ImportState:
        """The newest import since this process started; never waits."""
        return self._state

    def kinds(self) -> Mapping[str, str]:
        """The kinds of records that can be looked up, by name, with their labels.

        Raises:
            AuthFailed: there is no key.
            ProviderUnavailable: the provider in use cannot look up tasks.
        """
        return self._importer.kinds()

    def begin(self, ids: Sequence[str], *, model: str | None = None, family: str | None = None) -> None:
        """Import these ids in the background.

        Raises:
            InvalidRequest: there are no ids or too many, or no such model or kind.
            StaleTransition: an import is running.
            AuthFailed: there is no key.
            ProviderUnavailable: the provider in use cannot look up tasks.
        """
        ids = _checked(ids)
        families = self._importer.families_of(model, family)
        with self._guard:
            if self._state.is_running:
                raise StaleTransition("An import is running.", next_step="Wait until it is done.")
            run = threading.Thread(target=self._run, args=(ids, families, model), name="kaimedia-import", daemon=True)
            before, self._state = self._state, ImportState(is_running=True, total=len(ids))
            try:
                run.start()
            except RuntimeError as error:  # no more threads available
                self._state = before
                raise StaleTransition("It could not be started now.", next_step="Try again in a moment.") from error

    def run(self, ids: Sequence[str], *, model: str | None = None, family: str | None = None) -> Iterator[ImportResult]:
        """Import these ids now, one after the other; waits for the provider.

        Raises:
            InvalidRequest, AuthFailed, ProviderUnavailable: see `begin`.
            StoreUnavailable: the database does not answer.
        """
        ids = _checked(ids)
        families = self._importer.families_of(model, family)
        for each in ids:
            yield self._importer.run(each, families, model)
            self._wake()

    def _run(self, ids: Sequence[str], families: Sequence[str], model: str | None) -> None:
        problem = "It ended unexpectedly; the server log has the details."
        try:
            for each in ids:
                result = self._importer.run(each, families, model)
                self._state = replace(self._state, results=(*self._state.results, result))
                self._wake()
            problem = ""
        except KaimediaError as error:
            log.warning("import ended early: %s", error)
            problem = f"{error.message} {error.next_step}"
        finally:
            self._state = replace(self._state, is_running=False, problem=problem or None)


def ids_in(text: str) -> tuple[str, ...]:
    """The ids in a pasted list: separated by spaces, lines, commas or semicolons."""
    return tuple(filter(None, _BETWEEN_IDS.split(text)))


def _checked(ids: Sequence[str]) -> tuple[str, ...]:
    """The ids without repetitions."""
    unique = tuple(dict.fromkeys(each.strip() for each in ids if each.strip()))
    if not 1 <= len(unique) <= MAX_IDS:
        raise InvalidRequest(f"Enter 1 to {MAX_IDS} task IDs.", field=FIELD)
    return unique
