"""The one door for pages, API and command line: ask, watch, cancel, keep, delete, set."""

from __future__ import annotations

from kaimedia.studio.callbacks import CallbackDesk, CallbackOutcome
from kaimedia.studio.condition import Check, ConditionDesk
from kaimedia.studio.gallery import UNDO_WINDOW, GalleryDesk
from kaimedia.studio.parts import Parts
from kaimedia.studio.preferences import PreferenceDesk
from kaimedia.studio.references import ReferenceDesk
from kaimedia.studio.tasks import RESUMABLE, UNSENT, TaskDesk, is_resumable
from kaimedia.studio.tokens import TokenDesk, TokenState

_DESKS = (TaskDesk, ReferenceDesk, GalleryDesk, PreferenceDesk, TokenDesk, CallbackDesk, ConditionDesk)


class Studio(TaskDesk, ReferenceDesk, GalleryDesk, PreferenceDesk, TokenDesk, CallbackDesk, ConditionDesk):
    """Use cases. Every method is safe to call from any thread; none waits for the provider unless it says so."""

    def __init__(self, parts: Parts) -> None:
        for desk in _DESKS:
            desk.__init__(self, parts)


__all__ = [
    "RESUMABLE",
    "UNDO_WINDOW",
    "UNSENT",
    "CallbackOutcome",
    "Check",
    "Parts",
    "Studio",
    "TokenState",
    "is_resumable",
]
