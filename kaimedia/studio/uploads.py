"""Images uploaded before the tasks that use them as references."""

from __future__ import annotations

from dataclasses import replace

from kaimedia.config import Config
from kaimedia.domain import Reference, Role
from kaimedia.media.references import ReferenceStore
from kaimedia.media.uploads import Incoming, Upload, UploadFolder
from kaimedia.studio.references import slot_for


class Uploads:
    """What callers of the API uploaded; each sees only their own. `person` names who calls, as `Caller.id`."""

    def __init__(self, config: Config, references: ReferenceStore) -> None:
        self._references = references
        self._folder = UploadFolder(config.data_folder / "uploads")

    def begin(self) -> Incoming:
        """Open a file to write the bytes of an image to. Raises StorageFull."""
        return self._folder.begin()

    def save(self, incoming: Incoming, person: str) -> Upload:
        """Check the image by the rules for reference images and store it.

        Raises:
            UnsupportedMedia, TooLarge, StorageFull: with a message for the caller.
        """
        return self._folder.save(incoming, person)

    def reference(self, model: str, upload_id: str, person: str, role: Role | None = None) -> Reference:
        """The upload as an input of a model, converted where the model needs it; by default in its first role.

        Raises:
            InvalidRequest: the model takes no such input.
            NotFound: this caller has no such upload.
            TooLarge: too large for this model, even as a JPEG.
        """
        slot = slot_for(model, role)
        path = self._folder.path(upload_id, person)
        stored = self._references.from_media(path, allowed_mimes=slot.types, max_bytes=slot.max_bytes)
        return replace(stored, role=slot.role)

    def remove(self, upload_id: str, person: str) -> None:
        """Delete an upload; tasks that use it keep their copy. Raises NotFound."""
        self._folder.remove(upload_id, person)

    def sweep(self) -> int:
        """Delete uploads not used for a day; returns how many files."""
        return self._folder.sweep()
