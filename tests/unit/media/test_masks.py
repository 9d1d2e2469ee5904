"""What a mask is painted on, and whether it fits."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from kaimedia.errors import UnsupportedMedia
from kaimedia.media import masks


def saved(path: Path, size: tuple[int, int], kind: str = "PNG", orientation: int = 1) -> Path:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", size, "teal").save(path, kind, exif=exif)
    return path


def test_a_mask_fits_an_image_of_the_same_size(tmp_path: Path) -> None:
    image = saved(tmp_path / "a.png", (40, 30))
    masks.check_fits(saved(tmp_path / "b.png", (40, 30)), image)
    with pytest.raises(UnsupportedMedia, match="30 × 40 pixels, but the image has 40 × 30 pixels"):
        masks.check_fits(saved(tmp_path / "c.png", (30, 40)), image)


def test_the_size_is_that_of_the_upright_image(tmp_path: Path) -> None:
    turned = saved(tmp_path / "a.jpg", (40, 30), "JPEG", orientation=6)
    assert masks.size_px(turned) == (30, 40)
    with Image.open(BytesIO(masks.webp(turned))) as image:
        assert image.size == (30, 40) and image.format == "WEBP"
    masks.check_fits(saved(tmp_path / "b.png", (30, 40)), turned)


def test_a_large_image_is_painted_on_in_a_smaller_copy(tmp_path: Path) -> None:
    with Image.open(BytesIO(masks.webp(saved(tmp_path / "a.png", (400, 200)), 100))) as image:
        assert image.size == (100, 50)


def test_an_inverted_mask_has_black_and_white_swapped(tmp_path: Path) -> None:
    mask = Image.new("RGB", (4, 2), "white")
    mask.paste("black", (1, 0, 3, 1))
    mask.save(tmp_path / "a.png")
    with Image.open(BytesIO(masks.inverted(tmp_path / "a.png"))) as inverted:
        assert (inverted.format, inverted.size) == ("PNG", (4, 2))
        assert list(inverted.convert("L").get_flattened_data()) == [0, 255, 255, 0, 0, 0, 0, 0]


def test_an_orientation_is_applied_to_the_pixels(tmp_path: Path) -> None:
    turned = masks.turned(saved(tmp_path / "a.jpg", (40, 30), "JPEG", orientation=8), "image/jpeg", 10**6, "")
    assert turned is not None
    with Image.open(BytesIO(turned)) as image:
        assert image.size == (30, 40) and image.getexif().get(0x0112, 1) == 1 and image.format == "JPEG"
    assert masks.turned(saved(tmp_path / "b.jpg", (40, 30), "JPEG"), "image/jpeg", 10**6, "") is None
