"""The styles available: built-in ones and those in the data folder, reread when a file there changes."""

from __future__ import annotations

import logging
import os
import threading
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from kaimedia.config import Config
from kaimedia.domain import Media
from kaimedia.errors import MediaError, NotFound
from kaimedia.media.storage import Storage
from kaimedia.media.thumbnails import cropped_webp
from kaimedia.models.model_catalog import ModelCatalog
from kaimedia.models.spec import ModelSpec
from kaimedia.presets import BUILTIN_FOLDER, Preset, Presets, read
from kaimedia.presets.example_images import MAX_IMAGE_BYTES
from kaimedia.store.media.reader import MediaReader
from kaimedia.studio.own_styles import same_named, save
from kaimedia.studio.style_changes import DeletedStyle, delete, rename, restore

_Signature = tuple[tuple[str, int, int], ...]


class StyleService:
    """Built-in styles and the user's own."""

    def __init__(self, config: Config, media: MediaReader, storage: Storage, models: ModelCatalog) -> None:
        self._models = models
        self._config = config
        self._media = media
        self._storage = storage
        self._guard = threading.Lock()
        self._cached: tuple[tuple[_Signature, tuple[ModelSpec, ...]], Presets] | None = None

    def folder(self) -> Path:
        """The folder of the user's own styles; it need not exist."""
        return self._config.data_folder / "presets"

    def all(self) -> Presets:
        """All styles, the user's own first; files that could not be used are listed in `problems`."""
        folder, specs = self.folder(), self._models.all_models()
        now = _signature(folder), specs
        with self._guard:
            if self._cached is None or self._cached[0] != now:
                models = {spec.id: spec.modality for spec in specs}
                self._cached = (now, read(folder, models, BUILTIN_FOLDER))
            return self._cached[1]

    def get(self, id_or_name: str) -> Preset:
        """The style with that id, or with that name (case-insensitive). Raises NotFound."""
        known = self.all().items
        wanted = " ".join(id_or_name.split()).casefold()
        found = next((each for each in known if each.id == id_or_name), None)
        found = found or next((each for each in known if each.name.casefold() == wanted), None)
        if found is None:
            raise NotFound("There is no such style.", next_step="Choose one from the list of styles. Nothing was sent.")
        return found

    def save(self, name: str, text: str, *, replace: bool = False, media_id: int | None = None) -> str:
        """Save a user's style and return its id; raises like `own_styles.save`.

        The thumbnail of the item `media_id` becomes its example image; without `media_id` it has none.
        """
        found = [] if media_id is None else self._media.by_ids([media_id], include_deleted=True)
        image = example_of(found[0], self._storage) if found else None
        return save(self.all(), self.folder(), name, text, replace=replace, image=image)

    def rename(self, style_id: str, name: str) -> None:
        """Rename one of the user's own styles; raises like `style_changes.rename`."""
        rename(self.all(), self.folder(), style_id, name)

    def delete(self, style_id: str) -> DeletedStyle:
        """Delete one of the user's own styles; `restore` undoes it. Raises like `style_changes.delete`."""
        return delete(self.all(), self.folder(), style_id)

    def restore(self, deleted: DeletedStyle) -> None:
        """Undo `delete`; raises like `style_changes.restore`."""
        restore(self.all(), self.folder(), deleted)

    def has_own(self, name: str) -> bool:
        """True when saving under this name would replace one of the user's own styles."""
        return same_named(self.all(), self.folder(), name) is not None


def _signature(folder: Path) -> _Signature:
    """A value that changes when a file of the folder is added, changed or removed. Asked for several times a run."""
    found = []
    try:
        with os.scandir(folder) as files:
            for file in files:
                with suppress(OSError):  # it vanished meanwhile, or is a link to nothing
                    found.append((file.name, file.stat().st_mtime_ns, file.stat().st_size))
    except OSError:  # there is no folder
        return ()
    return tuple(sorted(found))


LOG = logging.getLogger(__name__)
CARD_PX = (240, 136)  # twice its size on a card


def example_of(item: Media, storage: Storage) -> bytes | None:
    """A WebP of 240 by 136 px from an item's thumbnail; None when there is no readable one."""
    name = item.thumbnail_path or item.poster_path
    if not name:
        return None
    try:
        with storage.open(name) as file:
            content = cropped_webp(BytesIO(file.read()), CARD_PX)
    except MediaError as error:
        LOG.warning("no example image from item %s: %s", item.id, error)
        return None
    return content if len(content) <= MAX_IMAGE_BYTES else None
