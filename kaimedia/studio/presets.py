"""The styles on offer: ours, and those in the data folder, read again when a file there changes."""

from __future__ import annotations

import threading
from pathlib import Path

from kaimedia.errors import NotFound
from kaimedia.kie import catalog
from kaimedia.presets import OURS, Preset, Presets, pictures, read, reading
from kaimedia.studio.own_styles import same_named, save
from kaimedia.studio.parts import Parts
from kaimedia.studio.style_changes import DeletedStyle, delete, rename, restore
from kaimedia.studio.style_pictures import example_of

_Signature = tuple[tuple[str, int, int], ...]


class PresetDesk:
    """The part of `Studio` about styles."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._preset_guard = threading.Lock()
        self._presets_read: tuple[_Signature, Presets] | None = None

    def presets_folder(self) -> Path:
        """Where a person's own styles lie; it need not exist."""
        return self._parts.config.data_folder / "presets"

    def presets(self) -> Presets:
        """All styles, the user's own first; files that could not be used are named in `problems`."""
        folder = self.presets_folder()
        now = _signature(folder)
        with self._preset_guard:
            if self._presets_read is None or self._presets_read[0] != now:
                models = {spec.id: spec.modality for spec in catalog.MODELS}
                self._presets_read = (now, read(folder, models, OURS))
            return self._presets_read[1]

    def style(self, named: str) -> Preset:
        """The style of that id, or of that name in any case. Raises NotFound."""
        known = self.presets().items
        wanted = " ".join(named.split()).casefold()
        found = next((each for each in known if each.id == named), None)
        found = found or next((each for each in known if each.name.casefold() == wanted), None)
        if found is None:
            raise NotFound("There is no such style.", next_step="Choose one of the list of styles. Nothing was sent.")
        return found

    def save_style(self, name: str, text: str, *, replace: bool = False, media_id: int | None = None) -> str:
        """Save a style of the person's own and return its id; raises as `own_styles.save` does.

        The thumbnail of the item `media_id` becomes its example picture; without one it has none.
        """
        found = [] if media_id is None else self._parts.media.by_ids([media_id], include_deleted=True)
        picture = example_of(found[0], self._parts.storage) if found else None
        return save(self.presets(), self.presets_folder(), name, text, replace=replace, picture=picture)

    def rename_style(self, style_id: str, name: str) -> None:
        """Give one of the person's own styles another name; raises as `style_changes.rename` does."""
        rename(self.presets(), self.presets_folder(), style_id, name)

    def delete_style(self, style_id: str) -> DeletedStyle:
        """Delete one of the person's own styles; `restore_style` undoes it. Raises as `style_changes.delete` does."""
        return delete(self.presets(), self.presets_folder(), style_id)

    def restore_style(self, deleted: DeletedStyle) -> None:
        """Undo `delete_style`; raises as `style_changes.restore` does."""
        restore(self.presets(), self.presets_folder(), deleted)

    def has_own_style(self, name: str) -> bool:
        """True when saving under this name would replace a file of the person's own."""
        return same_named(self.presets(), self.presets_folder(), name) is not None


def _signature(folder: Path) -> _Signature:
    """Changes when a file of the folder is added, changed or taken away."""
    found: list[tuple[str, int, int]] = []
    styles = reading.files(folder)
    for path in [*styles, *filter(None, map(pictures.picture_of, styles))]:
        try:
            stat = path.stat()
        except OSError:
            continue
        found.append((path.name, stat.st_mtime_ns, stat.st_size))
    return tuple(found)
