"""Own styles saved from the page: read back as saved, replaced only with consent; errors name the field."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaimedia.errors import InvalidRequest, StoreError
from kaimedia.models import catalogue
from kaimedia.presets import Presets, read
from kaimedia.studio import own_styles

MODELS = {spec.id: spec.modality for spec in catalogue.MODELS}


def save(folder: Path, name: str, text: str, *, replace: bool = False) -> str:
    return own_styles.save(read(folder, MODELS), folder, name, text, replace=replace)


def found(folder: Path, style_id: str) -> str:
    presets: Presets = read(folder, MODELS)
    assert presets.problems == ()
    return next(each.prompt for each in presets.items if each.id == style_id and not each.is_builtin)


@pytest.mark.parametrize("name", ["Wet ink", "日本", "../../etc", 'say "hi" \\', "Überblick", "a/b"])
@pytest.mark.parametrize("text", ['soft "light"\nback\\slash', "中文 🎨"])
def test_what_is_saved_is_read_back(tmp_path: Path, name: str, text: str) -> None:
    style_id = save(tmp_path / "presets", name, text)
    assert found(tmp_path / "presets", style_id) == f"{{prompt}}. {text}"
    assert [path.parent for path in tmp_path.rglob("*.toml")] == [tmp_path / "presets"]


def test_a_slot_says_where_the_subject_goes(tmp_path: Path) -> None:
    assert found(tmp_path, save(tmp_path, "Card", "A card of {prompt}, 1962")) == "A card of {prompt}, 1962"


def test_another_style_is_replaced_only_with_consent(tmp_path: Path) -> None:
    (tmp_path / "by-hand.toml").write_text('name = "Wet Ink"\nsuffix = "by hand"\n')
    with pytest.raises(InvalidRequest, match="already") as refused:
        save(tmp_path, "wet ink", "new")
    assert refused.value.field == "name"
    assert found(tmp_path, "by-hand") == "{prompt}. by hand"
    assert save(tmp_path, "wet ink", "new", replace=True) == "by-hand"
    assert found(tmp_path, "by-hand") == "{prompt}. new"
    assert [path.name for path in tmp_path.iterdir()] == ["by-hand.toml"]


def test_a_broken_file_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "wet-ink.toml").write_text("name = ")
    with pytest.raises(InvalidRequest, match="already"):
        save(tmp_path, "Wet ink", "new")


@pytest.mark.parametrize(
    ("name", "text", "field"),
    [
        (" ", "x", "name"),
        ("n" * 41, "x", "name"),
        ("a\x00b", "x", "name"),
        ("Oil painting", "x", "name"),
        ("Mine", " ", "text"),
        ("Mine", "x" * 1501, "text"),
        ("Mine", "{prompt} {prompt}", "text"),
    ],
)
@pytest.mark.parametrize("replace", [False, True])
def test_a_rejection_names_the_field(tmp_path: Path, name: str, text: str, field: str, replace: bool) -> None:
    with pytest.raises(InvalidRequest) as refused:
        save(tmp_path, name, text, replace=replace)
    assert refused.value.field == field
    assert refused.value.message.startswith({"name": "Name: ", "text": "Prompt: "}[field])
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "presets").write_text("a file where the folder belongs")
    with pytest.raises(StoreError, match="cannot be saved"):
        save(tmp_path / "presets", "Mine", "x")
