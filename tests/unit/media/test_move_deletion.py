"""After a move, only what is verified is deleted, and what was deleted does not come back."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from kaimedia.errors import StorageUnavailable
from kaimedia.media.storage import FileFacts
from tests.stored import put, put_bytes
from tests.unit.media.moves import Moved


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
