"""What a move between storages has verified so far, so that it continues after a kill without reading files again."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kaimedia.media.durable import disk_errors
from kaimedia.media.storage import FileFacts


@dataclass(frozen=True, slots=True)
class Verified:
    """A file whose copy was read back and found right. The tags tell whether either side has changed since."""

    source_etag: str
    target_etag: str

    def still_holds(self, source: FileFacts, target: FileFacts | None) -> bool:
        """Whether neither the file nor its copy has changed since."""
        return target is not None and (source.etag, target.etag) == (self.source_etag, self.target_etag)


class MoveJournal:
    """A file with a line for each verified copy, written as soon as it is verified.

    A line that a kill or a crash lost or tore only means that this file is compared again.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._guard = threading.Lock()
        self._found: dict[tuple[str, str], Verified] = {}
        if file.is_file():
            for line in file.read_bytes().splitlines():
                with suppress(ValueError, TypeError):
                    kind, name, *facts = json.loads(line)
                    self._found[kind, name] = Verified(*facts)
        self.is_new = not self._found

    def find(self, kind: str, name: str) -> Verified | None:
        """What is known of the file `name` of the set `kind`."""
        return self._found.get((kind, name))

    def names(self, kind: str) -> set[str]:
        """All files of the set `kind` that were copied or found equal."""
        return {name for each, name in self._found if each == kind}

    def add(self, kind: str, name: str, verified: Verified) -> None:
        """Note a verified copy.

        Raises:
            StorageFull: the file cannot be written.
        """
        # the first line break ends a line that was torn
        line = f"\n{json.dumps((kind, name, verified.source_etag, verified.target_etag))}\n"
        with self._guard, disk_errors():
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._file.open("ab") as file:
                file.write(line.encode())
            self._found[kind, name] = verified

    def delete(self) -> None:
        """Delete the file: the move is over."""
        self._file.unlink(missing_ok=True)
