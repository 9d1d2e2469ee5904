"""The sandbox's videos: real H.264 of the requested length and size, moving, watermarked."""

from __future__ import annotations

import itertools
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from kaimedia.errors import UnsupportedMedia
from kaimedia.sandbox.drawing.painter import render_image
from kaimedia.sandbox.drawing.scenes import SCENES
from kaimedia.sandbox.drawing.scenes.subjects import WORDS
from kaimedia.sandbox.drawing.video import render_video
from kaimedia.sandbox.drawing.watermark import badge, place

pytestmark = pytest.mark.slow

NAMES = [kind.__name__.lower() for kind in SCENES]


@dataclass(frozen=True)
class Video:
    codec: str
    profile: str | None
    pixel_format: str | None
    size: tuple[int, int]
    duration_s: float
    rate: float
    frames: list[npt.NDArray[Any]]
    streams: int


def _open(path: Path) -> Video:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.duration is not None
        assert stream.time_base is not None
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        return Video(
            codec=stream.codec_context.name,
            profile=stream.profile,
            pixel_format=stream.pix_fmt,
            size=(stream.width, stream.height),
            duration_s=float(stream.duration * stream.time_base),
            rate=float(stream.average_rate or 0),
            frames=frames,
            streams=len(container.streams),
        )


def _atoms(path: Path) -> list[str]:
    """Names of the top-level boxes in file order."""
    body, at, names = path.read_bytes(), 0, []
    while at + 8 <= len(body):
        size, name = struct.unpack(">I4s", body[at : at + 8])
        names.append(name.decode("ascii"))
        at += size if size > 1 else struct.unpack(">Q", body[at + 8 : at + 16])[0]
    return names


