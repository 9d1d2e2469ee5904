"""A move copies everything, finds what is not equal, continues where it was, and deletes only what is verified."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

import pytest

from kaimedia.errors import NotFound, StorageFull, StorageUnavailable
from kaimedia.media.file_sets import FileSet
from kaimedia.media.local import LocalStorage
from kaimedia.media.marks import MARKS, FolderMarks, Marks
from kaimedia.media.move import Move
from kaimedia.media.move_counts import Failure, MoveCounts
from kaimedia.media.move_journal import MoveJournal
from kaimedia.media.names import is_ours
from kaimedia.media.storage import FileFacts
from tests.stored import put, put_bytes


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


@pytest.fixture
def moved(tmp_path: Path) -> Moved:
    return Moved(tmp_path)


def test_everything_is_copied_and_a_second_run_reads_nothing(moved: Moved) -> None:
    first = moved.run()
    assert (first.files, first.verified, first.copied, first.already_there) == (12, 12, 12, 0)
    assert moved.at(moved.target) == moved.at(moved.source) and len(moved.at(moved.source)) == 12
    second = moved.run()
    assert (second.verified, second.copied, second.already_there) == (12, 0, 12)
    assert moved.target.put_names == [] and moved.target.opened == []


def test_without_the_journal_copies_are_compared_and_not_copied_again(moved: Moved) -> None:
    moved.run()
    moved.journal.unlink()
    again = moved.run()
    assert (again.verified, again.copied) == (12, 0)
    assert moved.target.put_names == [] and sorted(moved.target.opened) == sorted(moved.names)


def test_a_torn_journal_only_costs_a_comparison(moved: Moved) -> None:
    moved.run()
    moved.journal.write_bytes(moved.journal.read_bytes()[:-20])
    moved.run()
    assert len(moved.target.opened) == 1 and moved.target.put_names == []
    moved.run()
    assert moved.target.opened == []


def test_files_that_are_added_and_replaced_meanwhile_are_moved_too(moved: Moved) -> None:
    late: list[str] = []

    def while_copying() -> None:
        if not late:
            late.append(moved.add(b"made while the move ran"))
            put_bytes(moved.source, moved.names[0], b"fetched again, longer than before")

    moved.target.after_put = while_copying
    del moved.rows[moved.names[0]]
    moved.run()
    assert late[0] in moved.at(moved.target) and moved.at(moved.target) == moved.at(moved.source)


@pytest.mark.parametrize("with_hash", [True, False])
def test_a_copy_that_arrives_wrong_is_made_again(moved: Moved, with_hash: bool) -> None:
    if not with_hash:
        moved.rows.clear()
    moved.target.spoils = lambda name: moved.target.put_names.count(name) == 1
    counts = moved.run()
    assert len(moved.target.put_names) == 24 and counts.verified == 12
    assert moved.at(moved.target) == moved.at(moved.source)


def test_a_copy_that_is_always_wrong_is_reported_and_keeps_the_source(moved: Moved) -> None:
    moved.target.spoils = lambda name: name == moved.names[3]
    move = moved.move()
    move.run()
    counts = move.counts["media"]
    assert counts.failed == {moved.names[3]: Failure.COPY_DIFFERS} and counts.verified == 11
    assert not move.is_complete and moved.target.put_names.count(moved.names[3]) == 3
    with pytest.raises(ValueError, match="not all"):
        move.delete_source()
    assert len(moved.at(moved.source)) == 12
    moved.target.spoils = lambda name: False
    assert moved.run().verified == 12


def test_a_copy_that_changes_later_is_found_and_made_again(moved: Moved) -> None:
    moved.run()
    victim = moved.target.root / moved.names[5]
    victim.write_bytes(b"x" * victim.stat().st_size)
    counts = moved.run()
    assert moved.target.put_names == [moved.names[5]] and counts.verified == 12
    assert moved.at(moved.target) == moved.at(moved.source)


def test_deep_finds_what_changed_without_a_trace(moved: Moved) -> None:
    moved.run()
    victim = moved.target.root / moved.names[5]
    facts = victim.stat()
    victim.write_bytes(b"x" * facts.st_size)
    os.utime(victim, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    moved.run()
    assert moved.at(moved.target) != moved.at(moved.source)
    moved.run(is_deep=True)
    assert moved.target.put_names == [moved.names[5]] and moved.at(moved.target) == moved.at(moved.source)


def test_a_damaged_file_is_copied_as_it_is_and_named(moved: Moved) -> None:
    put_bytes(moved.source, moved.names[2], b"damaged")
    counts = moved.run()
    assert (
        counts.damaged == [moved.names[2]]
        and counts.verified == 12
        and moved.at(moved.target) == moved.at(moved.source)
    )


def test_a_right_file_at_the_target_is_not_replaced_by_a_damaged_one(moved: Moved) -> None:
    moved.run()
    moved.journal.unlink()
    put_bytes(moved.source, moved.names[2], b"damaged")
    counts = moved.run()
    assert moved.target.put_names == [] and counts.verified == 12 and counts.damaged == []
    assert moved.at(moved.target)[moved.names[2]] == b"file 2"


def test_the_file_of_a_storage_in_use_is_never_replaced(moved: Moved) -> None:
    moved.rows.clear()
    put_bytes(moved.target, moved.names[1], b"made anew there")
    move = moved.move(is_used=True)
    move.run()
    assert move.counts["media"].failed == {moved.names[1]: Failure.OTHER_CONTENT} and not move.is_complete
    assert moved.at(moved.target)[moved.names[1]] == b"made anew there" and len(moved.at(moved.target)) == 12


def test_the_source_is_deleted_only_where_the_copy_is_equal(moved: Moved) -> None:
    (moved.source.root / "holiday.jpg").write_bytes(b"a user's file")
    move = moved.move(is_used=True)
    move.run()
    late = moved.add(b"made between")
    move.delete_source()
    assert set(moved.at(moved.source)) == {"holiday.jpg", late}
    assert move.counts["media"].deleted == 12 and move.counts["media"].foreign == 1
    assert moved.at(moved.target) == {name: f"file {number}".encode() for number, name in enumerate(moved.names)}


def test_copies_of_what_was_deleted_permanently_meanwhile_are_deleted(moved: Moved) -> None:
    moved.run()
    gone, referred = moved.names[0], moved.names[1]
    moved.source.delete([gone, referred])
    del moved.rows[gone]
    other = put(moved.target, b"not from this move")
    counts = moved.run()
    assert counts.dropped == 1 and set(moved.at(moved.target)) == {*moved.names[1:], other}
    del moved.rows[referred]
    assert moved.run(is_used=True).dropped == 0


def test_an_empty_source_is_not_taken_for_a_gallery(moved: Moved) -> None:
    moved.run()
    moved.source.delete(moved.names)
    with pytest.raises(NotFound, match="none of the"):
        moved.run()
    moved.target.delete(moved.names[:1])
    with pytest.raises(NotFound, match="none of the 12 files"):
        moved.move().plan()
    assert len(moved.at(moved.target)) == 11


def test_others_at_the_target_are_named_and_missing_files_counted(moved: Moved) -> None:
    (moved.target.root).mkdir()
    (moved.target.root / "holiday.jpg").write_bytes(b"a user's file")
    moved.source.delete(moved.names[:1])
    move = moved.move()
    move.plan()
    counts = move.counts["media"]
    assert (counts.others, counts.missing, counts.to_do) == (["holiday.jpg"], 1, 11)
    assert set(moved.at(moved.target)) == {"holiday.jpg"} and not moved.journal.exists()


def test_no_space_is_said_before_anything_is_copied(moved: Moved, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moved.target, "free_bytes", lambda: 1000)
    with pytest.raises(StorageFull, match="1,000 bytes free"):
        moved.run()
    assert moved.target.put_names == []


def test_an_outage_ends_the_run_and_the_next_one_continues(moved: Moved) -> None:
    def fail_once() -> None:
        if len(moved.target.put_names) >= 6:
            raise StorageUnavailable("The bucket does not respond.")

    moved.target.after_put = fail_once
    with pytest.raises(StorageUnavailable):
        moved.run()
    assert len(moved.at(moved.source)) == 12
    moved.target.after_put = lambda: None
    counts = moved.run()
    assert counts.verified == 12 and len(moved.target.put_names) < 12
    assert moved.at(moved.target) == moved.at(moved.source)


def test_a_deletion_that_breaks_off_is_continued(moved: Moved, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kaimedia.media.move.DELETES_AT_ONCE", 5)
    move = moved.move(is_used=True)
    move.run()
    delete = moved.source.delete

    def delete_once(names: Iterable[str]) -> None:
        delete(names)
        monkeypatch.setattr(moved.source, "delete", _refuse)

    monkeypatch.setattr(moved.source, "delete", delete_once)
    with pytest.raises(StorageUnavailable):
        move.delete_source()
    assert len(moved.at(moved.source)) == 7 and moved.journal.exists()
    monkeypatch.setattr(moved.source, "delete", delete)
    again = moved.move(is_used=True)
    again.run()
    again.delete_source()
    assert moved.at(moved.source) == {} and len(moved.at(moved.target)) == 12 and moved.target.put_names == []


def test_one_place_under_two_addresses_is_recognized_and_never_deleted(tmp_path: Path) -> None:
    moved = Moved(tmp_path)
    (tmp_path / "alias").symlink_to(moved.source.root)
    moved.target = Target(tmp_path / "alias")
    move = moved.move(is_used=True)
    move.run()
    assert move.is_one_place(is_deleting=False) and move.is_one_place(is_deleting=True)
    with pytest.raises(ValueError, match="one place"):
        move.delete_source()
    assert len(moved.at(moved.source)) == 12 and not (moved.source.root / MARKS).exists()


def test_a_source_that_shows_through_at_the_target_is_recognized(
    moved: Moved, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A target that reads what it lacks from the source: what is written there does not show at the source."""
    monkeypatch.setattr(Target, "marks", Layered(FolderMarks(moved.target.root), moved.source.marks))
    move = moved.move(is_used=True)
    assert not move.is_one_place(is_deleting=False) and move.is_one_place(is_deleting=True)


