"""Inputs of models: from bytes, a link or the gallery."""

from __future__ import annotations

from dataclasses import replace

from kaimedia.config import Config
from kaimedia.domain import InputKind, Reference, Role
from kaimedia.errors import InvalidRequest, NotFound, ResultExpired, UnsafePath
from kaimedia.media.input_file import kind_of_bytes
from kaimedia.media.references import ReferenceStore
from kaimedia.media.storage import Storage
from kaimedia.models.inputs import InputSlot, another_kind, check_files
from kaimedia.models.model_catalog import ModelCatalog
from kaimedia.models.spec import ModelSpec
from kaimedia.store.media.reader import MediaReader
from kaimedia.studio.masks import MaskService

MOST_PLAYED_BYTES = 15_000_000


class ReferenceService:
    """Images, videos and sound for tasks."""

    def __init__(
        self,
        config: Config,
        media: MediaReader,
        storage: Storage,
        references: ReferenceStore,
        models: ModelCatalog,
    ) -> None:
        self._models = models
        self._config = config
        self._media = media
        self._storage = storage
        self._references = references
        self.masks = MaskService(references)

    def add(self, model: str, data: bytes, role: Role | None = None) -> Reference:
        """Check the bytes of an input for a model and store them; without a `role`, its first for such a file.

        Raises:
            InvalidRequest: the model takes no such input, or it is too short or too long.
            UnsupportedMedia, TooLarge: with a message for the user.
        """
        slot = slot_for(self._models.get(model), role, kind_of_bytes(data))
        return self._in_slot(slot, self._references.add(data, **slot.limits))

    def fetch(self, model: str, url: str, role: Role | None = None) -> Reference:
        """Fetch an input from a public link, check and store it; waits for that host, seconds.

        Raises:
            InvalidRequest: the model takes no such input, or it is too short or too long.
            MediaError: the link or its content is not usable.
        """
        slot = slot_for(self._models.get(model), role)
        trusted_hosts = self._config.trusted_hosts
        return self._in_slot(slot, self._references.fetch(url, trusted_hosts=trusted_hosts, **slot.limits))

    def from_media(self, model: str, media_id: int, role: Role | None = None) -> Reference:
        """Use an item of the gallery as input: of a video, all of it or its first frame, as the model takes.

        The reference records the item's id.

        Raises:
            InvalidRequest: the model takes no such input.
            NotFound: there is no such item, or its file is missing.
        """
        item = self._media.get(media_id)
        given = InputKind(item.media_type)
        slot = slot_for(self._models.get(model), role, InputKind.IMAGE if given is InputKind.IMAGE else None)
        if slot.kind not in (given, InputKind.IMAGE):
            raise another_kind(slot, given)
        name = item.filename if slot.kind is given else item.poster_path
        try:
            with self._storage.local_copy(name or "") as path:
                stored = self._references.from_media(path, **slot.limits)
        except (ResultExpired, UnsafePath) as error:
            raise NotFound("The file of this item is missing.") from error
        return replace(self._in_slot(slot, stored), media_id=media_id)

    def last_frame(self, model: str, media_id: int, role: Role) -> Reference:
        """The last frame of a video of the gallery as input; the reference records the video's id.

        Raises:
            InvalidRequest: the model takes no such input.
            NotFound: there is no such video, or its file is missing.
            UnsupportedMedia: no frame can be read from it.
        """
        slot = slot_for(self._models.get(model), role)
        item = self._media.get(media_id)
        name = item.filename if InputKind(item.media_type) is InputKind.VIDEO else None
        try:
            with self._storage.local_copy(name or "") as path:
                stored = self._references.last_frame(path, allowed_mimes=slot.types, max_bytes=slot.max_bytes)
        except (ResultExpired, UnsafePath) as error:
            raise NotFound("The file of this video is missing.") from error
        return replace(self._in_slot(slot, stored), media_id=media_id)

    def preview(self, reference: Reference) -> bytes:
        """A small WebP of a stored reference, for display; empty for sound."""
        return self._references.thumbnail(reference)

    @staticmethod
    def kind_of(data: bytes) -> InputKind | None:
        """What kind of input a file is by its first bytes; None for what no model takes."""
        return kind_of_bytes(data)

    def sound(self, reference: Reference) -> tuple[bytes, str] | None:
        """The bytes and MIME type of a stored sound file, for a player; None of one too large to be worth it."""
        path = self._references.path(reference)
        if reference.kind is not InputKind.AUDIO or path.stat().st_size > MOST_PLAYED_BYTES:
            return None
        return path.read_bytes(), self._references.mime_type(reference)

    @staticmethod
    def _in_slot(slot: InputSlot, stored: Reference) -> Reference:
        check_files(slot, [stored])
        return replace(stored, role=slot.role)


def slot_for(spec: ModelSpec, role: Role | None, kind: InputKind | None = None) -> InputSlot:
    """The slot of a model for a role, by default the first for the kind of file, else the first.

    Raises:
        InvalidRequest: it takes no such input.
    """
    slot = spec.input(role)
    if role is None and kind is not None:
        slot = next((each for each in spec.inputs if each.kind is kind), slot)
    if slot is None:
        what = f"no {role}" if role and spec.inputs else "no reference image"
        raise InvalidRequest(f"{spec.label} takes {what}. Remove it.", field="reference")
    return slot
