"""Style files: the text around a prompt, errors with file and line, and the example in the documents."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaimedia.domain import Modality
from kaimedia.models import catalogue
from kaimedia.presets import BUILTIN_FOLDER, Preset, Presets, read
from tests.conftest import ROOT

MODELS = {spec.id: spec.modality for spec in catalogue.MODELS}
NOWHERE = Path("/nowhere/at/all")


def own(folder: Path, text: str | bytes, name: str = "mine.toml") -> Presets:
    """The result of one file, without the built-in styles."""
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(folder, MODELS, NOWHERE)


def preset(**values: object) -> Preset:
    return Preset.model_validate({"id": "x", "name": "X", "prompt": "{prompt}. Ink.", **values})


def test_ours_are_a_good_dozen_for_each_kind_and_all_are_whole() -> None:
    found = read(NOWHERE, MODELS)
    assert found.problems == ()
    assert len(found.items) == len(list(BUILTIN_FOLDER.glob("*.toml")))
    for modality, least in ((Modality.IMAGE, 12), (Modality.VIDEO, 6)):
        assert sum(each.suits(modality) for each in found.items) >= least
    assert all(each.is_builtin for each in found.items)
    assert len({each.name for each in found.items}) == len(found.items)


@pytest.mark.parametrize("item", read(NOWHERE, MODELS).items, ids=lambda each: each.id)
def test_ours_set_only_what_some_model_of_their_kind_offers(item: Preset) -> None:
    specs = [spec for spec in catalogue.MODELS if item.suits(spec.modality)]
    wanted = item.settings
    assert wanted.aspect_ratio is None or any(wanted.aspect_ratio in spec.aspect_ratios for spec in specs)
    assert wanted.model is None and not wanted.params and wanted.duration_s is None


def test_the_example_of_the_documents_is_a_style(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "presets.md").read_text(encoding="utf-8")
    example = re.search(r"<!-- example -->\n```toml\n(.*?)```", text, re.S)
    assert example
    found = own(tmp_path, example[1])
    assert found.problems == ()
    (item,) = found.items
    assert item.around("a frozen lake") == "A postcard of a frozen lake, printed in 1962, faded inks, deckle edge"
    assert (item.settings.aspect_ratio, item.settings.variants) == ("3:2", 2)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('name = "A\nsuffix = "x"', 1, "is not TOML"),
        ('name = "A"\nsuffix = "x', 2, "is not TOML"),
        ('name = "A"\nprompt = "no place for it"\n', 2, "exactly once"),
        ('name = "A"\nprompt = "{prompt} and {prompt}"\n', 2, "exactly once"),
        ('name = "A"\n', 1, "either prompt or suffix"),
        ('name = "A"\nsuffix = "x"\nprompt = "{prompt}"\n', 3, "either prompt or suffix"),
        ('name = "A"\nsuffix = "x"\nkind = "photo"\n', 3, "kind"),
        ('name = 5\nsuffix = "x"\n', 1, "name"),
        ('suffix = "x"\n', 1, "name"),
        ('name = "A"\nsuffix = "x"\nid = "y"\n', 3, "id"),
        ('name = "A"\nsuffix = "x"\ncolors = ["red", "#000000"]\n', 3, "colors"),
        ('name = "A"\nsuffix = "x"\n\n[settings]\nmodel = "veo9"\n', 5, "veo9 is not in the catalog"),
        ('name = "A"\nsuffix = "x"\n\n[settings]\nmodel = "veo3"\n', 5, 'needs kind = "video"'),
        ('name = "A"\nsuffix = "x"\n\n[settings]\naspect_ratio = "wide"\n', 5, "aspect_ratio"),
        ('name = "A"\nsuffix = "x"\nkind = "image"\n\n[settings]\nduration_s = 5\n', 1, "duration_s"),
        ('name = "A"\nsuffix = "x"\n\n[settings]\ncolour = "red"\n', 5, "colour"),
        (f'name = "A"\nsuffix = "{"x" * 1501}"\n', 2, "1,500"),
        (b'name = "A"\nsuffix = "\xff"\n', 2, "UTF-8"),
        ("#" * 20_001, 1, "20,000 bytes"),
        ("a=" + "[" * 5000, 1, ""),
    ],
)
def test_a_broken_file_is_named_with_its_line_and_spoils_nothing(
    tmp_path: Path, text: str | bytes, line: int, words: str
) -> None:
    (tmp_path / "good.toml").write_text('name = "Good"\nsuffix = "Fine"\n', encoding="utf-8")
    found = own(tmp_path, text)
    assert [each.name for each in found.items] == ["Good"]
    (problem,) = found.problems
    assert (problem.file, problem.line) == ("mine.toml", line)
    assert words in problem.detail


def test_a_file_of_the_same_name_takes_the_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "watercolor.toml").write_text('name = "Mine"\nsuffix = "Wet"\n', encoding="utf-8")
    found = read(tmp_path, MODELS)
    assert found.items[0].name == "Mine" and not found.items[0].is_builtin
    assert [each.id for each in found.items].count("watercolor") == 1


def test_a_folder_named_like_a_file_and_no_folder_at_all_are_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.toml").mkdir()
    assert read(tmp_path, MODELS, NOWHERE) == Presets()


def test_a_persons_last_sign_gives_way_to_the_styles_own() -> None:
    ink = preset()
    assert ink.around(" A whale. ") == "A whale. Ink."
    assert ink.within("A whale. Ink.") == "A whale"
    assert preset(prompt="Ink of {prompt} at night").around("A whale.") == "Ink of A whale. at night"
    assert ink.around("   ") == "" and ink.around(" . ") == ""
    assert ink.within(". Ink.") is None and ink.within("A whale") is None


@given(st.text(max_size=60), st.sampled_from(["{prompt}. Ink.", "Ink of {prompt}", "A {prompt}, B", "{prompt}"]))
def test_what_was_sent_comes_apart_into_what_makes_it_again(text: str, prompt: str) -> None:
    style = preset(prompt=prompt)
    sent = style.around(text)
    own_text = style.within(sent)
    assert (own_text is None) == (sent == "")
    if own_text is not None:
        assert style.around(own_text) == sent