class Layered:
    """Marks of a folder over another one."""

    def __init__(self, upper: Marks, lower: Marks) -> None:
        self.leave, self.remove = upper.leave, upper.remove
        self._layers = upper, lower

    def shows(self, mark: str) -> bool:
        return any(layer.shows(mark) for layer in self._layers)


@pytest.mark.parametrize(("source", "target"), [("m", "m/sub"), ("m/sub", "m"), ("m", "m/references")])
def test_one_place_inside_the_other_loses_nothing(tmp_path: Path, source: str, target: str) -> None:
    moved = Moved(tmp_path)
    moved.source.root.rename(tmp_path / "before")
    (tmp_path / source).parent.mkdir(exist_ok=True)
    (tmp_path / "before").rename(tmp_path / source)
    moved.source, moved.target = LocalStorage(tmp_path / source), Target(tmp_path / target)
    move = moved.move(is_used=True)
    assert not move.is_one_place(is_deleting=True)
    move.run()
    move.delete_source()
    assert moved.at(moved.source) == {} and len(moved.at(moved.target)) == 12


def test_a_file_saved_while_the_source_is_listed_is_not_deleted(moved: Moved, monkeypatch: pytest.MonkeyPatch) -> None:
    move = moved.move(is_used=True)
    move.run()
    listed, late = moved.source.files, []

    def files() -> dict[str, FileFacts]:
        found = listed()
        late.append(moved.add(f"saved after listing {len(late)}".encode()))
        return found

    monkeypatch.setattr(moved.source, "files", files)
    move.delete_source()
    assert set(moved.at(moved.source)) == set(late) and len(moved.at(moved.target)) == 12


