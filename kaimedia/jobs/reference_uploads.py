"""Sends the inputs of tasks to their provider before the paid call."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from kaimedia.domain import Reference, Task
from kaimedia.errors import UnsupportedMedia
from kaimedia.jobs.providers import Providers
from kaimedia.media.names import mime_of
from kaimedia.media.references import ReferenceStore
from kaimedia.models import catalogue


@dataclass(frozen=True, slots=True)
class ReferenceUploads:
    """Uploads references; free, so it may be repeated. `trusted_hosts` may be fetched from though they are local."""

    references: ReferenceStore
    providers: Providers
    trusted_hosts: Collection[str]

    def upload(self, task: Task, reference: Reference) -> str:
        """Upload one input and return its link. A file stored for a model that takes other types is converted.

        Raises:
            MediaError: it cannot be fetched, is missing, or is not what the model takes.
            ProviderError: the provider did not take it.
        """
        spec = catalogue.get(task.model)
        slot = spec.input(reference.role)
        if slot is None:
            raise UnsupportedMedia(f"{spec.label} no longer takes this reference.")
        limits: dict[str, Any] = {"allowed_mimes": slot.types, "max_bytes": slot.max_bytes}
        if reference.url is not None:
            reference = self.references.fetch(reference.url, trusted_hosts=self.trusted_hosts, **limits)
        path = self.references.path(reference)
        if mime_of(path.name) not in slot.types or path.stat().st_size > slot.max_bytes:
            path = self.references.path(self.references.from_media(path, **limits))
        return self.providers.client(task.provider).upload(path, mime_of(path.name))
