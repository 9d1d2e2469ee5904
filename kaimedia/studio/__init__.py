"""The one door for pages, API and command line: ask, watch, cancel, keep, delete, set."""

from __future__ import annotations

from kaimedia.studio.gallery import UNDO_WINDOW, GalleryDesk
from kaimedia.studio.parts import Parts
from kaimedia.studio.preferences import PreferenceDesk
from kaimedia.studio.references import ReferenceDesk
from kaimedia.studio.tasks import RESUMABLE, TaskDesk


class Studio(TaskDesk, ReferenceDesk, GalleryDesk, PreferenceDesk):
    """Use cases. Every method is safe to call from any thread; none waits for the provider unless it says so."""

    def __init__(self, parts: Parts) -> None:
        for desk in (TaskDesk, ReferenceDesk, GalleryDesk, PreferenceDesk):
            desk.__init__(self, parts)


__all__ = ["RESUMABLE", "UNDO_WINDOW", "Parts", "Studio"]
