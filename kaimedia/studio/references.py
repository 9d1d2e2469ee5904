"""Reference images: from bytes, a link, or the gallery."""

from __future__ import annotations

from dataclasses import replace

from kaimedia.domain import Modality, Reference
from kaimedia.errors import NotFound
from kaimedia.kie import catalog
from kaimedia.studio.parts import Parts


class ReferenceDesk:
    """The part of `Studio` about reference images."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def add_reference(self, model: str, data: bytes) -> Reference:
        """Check the bytes of a reference image for a model and keep them.

        Raises:
            UnsupportedMedia, TooLarge: in words for the person at the field.
        """
        spec = catalog.get(model)
        return self._parts.shelf.add(data, allowed_mimes=spec.reference_types, max_bytes=spec.max_reference_bytes)

    def fetch_reference(self, model: str, url: str) -> Reference:
        """Fetch a reference image from a public link, check and keep it; waits for that host, seconds.

        Raises:
            MediaError: the link or what it gives is not usable.
        """
        spec = catalog.get(model)
        return self._parts.shelf.fetch(
            url,
            allowed_mimes=spec.reference_types,
            max_bytes=spec.max_reference_bytes,
            trusted_hosts=self._parts.config.trusted_hosts,
        )

    def reference_from_media(self, model: str, media_id: int) -> Reference:
        """Use a picture of the gallery (or a clip's poster) as reference; it remembers which one it was."""
        spec = catalog.get(model)
        item = self._parts.media.get(media_id)
        name = item.filename if item.media_type is Modality.IMAGE else item.poster_path
        path = self._parts.storage.path(name) if name else None
        if path is None:
            raise NotFound("The file of this item is gone.")
        kept = self._parts.shelf.from_media(
            path, allowed_mimes=spec.reference_types, max_bytes=spec.max_reference_bytes
        )
        return replace(kept, media_id=media_id)

    def reference_preview(self, reference: Reference) -> bytes:
        """A small WebP of a kept reference, for showing."""
        return self._parts.shelf.thumbnail(reference)
