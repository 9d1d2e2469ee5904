"""`styles` and `generate --style`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli


@pytest.fixture
def own(place: dict[str, str]) -> Path:
    """Two styles of the user."""
    folder = Path(place["KAIMEDIA_DATA"]) / "presets"
    folder.mkdir(parents=True)
    (folder / "ink.toml").write_text(
        'name = "Blue ink"\nkind = "image"\nsuffix = "Blue ink."\n[settings]\naspect_ratio = "3:2"\nvariants = 2\n'
    )
    (folder / "rise.toml").write_text(
        'name = "Rise"\nkind = "video"\nprompt = "Rising over {prompt}"\n'
        '[settings]\nmodel = "runway"\nduration_s = 10\nparams = {quality = "720p"}\n'
    )
    return folder


def test_a_style_goes_around_the_prompt(cli: Cli, own: Path) -> None:
    made = cli("generate", "a boat.", "--style", "blue INK", "--json").document
    assert made["prompt"] == "a boat. Blue ink." and len(made["media_ids"]) == 2
    item = cli("list", "media", "--view", "working", "--json").document["items"][0]
    assert item["aspect_ratio"] == "3:2"
    typed = cli("generate", "a boat", "--style", "ink", "-n", "1", "-a", "1:1", "--json").document
    assert typed["prompt"] == "a boat. Blue ink." and len(typed["media_ids"]) == 1


def test_a_style_brings_its_model_unless_one_is_typed(cli: Cli, own: Path) -> None:
    made = cli("generate", "a sea", "--style", "rise", "--json").document
    assert (made["model"], made["prompt"]) == ("runway", "Rising over a sea")
    assert cli("generate", "a sea", "--style", "rise", "-m", "veo3_fast", "--json").document["model"] == "veo3_fast"
    refused = cli("generate", "a sea", "--style", "rise", "-m", "gpt4o-image", "--json")
    assert refused.code == 2 and refused.document["error"]["field"] == "style"


def test_a_style_for_two_does_not_go_to_one_output(cli: Cli, own: Path) -> None:
    refused = cli("generate", "a boat", "--style", "ink", "-o", "-")
    assert refused.code == 2 and cli("list", "--json").document["total"] == 0


def test_what_is_no_style_sends_nothing(cli: Cli, own: Path) -> None:
    for named in ("nobody", ""):
        assert cli("generate", "a boat", "--style", named).code == 4
    assert cli("list", "--json").document["total"] == 0


def test_a_key_counts_the_style(cli: Cli, own: Path) -> None:
    first = cli("generate", "a boat", "--style", "ink", "--once", "k", "--json").document
    (own / "ink.toml").unlink()
    again = cli("generate", "a boat", "--style", "ink", "--once", "k", "--json").document
    assert again["task_id"] == first["task_id"]
    for other in ((), ("--style", "rise"), ("--style", "ink", "-n", "1")):
        assert cli("generate", "a boat", *other, "--once", "k").code == 2
    plain = cli("generate", "a kite", "--once", "p", "--json").document
    assert cli("generate", "a kite", "-n", "1", "--once", "p", "--json").document["task_id"] == plain["task_id"]


def test_styles_are_listed_and_saved(cli: Cli, own: Path) -> None:
    (own / "broken.toml").write_text('name = "Broken"\n')
    document = cli("styles", "--json").document
    assert [item["id"] for item in document["items"] if item["is_own"]] == ["ink", "rise"]
    assert [problem["file"] for problem in document["problems"]] == ["broken.toml"]
    listed = cli("styles")
    assert listed.out.startswith("ink ") and "broken.toml, line 1" in listed.err

    saved = cli("styles", "--save", "Wet ink", "wet ink", "--json")
    assert saved.code == 0 and saved.document["prompt"] == "{prompt}. wet ink"
    unasked = cli("styles", "--save", "Wet ink", "{prompt}, wet", "--json")
    assert unasked.code == 2 and unasked.document["error"]["field"] == "yes"
    assert cli("styles", "--save", "wet ink", "{prompt}, wet", "-y", "--json").document["prompt"] == "{prompt}, wet"
    refused = cli("styles", "--save", "", "x", "--json")
    assert refused.code == 2 and refused.document["error"]["field"] == "name"


def test_an_own_style_is_renamed_and_deleted(cli: Cli, own: Path) -> None:
    assert cli("styles", "--rename", "blue ink", "Wet ink", "--json").document["name"] == "Wet ink"
    assert cli("styles", "--rename", "wet ink", "Rise").code == 2
    assert "deleted" in cli("styles", "--delete", "Wet ink").out
    assert not (own / "ink.toml").exists() and (own / "deleted" / "ink.toml").exists()
    assert cli("styles", "--delete", "Wet ink").code == 4
    assert cli("styles", "--delete", "Ink wash").code == 4
