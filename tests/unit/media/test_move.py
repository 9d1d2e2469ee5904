"""A move copies everything, finds what is not equal, continues where it was, and deletes only what is verified."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pytest

from kaimedia.errors import NotFound, StorageFull, StorageUnavailable
from kaimedia.media.move_counts import Failure
from tests.stored import put_bytes
from tests.unit.media.moves import Moved


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


def _refuse(names: Iterable[str]) -> None:
    raise StorageUnavailable("The bucket does not respond.")
