"""Files uploaded before the tasks that use them as inputs."""

from __future__ import annotations

from dataclasses import replace

from kaimedia.config import Config
from kaimedia.domain import Reference, Role
from kaimedia.media.input_file import kind_of_input
from kaimedia.media.references import ReferenceStore, format_hint
from kaimedia.media.storage import Files
from kaimedia.media.uploads import Incoming, Upload, UploadFolder
from kaimedia.models.inputs import check_files
from kaimedia.models.model_catalog import ModelCatalog
from kaimedia.studio.references import slot_for

COPY_FOR_S = 60.0  # at once, so that the rest of the housekeeping does not wait long


class Uploads:
    """What callers of the API uploaded; each sees only their own. `person` names who calls, as `Caller.id`.

    With `stored`, every process has them; then every method raises `StorageUnavailable` while it does not respond.
    """

    def __init__(self, config: Config, references: ReferenceStore, models: ModelCatalog, stored: Files | None) -> None:
        self._models = models
        self._references = references
        self._folder = UploadFolder(config.data_folder / "uploads", stored)

    def begin(self) -> Incoming:
        """Open a file to write the bytes of an upload to. Raises StorageFull."""
        return self._folder.begin()

    def save(self, incoming: Incoming, person: str) -> Upload:
        """Check the file by the rules for inputs and store it.

        Raises:
            UnsupportedMedia, TooLarge, StorageFull: with a message for the caller.
        """
        return self._folder.save(incoming, person)

    def reference(self, model: str, upload_id: str, person: str, role: Role | None = None) -> Reference:
        """The upload as an input of a model; an image is converted where the model needs it.

        Without a `role`, it gets the model's first for such a file.

        Raises:
            InvalidRequest: the model takes no such input, or it is too short or too long.
            NotFound: this caller has no such upload.
            UnsupportedMedia: the model takes no such file.
            TooLarge: too large for this model (an image: even as a JPEG).
        """
        path = self._folder.path(upload_id, person)
        slot = slot_for(self._models.get(model), role, kind_of_input(path).input_kind)
        stored = self._references.from_media(path, **slot.limits)
        check_files(slot, [stored])
        return replace(stored, role=slot.role)

    def accepted(self, model: str, role: Role) -> str:
        """What the model takes for this role: "Use a PNG, JPEG or WebP up to 10 MB." """
        slot = slot_for(self._models.get(model), role)
        return format_hint(slot.types, slot.max_bytes)

    def remove(self, upload_id: str, person: str) -> None:
        """Delete an upload; tasks that use it keep their copy. Raises NotFound."""
        self._folder.remove(upload_id, person)

    def sweep(self) -> int:
        """Delete uploads not used for a day; returns how many files."""
        return self._folder.sweep()

    def copy_inputs(self) -> None:
        """Copy inputs that are only on this disk to the storage; the rest follows at the next call.

        Raises:
            StorageUnavailable: the storage does not respond.
        """
        self._references.copy_to_storage(COPY_FOR_S)
