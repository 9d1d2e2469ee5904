"""The user's styles renamed, deleted and restored: nothing else in their files changes, and no failure loses one."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from kaimedia.errors import Conflict, InvalidRequest, NotFound, StoreError
from kaimedia.models import catalogue
from kaimedia.presets import Presets, read
from kaimedia.studio import own_styles, style_changes
from kaimedia.studio.style_changes import DeletedStyle

MODELS = {spec.id: spec.modality for spec in catalogue.MODELS}
BY_HAND = """# mine
prompt = '''
name = "not this one" {prompt}
'''
name   = 'Wet "ink"'   # on the card
kind = "image"

[settings]
variants = 2
[settings.params]
name = "nor this one"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a style written by hand and two images next to it."""
    (tmp_path / "wet-ink.toml").write_bytes(BY_HAND.replace("\n", "\r\n").encode())
    (tmp_path / "wet-ink.webp").write_bytes(b"webp")
    (tmp_path / "wet-ink.png").write_bytes(b"png")
    return tmp_path


def presets(folder: Path) -> Presets:
    return read(folder, MODELS)


def own_names(folder: Path) -> dict[str, str]:
    found = presets(folder)
    assert found.problems == ()
    return {each.id: each.name for each in found.items if not each.is_builtin}


def held(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rename(folder: Path, name: str, style_id: str = "wet-ink") -> None:
    style_changes.rename(presets(folder), folder, style_id, name)


def delete(folder: Path) -> DeletedStyle:
    return style_changes.delete(presets(folder), folder, "wet-ink")


def restore(folder: Path, deleted: DeletedStyle) -> None:
    style_changes.restore(presets(folder), folder, deleted)


@pytest.mark.parametrize(
    "name", ["Dry ink", "../../etc/passwd", 'a/b\\c:*?"<>|', "日本 🎨", "WET “ink”", "con", ".", "\\1"]
)
def test_only_the_name_in_the_file_changes(folder: Path, name: str) -> None:
    before = held(folder)
    rename(folder, f"  {name} ")
    assert own_names(folder) == {"wet-ink": name}
    after = held(folder)
    written = after.pop("wet-ink.toml").decode().splitlines()
    was = before.pop("wet-ink.toml").decode().splitlines()
    assert after == before
    assert [line for line in was if line not in written] == ["""name   = 'Wet "ink"'   # on the card"""]
    assert len(written) == len(was)


@pytest.mark.parametrize("name", ["", " \t", "n" * 41, "a\x00b", "\ud800", "Oil painting", "oil PAINTING", "other"])
def test_a_name_that_cannot_be_is_refused_at_its_field(folder: Path, name: str) -> None:
    own_styles.save(presets(folder), folder, "Other", "x")
    before = held(folder)
    with pytest.raises(InvalidRequest) as refused:
        rename(folder, name)
    assert refused.value.field == "name" and refused.value.message.startswith("Name: ")
    assert held(folder) == before


def test_its_own_name_in_another_case_is_free(folder: Path) -> None:
    rename(folder, 'WET "INK"')
    assert own_names(folder) == {"wet-ink": 'WET "INK"'}


def test_a_name_written_over_several_lines_is_left_to_the_person(tmp_path: Path) -> None:
    (tmp_path / "wet-ink.toml").write_text('name = """\\\nWet"""\nsuffix = "x"\n')
    before = held(tmp_path)
    with pytest.raises(InvalidRequest, match="cannot be changed here") as refused:
        rename(tmp_path, "Dry")
    assert str(tmp_path / "wet-ink.toml") in refused.value.next_step
    assert held(tmp_path) == before


def test_a_new_style_does_not_take_the_file_of_a_renamed_one(folder: Path) -> None:
    own_styles.save(presets(folder), folder, "Chalk", "first")
    rename(folder, "Slate", "chalk")
    assert own_styles.save(presets(folder), folder, "Chalk", "second") == "chalk-2"
    assert {"chalk": "Slate", "chalk-2": "Chalk"}.items() <= own_names(folder).items()


@pytest.mark.parametrize("style_id", ["oil-painting", "gone", "../wet-ink", "", "deleted/wet-ink"])
def test_only_own_styles_can_be_changed(folder: Path, style_id: str) -> None:
    before = held(folder)
    with pytest.raises(NotFound):
        rename(folder, "Mine", style_id)
    with pytest.raises(NotFound):
        style_changes.delete(presets(folder), folder, style_id)
    with pytest.raises(NotFound):
        restore(folder, DeletedStyle("gone", "Gone"))
    assert held(folder) == before


def test_a_deleted_style_comes_back_with_its_images(folder: Path) -> None:
    before = held(folder)
    deleted = delete(folder)
    assert own_names(folder) == {}
    assert held(folder) == {f"deleted/{name}": content for name, content in before.items()}
    restore(folder, deleted)
    assert held(folder) == before


def test_the_last_one_deleted_under_a_name_comes_back_as_it_was(folder: Path) -> None:
    delete(folder)
    own_styles.save(presets(folder), folder, "Wet ink", "without an image")
    deleted = delete(folder)
    restore(folder, deleted)
    assert list(held(folder)) == ["wet-ink.toml"]


def test_it_does_not_come_back_over_another_of_its_name(folder: Path) -> None:
    deleted = delete(folder)
    own_styles.save(presets(folder), folder, 'Wet "ink"', "new")
    before = held(folder)
    with pytest.raises(Conflict, match="cannot be restored"):
        restore(folder, deleted)
    assert held(folder) == before


def test_deleting_one_that_hides_ours_shows_ours_again(tmp_path: Path) -> None:
    (tmp_path / "oil-painting.toml").write_text('name = "Oil painting"\nsuffix = "x"\n')
    deleted = style_changes.delete(presets(tmp_path), tmp_path, "oil-painting")
    assert next(each for each in presets(tmp_path).items if each.id == "oil-painting").is_builtin
    restore(tmp_path, deleted)
    assert own_names(tmp_path) == {"oil-painting": "Oil painting"}


@pytest.mark.parametrize("change", ["rename", "delete", "restore"])
def test_a_folder_that_cannot_be_written_is_named_and_nothing_is_lost(
    folder: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted = delete(folder) if change == "restore" else DeletedStyle("", "")
    before, move = held(folder), Path.replace

    def refuse(path: Path, target: Path) -> Path:
        if path.suffix in (".toml", ".part"):  # after the images have moved
            raise OSError(errno.EROFS, "Read-only file system")
        return move(path, target)

    monkeypatch.setattr(Path, "replace", refuse)
    act = {
        "rename": lambda: rename(folder, "Dry"),
        "delete": lambda: delete(folder),
        "restore": lambda: restore(folder, deleted),
    }
    with pytest.raises(StoreError, match="Read-only file system") as refused:
        act[change]()
    assert str(folder) in refused.value.next_step
    assert held(folder) == before


def test_an_image_takes_the_place_of_any_other(folder: Path) -> None:
    own_styles.save(presets(folder), folder, 'Wet "ink"', "new", replace=True, image=b"new")
    assert {name: content for name, content in held(folder).items() if not name.endswith("toml")} == {
        "wet-ink.webp": b"new"
    }


def test_a_renamed_file_keeps_who_may_read_it(folder: Path) -> None:
    (folder / "wet-ink.toml").chmod(0o640)
    rename(folder, "Dry")
    assert (folder / "wet-ink.toml").stat().st_mode & 0o777 == 0o640
