"""Code that changes on disk while the process runs is detected."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaimedia.code_on_disk import CodeOnDisk


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("app.py", "pages/gallery.py", "kaimedia/ui/main.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x = 1\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", ["app.py", "pages/gallery.py", "kaimedia/ui/main.py", "kaimedia/ui/new.py"])
def test_a_changed_or_new_file_is_detected_for_good(root: Path, name: str) -> None:
    code = CodeOnDisk(root, check_every_s=0.0)
    assert not code.has_changed()
    (root / name).write_text("x = 22\n", encoding="utf-8")
    assert code.has_changed()
    (root / name).write_text("x = 1\n", encoding="utf-8")
    assert code.has_changed()


def test_a_removed_file_is_detected_and_other_files_are_ignored(root: Path) -> None:
    code = CodeOnDisk(root, check_every_s=0.0)
    (root / "kaimedia" / "notes.txt").write_text("x", encoding="utf-8")
    (root / "data").mkdir()
    assert not code.has_changed()
    (root / "pages" / "gallery.py").unlink()
    assert code.has_changed()
