"""Reference images: from bytes, a link or the gallery."""

from __future__ import annotations

from dataclasses import replace

from kaimedia.config import Config
from kaimedia.domain import Modality, Reference
from kaimedia.errors import NotFound
from kaimedia.media.references import ReferenceStore
from kaimedia.media.storage import Storage
from kaimedia.models import catalogue
from kaimedia.store.media.reader import MediaReader


class ReferenceService:
    """Reference images for tasks."""

    def __init__(self, config: Config, media: MediaReader, storage: Storage, references: ReferenceStore) -> None:
        self._config = config
        self._media = media
        self._storage = storage
        self._references = references

    def add(self, model: str, data: bytes) -> Reference:
        """Check the bytes of a reference image for a model and store them.

        Raises:
            UnsupportedMedia, TooLarge: with a message for the user.
        """
        spec = catalogue.get(model)
        return self._references.add(data, allowed_mimes=spec.reference_types, max_bytes=spec.max_reference_bytes)

    def fetch(self, model: str, url: str) -> Reference:
        """Fetch a reference image from a public link, check and store it; waits for that host, seconds.

        Raises:
            MediaError: the link or its content is not usable.
        """
        spec = catalogue.get(model)
        return self._references.fetch(
            url,
            allowed_mimes=spec.reference_types,
            max_bytes=spec.max_reference_bytes,
            trusted_hosts=self._config.trusted_hosts,
        )

    def from_media(self, model: str, media_id: int) -> Reference:
        """Use an image of the gallery (or a video's poster) as reference; the reference records the item's id."""
        spec = catalogue.get(model)
        item = self._media.get(media_id)
        name = item.filename if item.media_type is Modality.IMAGE else item.poster_path
        path = self._storage.path(name) if name else None
        if path is None:
            raise NotFound("The file of this item is missing.")
        stored = self._references.from_media(
            path, allowed_mimes=spec.reference_types, max_bytes=spec.max_reference_bytes
        )
        return replace(stored, media_id=media_id)

    def preview(self, reference: Reference) -> bytes:
        """A small WebP of a stored reference, for display."""
        return self._references.thumbnail(reference)
