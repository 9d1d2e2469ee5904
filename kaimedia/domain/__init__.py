"""The words of the house as frozen values: what is asked, what came of it, what is kept.

Nothing here does I/O. Rows of the store never leave `kaimedia.store`; these do.
"""

from __future__ import annotations

from kaimedia.domain.gallery import (
    Collection,
    Counts,
    DiskUse,
    MediaDetails,
    MediaQuery,
    Outline,
    Shelf,
    Sort,
    TrashState,
)
from kaimedia.domain.work import (
    LONGEST_LEASE_S,
    LONGEST_WAIT_S,
    Condition,
    CopyReason,
    ErrorCode,
    GenerationRequest,
    HoldCode,
    Media,
    Modality,
    Pace,
    Page,
    Phase,
    ProviderKind,
    Reference,
    SavedFile,
    Settings,
    Status,
    Task,
    TaskChange,
    utc_now,
)

__all__ = [
    "LONGEST_LEASE_S",
    "LONGEST_WAIT_S",
    "Collection",
    "Condition",
    "CopyReason",
    "Counts",
    "DiskUse",
    "ErrorCode",
    "GenerationRequest",
    "HoldCode",
    "Media",
    "MediaDetails",
    "MediaQuery",
    "Modality",
    "Outline",
    "Pace",
    "Page",
    "Phase",
    "ProviderKind",
    "Reference",
    "SavedFile",
    "Settings",
    "Shelf",
    "Sort",
    "Status",
    "Task",
    "TaskChange",
    "TrashState",
    "utc_now",
]
