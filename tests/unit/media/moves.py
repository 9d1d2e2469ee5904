"""Two folders with a move between them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from pathlib import Path

from kaimedia.media.file_sets import FileSet
from kaimedia.media.local import LocalStorage
from kaimedia.media.move import Move
from kaimedia.media.move_counts import MoveCounts
from kaimedia.media.move_journal import MoveJournal
from kaimedia.media.names import is_ours
from tests.stored import put


class Target(LocalStorage):
    """A folder that counts what is written and read, and spoils what `spoils` names."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.put_names: list[str] = []
        self.opened: list[str] = []
        self.spoils: Callable[[str], bool] = lambda name: False
        self.after_put: Callable[[], object] = lambda: None

    def put(self, temp: Path, name: str, *, defer_sync: bool = False) -> None:
        self.put_names.append(name)
        if self.spoils(name):
            temp.write_bytes(temp.read_bytes()[:-1] + b"?")
        super().put(temp, name, defer_sync=defer_sync)
        self.after_put()

    def open(self, name: str, start: int = 0, end: int | None = None):  # type: ignore[no-untyped-def]
        self.opened.append(name)
        return super().open(name, start, end)


class Moved:
    """A source with files, a target, and moves between them. `rows` are the files the database knows, by hash."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source = LocalStorage(folder / "from")
        self.target = Target(folder / "to")
        self.rows: dict[str, str] = {}
        self.names = [self.add(f"file {number}".encode()) for number in range(12)]

    def add(self, data: bytes) -> str:
        name = put(self.source, data, key=data.decode())
        self.rows[name] = hashlib.sha256(data).hexdigest()
        return name

    @property
    def journal(self) -> Path:
        return self.folder / "moves" / "journal.jsonl"

    def move(self, *, is_used: bool = False, is_deep: bool = False) -> Move:
        self.target.put_names.clear()
        self.target.opened.clear()

        def referred(names: Collection[str]) -> set[str]:
            return set(names) & set(self.rows)

        files = FileSet("media", self.source, self.target, is_ours, dict(self.rows), referred)
        return Move([files], MoveJournal(self.journal), target_is_used=is_used, trusts_journal=not is_deep)

    def run(self, *, is_used: bool = False, is_deep: bool = False) -> MoveCounts:
        move = self.move(is_used=is_used, is_deep=is_deep)
        move.run()
        return move.counts["media"]

    def at(self, place: LocalStorage) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in place.root.iterdir() if path.is_file()}
