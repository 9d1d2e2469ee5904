from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from kaimedia.errors import StorageFull, TooLarge, UnsupportedMedia
from kaimedia.media import image as images
from kaimedia.media.thumbnails import make_thumbnails
from tests.unit.media import samples

pytestmark = pytest.mark.slow


def make(tmp_path: Path, data: bytes) -> tuple[Image.Image, Image.Image, str]:
    source, small, large = tmp_path / "source", tmp_path / "small.webp", tmp_path / "large.webp"
    source.write_bytes(data)
    facts = make_thumbnails(source, small, large)
    with Image.open(small) as one, Image.open(large) as two:
        assert one.format == two.format == "WEBP"
        return one.copy(), two.copy(), facts.colors


def near(color: str, expected: tuple[int, int, int], slack: int = 12) -> bool:
    return all(abs(int(color[i * 2 : i * 2 + 2], 16) - expected[i]) <= slack for i in range(3))


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP", "GIF"])
def test_two_sizes_and_two_colors(image_format: str, tmp_path: Path) -> None:
    small, large, colors = make(tmp_path, samples.encoded(image_format, image=samples.sample_image(1600, 1200)))
    assert (small.size, large.size) == ((512, 384), (1024, 768))
    assert near(colors[:6], (220, 30, 30)) and near(colors[6:], (20, 40, 200))


def test_nothing_is_enlarged(tmp_path: Path) -> None:
    small, large, _ = make(tmp_path, samples.encoded("PNG", image=samples.sample_image(300, 200)))
    assert small.size == large.size == (300, 200)


@pytest.mark.parametrize("size", [(4000, 1), (1, 4000), (5003, 777), (1, 1), (2049, 2047)])
def test_odd_shapes(size: tuple[int, int], tmp_path: Path) -> None:
    small, large, colors = make(tmp_path, samples.encoded("PNG", image=Image.new("RGB", size, "teal")))
    assert max(large.size) == min(1024, max(size)) and max(small.size) == min(512, max(size))
    assert near(colors[:6], (0, 128, 128)) and near(colors[6:], (0, 128, 128))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turns_are_applied(orientation: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[images.ORIENTATION_TAG] = orientation
    turned = samples.sample_image(600, 400)
    if orientation in images.TURNS:
        inverse = {6: 8, 8: 6}.get(orientation, orientation)
        turned = turned.transpose(images.TURNS[inverse])
    _, large, colors = make(tmp_path, samples.encoded("JPEG", image=turned, exif=exif))
    assert large.size == (600, 400)
    assert near(colors[:6], (220, 30, 30)) and near(colors[6:], (20, 40, 200))


@pytest.mark.parametrize(
    ("mode", "is_see_through"),
    [("RGBA", True), ("LA", True), ("RGB", False), ("L", False), ("P", False), ("1", False), ("I;16", False)],
)
def test_modes(mode: str, is_see_through: bool, tmp_path: Path) -> None:
    image = Image.new(mode, (2600, 1300))
    small, large, _ = make(tmp_path, samples.encoded("PNG", image=image))
    assert large.mode == ("RGBA" if is_see_through else "RGB") and small.size == (512, 256)
    if is_see_through:
        assert large.getpixel((10, 10))[3] == 0


def test_sixteen_bits_are_scaled_not_videoped(tmp_path: Path) -> None:
    _, _, colors = make(tmp_path, samples.encoded("PNG", image=Image.new("I;16", (40, 40), 0x8000)))
    assert near(colors[:6], (128, 128, 128), slack=3)


def test_a_palette_with_a_hole_and_a_cmyk_jpeg(tmp_path: Path) -> None:
    image = samples.sample_image(100, 100, "P")
    _, large, _ = make(tmp_path, samples.encoded("GIF", image=image, transparency=image.getpixel((0, 0))))
    assert large.mode == "RGBA" and large.getpixel((5, 5))[3] == 0
    _, large, _ = make(tmp_path, samples.encoded("JPEG", image=samples.sample_image(100, 100, "CMYK")))
    assert large.mode == "RGB"


def test_an_animated_image_shows_its_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (64, 64), color) for color in ("red", "lime", "blue")]
    for image_format in ("GIF", "WEBP", "PNG"):
        data = samples.encoded(image_format, image=frames[0], save_all=True, append_images=frames[1:], duration=50)
        _, _, colors = make(tmp_path, data)
        assert near(colors[:6], (255, 0, 0))


