"""Moves finished files from one storage to another: copied, read back, and compared by SHA-256."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Set
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from kaimedia.errors import NotFound, ResultExpired, StorageFull
from kaimedia.media.file_copy import copy_once, sha256_of
from kaimedia.media.file_sets import FileSet
from kaimedia.media.marks import is_one_place
from kaimedia.media.move_counts import Failure, MoveCounts
from kaimedia.media.move_journal import MoveJournal, Verified
from kaimedia.media.storage import RESERVE_BYTES, FileFacts

FILES_AT_ONCE = 4
TRIES = 3
DELETES_AT_ONCE = 500
CHECKS_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of the source: those known to be equal at the target, and the others with the target's facts."""

    equal: Mapping[str, FileFacts]
    to_do: Mapping[str, tuple[FileFacts, FileFacts | None]]


class Stopped(Exception):
    """Raised in the copying threads when the move ends early."""


class Move:
    """One run of a move.

    `target_is_used` says that the app uses the target already: its files are never replaced or deleted then.
    `on_bytes` is called from several threads with the bytes just copied, `on_file` after each file.

    Every method raises `StorageUnavailable` while a storage does not respond, and `StorageFull` without space.
    """

    def __init__(
        self,
        sets: Iterable[FileSet],
        journal: MoveJournal,
        *,
        target_is_used: bool,
        trusts_journal: bool = True,
        on_bytes: Callable[[int], None] = lambda _: None,
        on_file: Callable[[], None] = lambda: None,
    ) -> None:
        self._sets = tuple(sets)
        self._journal = journal
        self._target_is_used = target_is_used
        self._trusts_journal = trusts_journal
        self._on_bytes = on_bytes
        self._on_file = on_file
        self._stopping = threading.Event()
        self._guard = threading.Lock()
        self._compared: set[tuple[str, str]] = set()  # in this run
        self.counts = {each.kind: MoveCounts() for each in self._sets}

    def is_one_place(self, *, is_deleting: bool) -> bool:
        """Whether both addresses are of one place for any set of files; leaves a mark for a moment to find out.

        With `is_deleting`, one at the source too, where files are.
        """
        return any(
            is_one_place(each.target.marks, each.source.marks)
            or (is_deleting and bool(each.source.files()) and is_one_place(each.source.marks, each.target.marks))
            for each in self._sets
        )

    def plan(self) -> None:
        """Fill the counts with what a run would do; nothing is written.

        Raises:
            NotFound: the source has none of the files that the database refers to.
        """
        for each in self._sets:
            self._listed(each)

    def run(self) -> None:
        """Copy and verify until nothing is left to do, files that are added meanwhile too.

        Raises:
            NotFound: see `plan`.
        """
        needed = 0
        for each in self._sets:
            needed += sum(facts.size_bytes for facts, copy in self._listed(each).to_do.values() if copy is None)
        self._check_space(needed)
        for each in self._sets:
            while to_do := self._listed(each).to_do:
                self._copy_all(each, to_do)
            if not self._target_is_used:
                self._drop_deleted(each)

    @property
    def is_complete(self) -> bool:
        """Whether every file of the source has an equal copy."""
        return not any(counts.failed for counts in self.counts.values())

    def delete_source(self) -> None:
        """Delete the files whose copies are equal, as of one listing of both sides made now and a look at each.

        Raises:
            ValueError: some have no copy, or both places are one.
        """
        if not self.is_complete:
            raise ValueError("not all files are moved")
        if self.is_one_place(is_deleting=True):
            raise ValueError("the source and the target are one place")
        for each in self._sets:
            names, counts = sorted(self._listed(each).equal), self.counts[each.kind]
            for start in range(0, len(names), DELETES_AT_ONCE):
                some = self._still_equal(each, names[start : start + DELETES_AT_ONCE])
                each.source.delete(some)
                counts.deleted += len(some)
            counts.kept = counts.files - counts.deleted - counts.gone
        if not any(counts.kept or counts.gone for counts in self.counts.values()):  # it says what is not copied again
            self._journal.delete()

    def _still_equal(self, files: FileSet, names: list[str]) -> list[str]:
        """Those of the names whose file and copy exist now and are what was verified."""

        def is_equal(name: str) -> bool:
            verified, facts = self._journal.find(files.kind, name), files.source.facts(name)
            if verified is None or facts is None:
                return False
            return verified.still_holds(facts, files.target.facts(name))

        with ThreadPoolExecutor(CHECKS_AT_ONCE) as pool:
            return [name for name, holds in zip(names, pool.map(is_equal, names), strict=True) if holds]

    def _listed(self, files: FileSet) -> Listing:
        """List both sides; updates the counts."""
        at_source, at_target = files.source.files(), files.target.files()
        counts = self.counts[files.kind]
        ours = {name: facts for name, facts in at_source.items() if files.is_ours(name)}
        if not ours and not self._target_is_used:
            self._check_mounted(files)
        equal = {
            name: facts for name, facts in ours.items() if self._is_known(files.kind, name, facts, at_target.get(name))
        }
        gone = self._gone(files, ours.keys() - at_target.keys())
        to_do = {
            name: (facts, at_target.get(name))
            for name, facts in sorted(ours.items())
            if name not in counts.failed and name not in equal and name not in gone
        }
        counts.files, counts.bytes = len(ours), sum(facts.size_bytes for facts in ours.values())
        counts.verified, counts.gone = len(equal), len(gone)
        counts.to_do, counts.to_do_bytes = len(to_do), sum(facts.size_bytes for facts, _ in to_do.values())
        counts.foreign = len(at_source) - len(ours)
        counts.missing = len(files.referred(set(files.sha256) - set(at_target) - set(ours)))
        others = set() if files.is_shared else set(at_target) - set(at_source) - self._journal.names(files.kind)
        counts.others = sorted(others)
        return Listing(equal, to_do)

    def _gone(self, files: FileSet, not_at_target: Set[str]) -> set[str]:
        """What the app, which uses the target, has deleted permanently since it was copied."""
        if not self._target_is_used:
            return set()
        copied = self._journal.names(files.kind).intersection(not_at_target)
        return copied - files.referred(copied)

    def _check_mounted(self, files: FileSet) -> None:
        """Raises NotFound if there should be files: the disk may not be mounted."""
        if expected := files.referred(files.sha256.keys()):
            raise NotFound(
                f"{files.source.place} has none of the {len(expected):,} files that the gallery has.",
                next_step="Check that it is the right place and that its disk is mounted. Nothing was changed.",
            )

    def _is_known(self, kind: str, name: str, source: FileFacts, target: FileFacts | None) -> bool:
        if not self._trusts_journal and (kind, name) not in self._compared:
            return False
        verified = self._journal.find(kind, name)
        return verified is not None and verified.still_holds(source, target)

    def _check_space(self, needed_bytes: int) -> None:
        target = self._sets[0].target
        free = target.free_bytes()
        if free is not None and needed_bytes + RESERVE_BYTES > free:
            raise StorageFull(
                f"{needed_bytes:,} bytes are to be copied, and {target.place} has {free:,} bytes free.",
                next_step="Free up space there, or choose another place. Nothing was copied.",
            )

    def _copy_all(self, files: FileSet, to_do: Mapping[str, tuple[FileFacts, FileFacts | None]]) -> None:
        with ThreadPoolExecutor(FILES_AT_ONCE) as pool:
            running = [pool.submit(self._move, files, name, *sides) for name, sides in to_do.items()]
            is_done = False
            try:
                for each in as_completed(running):
                    each.result()
                    self._on_file()
                is_done = True
            finally:
                if not is_done:  # also after Ctrl+C
                    self._stopping.set()
                    pool.shutdown(wait=False, cancel_futures=True)

    def _move(self, files: FileSet, name: str, source: FileFacts, target: FileFacts | None) -> None:
        try:
            if target is not None and self._is_equal(files, name, source, target):
                return
            if target is not None and self._target_is_used:
                self._fail(files, name, Failure.OTHER_CONTENT)
                return
            for _ in range(TRIES):
                if self._copied(files, name, source):
                    return
            self._fail(files, name, Failure.COPY_DIFFERS)
        except ResultExpired:  # deleted meanwhile; the next listing does not have it
            return

    def _is_equal(self, files: FileSet, name: str, source: FileFacts, target: FileFacts) -> bool:
        """Whether the file at the target is what the source has, or what the database says it should be."""
        if source.size_bytes != target.size_bytes and name not in files.sha256:
            return False
        found = sha256_of(files.target, name, self._read)
        wanted = files.sha256.get(name)
        if found != wanted:
            if found != sha256_of(files.source, name, self._read):
                return False
            self._note_damage(files, name, found)
        self._verified(files, name, source, target)
        return True

    def _copied(self, files: FileSet, name: str, source: FileFacts) -> bool:
        """Copy the file and read the copy back; whether it is equal."""
        copied = copy_once(files.source, files.target, name, self._read)
        target = files.target.facts(name)  # before reading: a later change shows in the tag
        if target is None or sha256_of(files.target, name, self._read) != copied.sha256:
            return False
        if copied.size_bytes != source.size_bytes:  # replaced meanwhile; the next listing has its new facts
            return True
        self._note_damage(files, name, copied.sha256)
        self._verified(files, name, source, target)
        with self._guard:
            counts = self.counts[files.kind]
            counts.copied += 1
            counts.copied_bytes += copied.size_bytes
        return True

    def _verified(self, files: FileSet, name: str, source: FileFacts, target: FileFacts) -> None:
        self._journal.add(files.kind, name, Verified(source.etag, target.etag))
        with self._guard:
            self._compared.add((files.kind, name))

    def _note_damage(self, files: FileSet, name: str, found: str) -> None:
        with self._guard:
            damaged = self.counts[files.kind].damaged
            if files.sha256.get(name, found) != found and name not in damaged:
                damaged.append(name)

    def _fail(self, files: FileSet, name: str, failure: Failure) -> None:
        with self._guard:
            self.counts[files.kind].failed[name] = failure

    def _read(self, size_bytes: int) -> None:
        """Called for each piece of a file that is read."""
        if self._stopping.is_set():
            raise Stopped
        self._on_bytes(size_bytes)

    def _drop_deleted(self, files: FileSet) -> None:
        """Delete copies of what was deleted permanently while the move went on, as nothing else would."""
        at_source, at_target = files.source.files(), files.target.files()
        if not any(map(files.is_ours, at_source)):
            return
        gone = []
        for name in self._journal.names(files.kind) - set(at_source):
            verified, facts = self._journal.find(files.kind, name), at_target.get(name)
            if verified is not None and facts is not None and facts.etag == verified.target_etag:
                gone.append(name)
        gone = sorted(set(gone) - files.referred(gone))
        files.target.delete(gone)
        self.counts[files.kind].dropped += len(gone)
