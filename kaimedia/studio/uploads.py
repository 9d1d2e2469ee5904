"""Images uploaded ahead of the tasks that use them as references."""

from __future__ import annotations

from kaimedia.domain import Reference
from kaimedia.kie import catalog
from kaimedia.media.uploads import Incoming, Upload, UploadFolder
from kaimedia.studio.parts import Parts


class Uploads:
    """What callers of the API uploaded; each sees only their own. `person` names who calls, as `Caller.person`."""

    def __init__(self, parts: Parts) -> None:
        self._shelf = parts.shelf
        self._folder = UploadFolder(parts.config.data_folder / "uploads")

    def begin(self) -> Incoming:
        """A file to write the bytes of an image into. Raises StorageFull."""
        return self._folder.begin()

    def keep(self, incoming: Incoming, person: str) -> Upload:
        """Check the image, by the rules for reference images, and keep it.

        Raises:
            UnsupportedMedia, TooLarge, StorageFull: in words for the person who sent it.
        """
        return self._folder.keep(incoming, person)

    def reference(self, model: str, upload_id: str, person: str) -> Reference:
        """The upload as reference for a model, converted where the model needs it.

        Raises:
            NotFound: there is no such upload of this person.
            TooLarge: too big for this model, even as a JPEG.
        """
        spec = catalog.get(model)
        path = self._folder.path(upload_id, person)
        return self._shelf.from_media(path, allowed_mimes=spec.reference_types, max_bytes=spec.max_reference_bytes)

    def remove(self, upload_id: str, person: str) -> None:
        """Delete an upload; tasks that were given it keep their copy. Raises NotFound."""
        self._folder.remove(upload_id, person)

    def sweep(self) -> int:
        """Drop what was not used for a day; returns how many files went."""
        return self._folder.sweep()
