"""Example images of styles: each built-in one has one; others are used from next to the style file, or rejected."""

from __future__ import annotations

import base64
from pathlib import Path
from xml.etree import ElementTree

import pytest

from kaimedia.domain import Modality
from kaimedia.models import catalogue
from kaimedia.presets import Preset, Presets, read
from kaimedia.presets.example_images import MAX_IMAGE_BYTES

MODELS: dict[str, Modality] = {spec.id: spec.modality for spec in catalogue.MODELS}
NOWHERE = Path("/nowhere/at/all")
OURS_KB = 30  # all built-in ones together are sent to the page with the list


def own(folder: Path, **images: bytes) -> Presets:
    """A user's style with images next to it, by their suffixes."""
    (folder / "mine.toml").write_text('name = "Mine"\nsuffix = "Ink."\n', encoding="utf-8")
    for ending, content in images.items():
        (folder / f"mine.{ending}").write_bytes(content)
    return read(folder, MODELS, NOWHERE)


@pytest.mark.parametrize("item", read(NOWHERE, MODELS).items, ids=lambda each: each.id)
def test_each_of_ours_shows_a_drawing_that_loads_nothing(item: Preset) -> None:
    kind, _, content = item.image.partition(";base64,")
    assert kind == "data:image/svg+xml"
    drawing = ElementTree.fromstring(base64.b64decode(content))
    assert drawing.get("viewBox") == "0 0 120 68"
    tags = {node.tag.rpartition("}")[2] for node in drawing.iter()}
    assert not tags & {"script", "image", "foreignObject", "use", "style"}
    assert not any(name.rpartition("}")[2] == "href" for node in drawing.iter() for name in node.attrib)


def test_all_of_ours_together_are_small() -> None:
    assert sum(len(item.image) for item in read(NOWHERE, MODELS).items) <= OURS_KB * 1000


@pytest.mark.parametrize(("ending", "mime"), [("webp", "webp"), ("png", "png"), ("jpg", "jpeg"), ("svg", "svg+xml")])
def test_an_image_beside_the_file_is_its_example(tmp_path: Path, ending: str, mime: str) -> None:
    found = own(tmp_path, **{ending: b"bytes"})
    assert [each.image for each in found.items] == [f"data:image/{mime};base64,Ynl0ZXM="]
    assert not found.problems


def test_a_style_without_an_image_has_its_colors(tmp_path: Path) -> None:
    (item,) = own(tmp_path, gif=b"bytes").items
    assert item.image == ""


def test_a_large_image_is_named_and_the_style_stays(tmp_path: Path) -> None:
    found = own(tmp_path, png=bytes(MAX_IMAGE_BYTES + 1))
    assert [each.image for each in found.items] == [""]
    assert [(each.file, each.detail) for each in found.problems] == [("mine.png", "is larger than 50,000 bytes")]
    assert own(tmp_path, png=bytes(MAX_IMAGE_BYTES)).items[0].image


def test_a_style_file_cannot_give_an_address_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('name = "A"\nsuffix = "x"\nimage = "https://x"\n', encoding="utf-8")
    (problem,) = read(tmp_path, MODELS, NOWHERE).problems
    assert (problem.line, problem.detail) == (3, "image: is not a known name in a style")
