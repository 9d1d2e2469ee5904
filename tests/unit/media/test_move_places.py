"""A move from one place to the same place, or to one inside it, loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaimedia.media.local import LocalStorage
from kaimedia.media.marks import MARKS, FolderMarks, Marks
from tests.unit.media.moves import Moved, Target


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
