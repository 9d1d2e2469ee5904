"""The one door for pages, API and command line: ask, watch, cancel, keep, delete, set."""

from __future__ import annotations

from kaimedia.jobs.providers import KeyCheck, ProviderState
from kaimedia.media.uploads import Incoming, Upload
from kaimedia.presets import Preset
from kaimedia.store.backups import CopyFile
from kaimedia.store.prompts import Spending, UsedPrompt
from kaimedia.studio.callbacks import CallbackDesk, CallbackOutcome
from kaimedia.studio.collections import CollectionDesk
from kaimedia.studio.condition import Check, ConditionDesk
from kaimedia.studio.confirmations import (
    cancel_question,
    clear_question,
    remove_collection_question,
    retry_question,
    stop_question,
)
from kaimedia.studio.gallery import TRASH_KEPT, GalleryDesk
from kaimedia.studio.holds import Held, Holds
from kaimedia.studio.missing import MissingFiles
from kaimedia.studio.parts import Parts
from kaimedia.studio.preferences import PreferenceDesk
from kaimedia.studio.presets import PresetDesk
from kaimedia.studio.prompts import PromptDesk
from kaimedia.studio.references import ReferenceDesk
from kaimedia.studio.silence import Silence, SilenceDesk
from kaimedia.studio.style_changes import DeletedStyle
from kaimedia.studio.styling import with_style
from kaimedia.studio.tasks import RESUMABLE, UNSENT, TaskDesk, is_resumable
from kaimedia.studio.tokens import TokenDesk, TokenState
from kaimedia.studio.trash import TrashDesk
from kaimedia.studio.typical import TypicalTime, TypicalTimes
from kaimedia.studio.uploads import Uploads


class Studio(
    TaskDesk,
    ReferenceDesk,
    GalleryDesk,
    TrashDesk,
    CollectionDesk,
    PreferenceDesk,
    TokenDesk,
    CallbackDesk,
    ConditionDesk,
    PresetDesk,
    PromptDesk,
    SilenceDesk,
):
    """Use cases. Every method is safe to call from any thread; none waits for the provider unless it says so."""

    def __init__(self, parts: Parts) -> None:
        for desk in Studio.__bases__:
            desk.__init__(self, parts)  # type: ignore[misc]
        self.holds = Holds(parts)
        self.missing = MissingFiles(parts)
        self.uploads = Uploads(parts)
        self.typical = TypicalTimes(parts.tasks)


__all__ = [
    "RESUMABLE",
    "TRASH_KEPT",
    "UNSENT",
    "CallbackOutcome",
    "Check",
    "CopyFile",
    "DeletedStyle",
    "Held",
    "Incoming",
    "KeyCheck",
    "Parts",
    "Preset",
    "ProviderState",
    "Silence",
    "Spending",
    "Studio",
    "TokenState",
    "TypicalTime",
    "Upload",
    "UsedPrompt",
    "cancel_question",
    "clear_question",
    "is_resumable",
    "remove_collection_question",
    "retry_question",
    "stop_question",
    "with_style",
]
