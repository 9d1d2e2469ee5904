"""The styles on offer: ours, and those in the data folder, read again when a file there changes."""

from __future__ import annotations

import threading
from pathlib import Path

from kaimedia.kie import catalog
from kaimedia.presets import OURS, Presets, pictures, read, reading
from kaimedia.studio.own_styles import same_named, save
from kaimedia.studio.parts import Parts

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

    def save_style(self, name: str, text: str, *, replace: bool = False) -> str:
        """Save a style of the person's own and return its id; raises as `own_styles.save` does."""
        return save(self.presets(), self.presets_folder(), name, text, replace=replace)

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
