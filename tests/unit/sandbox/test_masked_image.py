"""Editing under a mask in the sandbox: only what the mask marks is drawn anew."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image

from kaimedia.sandbox.drawing.masked_image import MaskedImage

SIZE = (320, 240)


def edited(tmp_path: Path, changes: Literal["white", "black"], kind: str = "PNG", by: int = 0) -> MaskedImage:
    """A red image whose left half is white in the mask."""
    Image.new("RGB", SIZE, (200, 0, 0)).save(tmp_path / "image", "PNG")
    mask = Image.new("L", (SIZE[0] + by, SIZE[1]), 0)
    mask.paste(255, (0, 0, SIZE[0] // 2, SIZE[1]))
    mask.save(tmp_path / "mask", kind)
    return MaskedImage(tmp_path / "image", tmp_path / "mask", changes)


@pytest.mark.parametrize(("changes", "is_left"), [("white", True), ("black", False)])
def test_only_what_is_marked_changes(tmp_path: Path, changes: Literal["white", "black"], is_left: bool) -> None:
    masked = edited(tmp_path, changes)
    result = np.asarray(masked.changed(Image.new("RGB", SIZE, (0, 0, 200))))[: SIZE[1] // 2]  # the badge is below
    halves = result[:, : SIZE[0] // 2], result[:, SIZE[0] // 2 :]
    changed, kept = halves if is_left else halves[::-1]
    assert (changed == (0, 0, 200)).all() and (kept == (200, 0, 0)).all()


def test_size_and_type_of_the_mask_are_checked(tmp_path: Path) -> None:
    assert edited(tmp_path, "white").fits(has_type=True)
    assert edited(tmp_path, "white", "JPEG").fits(has_type=False)
    assert not edited(tmp_path, "white", "JPEG").fits(has_type=True)
    assert not edited(tmp_path, "white", by=1).fits(has_type=False)
    (tmp_path / "mask").write_bytes(b"no image")
    assert not MaskedImage(tmp_path / "image", tmp_path / "mask", "white").fits(has_type=False)


def test_the_result_has_the_size_of_the_image_where_the_shape_fits(tmp_path: Path) -> None:
    masked = edited(tmp_path, "white")
    assert masked.size_within(1024, 768) == SIZE
    assert masked.size_within(1024, 1024) == (1024, 1024)
    assert masked.changed(Image.new("RGB", (240, 240))).size == (240, 240)
    assert MaskedImage.of_json(dict(masked.as_json())) == masked
