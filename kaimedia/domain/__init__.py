"""The domain model as frozen values: requests, tasks, media, settings.

Nothing here does I/O. Database rows never leave `kaimedia.store`; these values do.
"""

from __future__ import annotations

from kaimedia.domain.batch import (
    COMPARISON_TASKS,
    MAX_BATCH_TASKS,
    Batch,
    BatchKind,
    BatchProgress,
    WinRate,
)
from kaimedia.domain.gallery import (
    Collection,
    Counts,
    DiskUse,
    GalleryView,
    IdIndex,
    MediaDetails,
    MediaInput,
    MediaQuery,
    Sort,
    TrashState,
)
from kaimedia.domain.listed_model import InputSchema, ListCheck, ListedModel, SavedListing, SchemaProblem
from kaimedia.domain.listed_price import ListedPrice
from kaimedia.domain.money import LIST_USD_PER_CREDIT, ConfirmUnit, MoneySettings, money_text
from kaimedia.domain.note_code import NO_NOTE, NoteCode, note_fields
from kaimedia.domain.reference import InputKind, Reference, Role
from kaimedia.domain.task_errors import TASK_ERRORS, ErrorCode
from kaimedia.domain.work import (
    LONGEST_LEASE_S,
    LONGEST_WAIT_S,
    Condition,
    CopyReason,
    GenerationRequest,
    HoldCode,
    Media,
    Modality,
    Pace,
    Page,
    Phase,
    ProviderName,
    SavedFile,
    Settings,
    Status,
    Task,
    TaskChange,
    utc_now,
)

__all__ = [
    "COMPARISON_TASKS",
    "LIST_USD_PER_CREDIT",
    "LONGEST_LEASE_S",
    "LONGEST_WAIT_S",
    "MAX_BATCH_TASKS",
    "NO_NOTE",
    "TASK_ERRORS",
    "Batch",
    "BatchKind",
    "BatchProgress",
    "Collection",
    "Condition",
    "ConfirmUnit",
    "CopyReason",
    "Counts",
    "DiskUse",
    "ErrorCode",
    "GalleryView",
    "GenerationRequest",
    "HoldCode",
    "IdIndex",
    "InputKind",
    "InputSchema",
    "ListCheck",
    "ListedModel",
    "ListedPrice",
    "Media",
    "MediaDetails",
    "MediaInput",
    "MediaQuery",
    "Modality",
    "MoneySettings",
    "NoteCode",
    "Pace",
    "Page",
    "Phase",
    "ProviderName",
    "Reference",
    "Role",
    "SavedFile",
    "SavedListing",
    "SchemaProblem",
    "Settings",
    "Sort",
    "Status",
    "Task",
    "TaskChange",
    "TrashState",
    "WinRate",
    "money_text",
    "note_fields",
    "utc_now",
]
