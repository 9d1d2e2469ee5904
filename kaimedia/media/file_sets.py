"""The kinds of files that belong to a storage and move with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from kaimedia.media.storage import FileFacts


class Files(Protocol):
    """The part of a storage that a move uses; see `Storage` for the methods."""

    @property
    def place(self) -> str:
        """Where the files are, for people."""

    def new_temp(self, suffix: str = "") -> Path:
        """A new empty file on this machine."""

    def put(self, temp: Path, name: str, *, defer_sync: bool = False) -> None:
        """Turn a temporary file into a finished one."""

    def facts(self, name: str) -> FileFacts | None:
        """What is known of a file, None if it does not exist."""

    def files(self) -> dict[str, FileFacts]:
        """All files by name."""

    def open(self, name: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """Open a file to read it once."""

    def delete(self, names: Iterable[str]) -> None:
        """Delete files; missing ones are fine."""

    def free_bytes(self) -> int | None:
        """How much more fits; None if that is not known."""


@dataclass(frozen=True, slots=True)
class FileSet:
    """Files of one kind, where they are, and where they are to be.

    `is_ours` says which names are moved. `sha256` has the hashes that the database knows, by name. `referred` returns
    those of the names that the database refers to now.
    """

    kind: str
    source: Files
    target: Files
    is_ours: Callable[[str], bool]
    sha256: Mapping[str, str]
    referred: Callable[[Collection[str]], set[str]]