def _thumb(pixels: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Mean colors on a coarse grid."""
    return np.asarray(Image.fromarray(pixels).resize((16, 9), Image.Resampling.BOX), dtype=np.float64)


def _likeness(first: npt.NDArray[Any], second: npt.NDArray[Any]) -> float:
    return float(np.corrcoef(_thumb(first).ravel(), _thumb(second).ravel())[0, 1])


@pytest.fixture(scope="module")
def video_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("video") / "video.mp4"
    render_video("aurora over a lake", 640, 360, 2.0, 4, None, out)
    return out


def test_a_video_is_what_was_requested(video_path: Path) -> None:
    video = _open(video_path)
    assert video.codec == "h264"
    assert video.profile == "Main"
    assert video.pixel_format == "yuv420p"
    assert video.size == (640, 360)
    assert video.rate == 24
    assert len(video.frames) == 48
    assert abs(video.duration_s - 2.0) <= 1 / 24
    assert video.streams == 1


def test_the_index_comes_first(video_path: Path) -> None:
    atoms = _atoms(video_path)
    assert atoms[0] == "ftyp"
    assert atoms.index("moov") < atoms.index("mdat")


def test_it_moves_all_the_time_and_closes(video_path: Path) -> None:
    frames = [frame.astype(np.int16) for frame in _open(video_path).frames]
    steps = [float(np.abs(first - second).mean()) for first, second in itertools.pairwise(frames)]
    assert min(steps) > 0.05
    assert float(np.abs(frames[0] - frames[-1]).mean()) < 3 * max(steps), "the loop jumps"


def test_the_mark_is_in_every_frame(video_path: Path) -> None:
    pill, (x, y) = badge(360), place(640, 360)
    for frame in _open(video_path).frames[::12]:
        part = frame[y : y + pill.height, x : x + pill.width].mean(axis=2)
        assert part.max() > 190
        assert np.percentile(part, 30) < 120


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    outs = [tmp_path / "one.mp4", tmp_path / "two.mp4"]
    for out in outs:
        render_video("synthwave grid", 320, 180, 0.5, 9, None, out)
    assert outs[0].read_bytes() == outs[1].read_bytes()


@pytest.mark.parametrize("name", [NAMES[0], *(pytest.param(name, marks=pytest.mark.exhaustive) for name in NAMES[1:])])
def test_every_scene_gives_a_video_that_resembles_its_image(name: str, tmp_path: Path) -> None:
    prompt, out = " ".join(WORDS[name].split()[:3]), tmp_path / "video.mp4"
    render_video(prompt, 256, 144, 0.5, 6, None, out)
    video = _open(out)
    assert len(video.frames) == 12
    still = np.asarray(render_image(prompt, 512, 288, 0, 6))
    assert _likeness(video.frames[0], still) > 0.9


@pytest.mark.parametrize(
    ("width", "height", "duration_s", "fps", "frames"),
    [(180, 320, 1.0, 24, 24), (241, 181, 0.5, 30, 15), (128, 128, 0.01, 24, 1), (400, 64, 1.25, 12, 15)],
)
def test_sizes_lengths_and_rates(
    width: int, height: int, duration_s: float, fps: int, frames: int, tmp_path: Path
) -> None:
    out = tmp_path / "video.mp4"
    render_video("bauhaus poster", width, height, duration_s, 1, None, out, fps=fps)
    video = _open(out)
    assert video.size == (width // 2 * 2, height // 2 * 2)
    assert len(video.frames) == frames
    assert abs(video.duration_s - duration_s) <= 1 / fps


def _reference(size: tuple[int, int] = (600, 400)) -> Image.Image:
    image = Image.new("RGB", size, (30, 60, 140))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, size[1] // 2, size[0], size[1]), fill=(220, 170, 60))
    draw.ellipse((size[0] // 3, size[1] // 4, size[0] // 2, size[1] // 2), fill=(240, 240, 240))
    draw.rectangle((size[0] * 3 // 4, size[1] // 3, size[0] * 7 // 8, size[1]), fill=(160, 30, 50))
    return image


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_a_reference_stays_recognizable(suffix: str, tmp_path: Path) -> None:
    path, out = tmp_path / f"reference.{suffix}", tmp_path / "video.mp4"
    _reference((640, 360)).save(path)
    render_video("make it move", 320, 180, 1.0, 2, path, out)
    video = _open(out)
    assert video.size == (320, 180)
    original = np.asarray(_reference((640, 360)))
    for frame in video.frames[::6]:
        assert _likeness(frame, original) > 0.9
    steps = [np.abs(a.astype(np.int16) - b).mean() for a, b in itertools.pairwise(video.frames)]
    assert float(np.mean(steps)) > 0.05, "a still"


def test_a_reference_of_another_ratio_is_cropped_not_squeezed(tmp_path: Path) -> None:
    path, out = tmp_path / "reference.png", tmp_path / "video.mp4"
    tall = Image.new("RGB", (300, 900), (20, 20, 20))
    ImageDraw.Draw(tall).ellipse((50, 350, 250, 550), fill=(250, 250, 250))
    tall.save(path)
    render_video("", 480, 270, 0.2, 0, path, out)
    bright = _open(out).frames[0].mean(axis=2) > 140
    bright[200:, 350:] = False  # the mark
    rows, columns = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
    wide, high = len(columns), len(rows)
    assert wide > 250
    assert high > 230
    assert wide / max(high, 1) < 1.45


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "CMYK"])
def test_references_of_any_color_mode(mode: str, tmp_path: Path) -> None:
    path, out = tmp_path / ("reference.jpg" if mode == "CMYK" else "reference.png"), tmp_path / "video.mp4"
    _reference((120, 90)).convert(mode).save(path)
    render_video("", 128, 96, 0.2, 0, path, out)
    assert len(_open(out).frames) == 5


def test_a_turned_photo_is_set_upright(tmp_path: Path) -> None:
    path, out = tmp_path / "reference.jpg", tmp_path / "video.mp4"
    upright = Image.new("RGB", (320, 180), (0, 0, 0))
    ImageDraw.Draw(upright).rectangle((0, 0, 320, 90), fill=(255, 255, 255))
    exif = Image.Exif()
    exif[0x0112] = 6  # stored turned, to be shown turned a quarter to the right
    upright.rotate(90, expand=True).save(path, exif=exif)
    render_video("", 320, 180, 0.1, 0, path, out)
    frame = _open(out).frames[0].mean(axis=(1, 2))
    assert frame[20] > 180
    assert frame[-40] < 80


@pytest.mark.parametrize(
    "body", [b"", b"not an image at all", b"\x89PNG\r\n\x1a\n" + b"\x00" * 64, b"\xff\xd8\xff\xe0" + b"junk" * 20]
)
def test_a_corrupt_reference_is_refused_and_leaves_nothing(body: bytes, tmp_path: Path) -> None:
    path, out = tmp_path / "reference.png", tmp_path / "video.mp4"
    path.write_bytes(body)
    with pytest.raises(UnsupportedMedia):
        render_video("waves", 128, 96, 0.2, 0, path, out)
    assert not out.exists()


def test_a_cut_off_reference_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "reference.png"
    _reference().save(path)
    path.write_bytes(path.read_bytes()[:-900])
    with pytest.raises(UnsupportedMedia):
        render_video("waves", 128, 96, 0.2, 0, path, tmp_path / "video.mp4")
