"""The kinds of files that belong to a storage and move with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from kaimedia.media.storage import Files


@dataclass(frozen=True, slots=True)
class FileSet:
    """Files of one kind, where they are, and where they are to be.

    `is_ours` says which names are moved. `sha256` has the hashes that the database knows, by name. `referred` returns
    those of the names that the database refers to now. `is_shared` says that the target may have other such files.
    """

    kind: str
    source: Files
    target: Files
    is_ours: Callable[[str], bool]
    sha256: Mapping[str, str]
    referred: Callable[[Collection[str]], set[str]]
    is_shared: bool = False
