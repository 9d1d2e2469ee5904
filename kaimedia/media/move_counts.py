"""What a move of files did, in numbers and names."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Failure(Enum):
    """Why a file is not moved."""

    COPY_DIFFERS = "copy_differs"  # also after several tries
    OTHER_CONTENT = "other_content"  # the target, which is in use, has another file of this name


@dataclass(slots=True)
class MoveCounts:
    """What a move found and did, or would do, with one set of files.

    `files` is how many the source has, `verified` those whose copy is equal; `already_there` of these were not copied
    by this run. `to_do` are those to copy or compare. `others` are names at the target that are not from this move.
    `foreign` are files at the source that are not of this app, `missing` those of the gallery that are at neither one.
    `damaged` are copied as they are, though they are not what the database says. `dropped` are copies deleted because
    their items were permanently deleted meanwhile; `gone` were too, after they had been
    copied, so they are not copied again. `kept` are left at the source by a deletion: they have no equal copy now.
    """

    files: int = 0
    bytes: int = 0
    verified: int = 0
    copied: int = 0
    copied_bytes: int = 0
    to_do: int = 0
    to_do_bytes: int = 0
    foreign: int = 0
    missing: int = 0
    dropped: int = 0
    gone: int = 0
    deleted: int = 0
    kept: int = 0
    others: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    failed: dict[str, Failure] = field(default_factory=dict)

    @property
    def already_there(self) -> int:
        """Equal files that did not have to be copied."""
        return self.verified - self.copied
