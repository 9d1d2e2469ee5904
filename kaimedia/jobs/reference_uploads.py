"""Sends the inputs of tasks to their provider before the paid call."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from kaimedia.domain import Reference, Task
from kaimedia.errors import InvalidRequest, UnsupportedMedia
from kaimedia.jobs.providers import Providers
from kaimedia.media import masks
from kaimedia.media.names import mime_of
from kaimedia.media.references import ReferenceStore
from kaimedia.models.inputs import InputSlot, check_files, masked_pair
from kaimedia.models.model_catalog import ModelCatalog


@dataclass(frozen=True, slots=True)
class ReferenceUploads:
    """Uploads references; free, so it may be repeated. `trusted_hosts` may be fetched from though they are local."""

    references: ReferenceStore
    providers: Providers
    trusted_hosts: Collection[str]
    models: ModelCatalog

    def stored(self, task: Task) -> list[Reference]:
        """The task's inputs that are not uploaded yet, as stored files; links are fetched.

        Raises:
            MediaError: one cannot be fetched, or is not what the model takes, or they are too long together.
        """
        uploaded = dict(enumerate(task.reference_urls))
        waiting = [each for at, each in enumerate(task.request.references) if not uploaded.get(at)]
        found = [(self._slot(task, each), each) for each in waiting]
        stored = [(slot, self._fetched(each, slot) if each.url else each) for slot, each in found]
        try:
            for slot in dict.fromkeys(slot for slot, _ in stored):
                check_files(slot, [each for its_slot, each in stored if its_slot == slot])
        except InvalidRequest as error:  # only now are the files behind links known
            raise UnsupportedMedia(error.message) from error
        return self._with_fitting_mask(task, [each for _, each in stored])

    def _with_fitting_mask(self, task: Task, stored: list[Reference]) -> list[Reference]:
        """The inputs with a mask that has its image's size and, where the model wants that, its type."""
        slots = self.models.get(task.model).mode_for(task.request.references).inputs
        pair = masked_pair(slots, stored)
        if pair is None:  # also where one of the two is uploaded already: both were checked before that
            return stored
        slot, mask, image = pair
        path, own = self.references.path(stored[image]), self.references.path(stored[mask])
        masks.check_fits(own, path)
        wanted = mime_of(path.name)
        if slot.mask is None or not slot.mask.same_type or mime_of(own.name) == wanted:
            return stored
        limits = slot.limits | {"allowed_mimes": (wanted,)}
        converted = replace(self.references.from_media(own, **limits), role=slot.role)
        return [converted if at == mask else each for at, each in enumerate(stored)]

    def upload(self, task: Task, reference: Reference) -> str:
        """Upload one stored input and return its link. An image stored for a model that takes others is converted.

        Raises:
            MediaError: it is missing, or is not what the model takes.
            ProviderError: the provider did not take it.
        """
        slot = self._slot(task, reference)
        path = self.references.path(reference)
        if mime_of(path.name) not in slot.types or path.stat().st_size > slot.max_bytes:
            path = self.references.path(self.references.from_media(path, **slot.limits))
        return self.providers.client(task.provider).upload(path, mime_of(path.name))

    def _fetched(self, reference: Reference, slot: InputSlot) -> Reference:
        found = self.references.fetch(reference.url or "", trusted_hosts=self.trusted_hosts, **slot.limits)
        return replace(found, role=reference.role)

    def _slot(self, task: Task, reference: Reference) -> InputSlot:
        spec = self.models.get(task.model)
        slot = spec.mode_for(task.request.references).input(reference.role)
        if slot is None:
            raise UnsupportedMedia(f"{spec.label} no longer takes this reference.")
        return slot