def test_strips_give_the_same_as_one_piece(tmp_path: Path) -> None:
    image = samples.noise(4200, 2300)
    with images.opened(_written(tmp_path / "a.png", samples.encoded("PNG", image=image))) as image:
        ours = images.shrunk(image, 512)
    reference = image.reduce(4)
    reference.thumbnail((512, 512), Image.Resampling.LANCZOS)
    assert ours.size == reference.size and ours.tobytes() == reference.tobytes()


def test_an_unreadable_profile_is_ignored(tmp_path: Path) -> None:
    for profile in (b"profile" * 10, bytes(90_000)):
        small, _, colors = make(tmp_path, samples.encoded("PNG", icc_profile=profile))
        assert "icc_profile" not in small.info and near(colors[:6], (220, 30, 30))


def test_thumbnails_are_light(tmp_path: Path) -> None:
    make(tmp_path, samples.encoded("JPEG", image=samples.sample_image(2048, 2048), quality=95))
    assert (tmp_path / "small.webp").stat().st_size <= 40_000


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP"])
def test_damage_and_size_are_different_errors(image_format: str, tmp_path: Path) -> None:
    data = samples.encoded(image_format, image=samples.noise(200, 200))
    with pytest.raises(UnsupportedMedia):
        make(tmp_path, data[: len(data) // 2])
    with pytest.raises(TooLarge):
        make(
            tmp_path,
            samples.encoded(
                image_format, image=Image.new("L", (5100, 5100) if image_format == "WEBP" else (7100, 7100))
            ),
        )
    assert not (tmp_path / "small.webp").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_not_a_damaged_image(tmp_path: Path) -> None:
    source = _written(tmp_path / "a.png", samples.encoded("PNG"))
    (tmp_path / "small.webp").symlink_to("/dev/full")
    with pytest.raises(StorageFull):
        make_thumbnails(source, tmp_path / "small.webp", tmp_path / "large.webp")


HEAVIEST = "png-49mp-alpha"
BOMBS = {
    HEAVIEST: ("PNG", "RGBA", (7000, 7000)),
    "jpeg-49mp": ("JPEG", "RGB", (7000, 7000)),
    "png-49mp-palette": ("PNG", "P", (7000, 7000)),
    "gif-49mp": ("GIF", "P", (7000, 7000)),
    "webp-over-the-cap": ("WEBP", "RGB", (5100, 5100)),
    "png-over-the-cap": ("PNG", "1", (30000, 30000)),
}
MEASURED = """
import re, sys
from pathlib import Path
from kaimedia.errors import MediaError
from kaimedia.media.thumbnails import make_thumbnails
try:
    make_thumbnails(*(Path(name) for name in sys.argv[1:]))
except MediaError:
    pass
print(re.search(r"VmHWM:\\s+([0-9]+)", Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
@pytest.mark.parametrize(
    "kind", [HEAVIEST, *(pytest.param(kind, marks=pytest.mark.exhaustive) for kind in BOMBS if kind != HEAVIEST)]
)
def test_memory_stays_bounded(kind: str, tmp_path: Path) -> None:
    image_format, mode, size = BOMBS[kind]
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        Image.new(mode, size).save(tmp_path / "a", image_format)
    finally:
        Image.MAX_IMAGE_PIXELS = limit
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(tmp_path / "a"), str(tmp_path / "s"), str(tmp_path / "l")],
        capture_output=True, text=True, check=True, timeout=60, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert int(done.stdout) // 1024 < 300, f"{kind}: {int(done.stdout) // 1024} MB"


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