def test_what_changed_after_the_listing_is_not_deleted(moved: Moved, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file at the source, or its copy."""
    replaced, lost, spoiled = moved.names[0], moved.names[1], moved.names[2]
    move = moved.move(is_used=True)
    move.run()
    listed = moved.target.files

    def files() -> dict[str, FileFacts]:
        found = listed()
        put_bytes(moved.source, replaced, b"fetched again, longer than before")
        moved.target.delete([lost])
        put_bytes(moved.target, spoiled, b"something else")
        return found

    monkeypatch.setattr(moved.target, "files", files)
    move.delete_source()
    assert set(moved.at(moved.source)) == {replaced, lost, spoiled}
    assert (move.counts["media"].deleted, move.counts["media"].kept) == (9, 3) and moved.journal.exists()


def test_what_was_deleted_permanently_after_the_move_does_not_come_back(moved: Moved) -> None:
    moved.run()
    gone, lost, late = moved.names[0], moved.names[1], moved.add(b"made between")
    moved.target.delete([gone, lost])
    del moved.rows[gone], moved.rows[late]
    move = moved.move(is_used=True)
    move.run()
    counts = move.counts["media"]
    assert (counts.gone, counts.copied, counts.verified) == (1, 2, 12) and move.is_complete
    assert set(moved.at(moved.target)) == {*moved.names[1:], late}, "one without a row is copied for the first time"
    move.delete_source()
    assert set(moved.at(moved.source)) == {gone} and (counts.deleted, counts.kept) == (12, 0)
    assert moved.run(is_used=True).gone == 1 and gone not in moved.at(moved.target)


def _refuse(names: Iterable[str]) -> None:
    raise StorageUnavailable("The bucket does not respond.")
