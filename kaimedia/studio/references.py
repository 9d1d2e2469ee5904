"""Reference images: from bytes, a link or the gallery."""

from __future__ import annotations

from dataclasses import replace

from kaimedia.config import Config
from kaimedia.domain import Modality, Reference, Role
from kaimedia.errors import InvalidRequest, NotFound
from kaimedia.media.references import ReferenceStore
from kaimedia.media.storage import Storage
from kaimedia.models import catalogue
from kaimedia.models.inputs import InputSlot
from kaimedia.store.media.reader import MediaReader


class ReferenceService:
    """Reference images for tasks."""

    def __init__(self, config: Config, media: MediaReader, storage: Storage, references: ReferenceStore) -> None:
        self._config = config
        self._media = media
        self._storage = storage
        self._references = references

    def add(self, model: str, data: bytes, role: Role | None = None) -> Reference:
        """Check the bytes of an input for a model and store them; without a `role`, it gets the model's first.

        Raises:
            InvalidRequest: the model takes no such input.
            UnsupportedMedia, TooLarge: with a message for the user.
        """
        slot = slot_for(model, role)
        stored = self._references.add(data, allowed_mimes=slot.types, max_bytes=slot.max_bytes)
        return replace(stored, role=slot.role)

    def fetch(self, model: str, url: str, role: Role | None = None) -> Reference:
        """Fetch an input from a public link, check and store it; waits for that host, seconds.

        Raises:
            InvalidRequest: the model takes no such input.
            MediaError: the link or its content is not usable.
        """
        slot = slot_for(model, role)
        stored = self._references.fetch(
            url,
            allowed_mimes=slot.types,
            max_bytes=slot.max_bytes,
            trusted_hosts=self._config.trusted_hosts,
        )
        return replace(stored, role=slot.role)

    def from_media(self, model: str, media_id: int, role: Role | None = None) -> Reference:
        """Use an image of the gallery (or a video's poster) as input; the reference records the item's id.

        Raises:
            InvalidRequest: the model takes no such input.
            NotFound: there is no such item, or its file is missing.
        """
        slot = slot_for(model, role)
        item = self._media.get(media_id)
        name = item.filename if item.media_type is Modality.IMAGE else item.poster_path
        path = self._storage.path(name) if name else None
        if path is None:
            raise NotFound("The file of this item is missing.")
        stored = self._references.from_media(path, allowed_mimes=slot.types, max_bytes=slot.max_bytes)
        return replace(stored, media_id=media_id, role=slot.role)

    def preview(self, reference: Reference) -> bytes:
        """A small WebP of a stored reference, for display."""
        return self._references.thumbnail(reference)


def slot_for(model: str, role: Role | None) -> InputSlot:
    """The slot of a model for a role, by default its first. Raises InvalidRequest where it takes no such input."""
    spec = catalogue.get(model)
    slot = spec.input(role)
    if slot is None:
        what = f"no {role}" if role and spec.inputs else "no reference image"
        raise InvalidRequest(f"{spec.label} takes {what}. Remove it.", field="reference")
    return slot
