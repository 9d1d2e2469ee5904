from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import av
import pytest
from PIL import Image, ImageChops, ImageStat

from kaimedia.media import kinds, video, video_probe
from kaimedia.media.truncation import is_truncated
from kaimedia.media.video import VideoFacts, probe_video, take_last_frame
from kaimedia.media.video_probe import probe
from tests.unit.media import samples


@pytest.mark.parametrize("container", ["mp4", "mov", "webm"])
def test_facts_and_poster(container: str, tmp_path: Path) -> None:
    video_file = samples.video(tmp_path / f"video.{container}", container=container)
    facts = probe_video(video_file, tmp_path / "poster.webp")
    assert facts is not None and facts.duration_s is not None
    assert (facts.width_px, facts.height_px) == (96, 64) and abs(facts.duration_s - 2.0) < 0.1
    with Image.open(tmp_path / "poster.webp") as poster:
        assert (poster.format, poster.size) == ("WEBP", (96, 64))


@pytest.mark.parametrize("container", ["mp4", "mov", "webm"])
def test_the_last_frame_is_taken(container: str, tmp_path: Path) -> None:
    video_file = samples.video(tmp_path / f"video.{container}", container=container)
    assert take_last_frame(video_file, tmp_path / "last.png")
    with av.open(str(video_file)) as opened:
        *_, last = opened.decode(video=0)
    with Image.open(tmp_path / "last.png") as image:
        assert image.format == "PNG" and image.size == (96, 64)
        difference = ImageChops.difference(image.convert("RGB"), last.to_image())
    assert max(ImageStat.Stat(difference).mean) < 1


def test_what_has_no_frame_has_no_last_one(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no video")
    assert not take_last_frame(tmp_path / "a.mp4", tmp_path / "last.png")
    assert not (tmp_path / "last.png").exists()


def test_the_poster_is_not_the_black_beginning(tmp_path: Path) -> None:
    video_file = samples.video(tmp_path / "video.mp4", frames=72, black_frames=20)
    assert probe_video(video_file, tmp_path / "poster.webp") is not None
    with Image.open(tmp_path / "poster.webp") as poster:
        assert ImageStat.Stat(poster.convert("L")).mean[0] > 30


def test_a_black_video_has_a_black_poster(tmp_path: Path) -> None:
    video_file = samples.video(tmp_path / "video.mp4", frames=6, black_frames=6)
    assert probe_video(video_file, tmp_path / "poster.webp") is not None
    assert (tmp_path / "poster.webp").exists()


@pytest.mark.slow
def test_a_large_video_has_a_smaller_poster(tmp_path: Path) -> None:
    facts = probe_video(samples.video(tmp_path / "c.mp4", frames=2, size=(3840, 2160)), tmp_path / "poster.webp")
    assert facts is not None and facts.width_px == 3840
    with Image.open(tmp_path / "poster.webp") as poster:
        assert poster.size == (1920, 1080)


def test_the_script_speaks_json_and_runs_as_a_module_too(video_file: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kaimedia.media.video_probe", str(video_file), str(tmp_path / "p.webp")],
        capture_output=True, check=True, cwd=Path(__file__).parents[3], timeout=30,
    )  # fmt: skip
    facts = {"width_px": 96, "height_px": 64, "duration_s": 2.0, "has_poster": True, "has_sound": False}
    assert json.loads(done.stdout) == facts
    assert probe(video_file, tmp_path / "p2.webp") == json.loads(done.stdout)


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"\x00\x00\x00\x18ftypisom" + bytes(200), b"\x1a\x45\xdf\xa3" + bytes(200), b"<html>"],
    ids=["empty", "text", "ftyp-only", "ebml-only", "html"],
)
def test_a_file_that_is_not_a_video_has_no_poster(data: bytes, tmp_path: Path) -> None:
    video_file, poster = tmp_path / "video.mp4", tmp_path / "poster.webp"
    video_file.write_bytes(data)
    poster.touch()
    assert probe_video(video_file, poster) is None
    assert video_file.read_bytes() == data and not poster.exists()


def test_a_playlist_is_not_followed(tmp_path: Path) -> None:
    video_file = tmp_path / "video.mp4"
    video_file.write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")
    assert probe_video(video_file, tmp_path / "poster.webp") is None


@pytest.mark.parametrize("printed", ["", "[]", "{}", "null", '{"width_px": "x", "height_px": 1, "duration_s": 1}'])
def test_a_child_that_prints_garbage(
    printed: str, video_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "child.py"
    script.write_text(f"print({printed!r})")
    monkeypatch.setattr(video, "PROBE_SCRIPT", script)
    assert probe_video(video_file, tmp_path / "poster.webp") is None


@pytest.mark.parametrize("duration", ["NaN", "Infinity", "-1", "0", "1e9", "null"])
def test_an_impossible_duration_is_none(
    duration: str, video_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "child.py"
    line = f'{{"width_px": 4, "height_px": 3, "duration_s": {duration}}}'
    script.write_text(f"print({line!r})")
    monkeypatch.setattr(video, "PROBE_SCRIPT", script)
    assert probe_video(video_file, tmp_path / "poster.webp") == VideoFacts(4, 3, None)


def _child(tmp_path: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that limits itself as ours does, then misbehaves."""
    script = tmp_path / "child.py"
    script.write_text(Path(video.PROBE_SCRIPT).read_text().split("def probe")[0] + f"limit_process()\n{body}\n")
    monkeypatch.setattr(video, "PROBE_SCRIPT", script)


def test_a_hanging_child_is_killed(video_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _child(tmp_path, "import time; time.sleep(60)", monkeypatch)
    began = time.monotonic()
    assert probe_video(video_file, tmp_path / "poster.webp", wall_s=0.5) is None
    assert time.monotonic() - began < 20  # of the child’s 60


@pytest.mark.skipif(os.name != "posix", reason="limits are POSIX")
@pytest.mark.parametrize(
    "body",
    [
        'block = bytearray(2 * 1024**3); print(\'{"width_px": 1, "height_px": 1, "duration_s": 1}\')',
        "import os; os.abort()",
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "open(sys.argv[2], 'wb').truncate(70 * 1024**2)",
        "sys.exit(3)",
    ],
    ids=["memory", "abort", "segfault", "file-size", "code"],
)
def test_a_child_that_dies_is_harmless(
    body: str, video_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _child(tmp_path, body, monkeypatch)
    assert probe_video(video_file, tmp_path / "poster.webp") is None


@pytest.mark.skipif(os.name != "posix", reason="limits are POSIX")
def test_the_documented_limits_are_set(video_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = (
        "import resource as r, json\n"
        "limits = [r.getrlimit(k)[0] for k in (r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_CORE)]\n"
        "print(json.dumps({'width_px': limits[0], 'height_px': limits[1], 'duration_s': None}))"
    )
    _child(tmp_path, body, monkeypatch)
    assert probe_video(video_file, tmp_path / "poster.webp") == VideoFacts(1024**3, 10, None)


def test_the_child_gets_no_secrets(video_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIE_API_KEY", "canary")
    _child(tmp_path, "import os; sys.exit(1) if 'canary' in str(os.environ) else print('[]')", monkeypatch)
    seen: list[int] = []
    run = subprocess.run

    def spy(*args: object, **options: object) -> object:
        done = run(*args, **options)  # type: ignore[call-overload]
        seen.append(done.returncode)
        return done

    monkeypatch.setattr(subprocess, "run", spy)
    probe_video(video_file, tmp_path / "poster.webp")
    assert seen == [0]


@pytest.mark.parametrize("container", ["mp4", "mov"])
def test_truncated_videos_are_detected(container: str, tmp_path: Path) -> None:
    video_file = samples.video(tmp_path / "video", container=container)
    data = video_file.read_bytes()
    assert not is_truncated(video_file, kinds.MP4)
    for length in (0, 4, 12, 30, len(data) // 2, len(data) - 40, len(data) - 1):
        video_file.write_bytes(data[:length])
        assert is_truncated(video_file, kinds.MP4), length
    video_file.write_bytes(data + b"\x00" * 100)
    assert not is_truncated(video_file, kinds.MP4)
    video_file.write_bytes(data + b"\xff" * 100)
    assert not is_truncated(video_file, kinds.MP4)


def test_long_and_open_ended_boxes_are_read(tmp_path: Path) -> None:
    video_file = tmp_path / "video"
    head = b"\x00\x00\x00\x10ftypisom\x00\x00\x00\x00" + b"\x00\x00\x00\x08moov"
    for tail, is_cut in (
        (b"\x00\x00\x00\x01mdat" + (26).to_bytes(8, "big") + bytes(10), False),
        (b"\x00\x00\x00\x01mdat" + (99).to_bytes(8, "big") + bytes(10), True),
        (b"\x00\x00\x00\x01free" + b"\xff" * 8 + bytes(10), False),
        (b"\x00\x00\x00\x00mdat" + bytes(10), False),
        (b"\x00\x00\x00\x03mdat" + bytes(10), False),
        (b"\x00\x00", False),
    ):
        video_file.write_bytes(head + tail)
        assert is_truncated(video_file, kinds.MP4) is is_cut, tail


def _matrix(*values: int) -> bytes:
    return b"".join(value.to_bytes(4, "big", signed=True) for value in values)


def test_a_rotated_video_is_shown_upright(tmp_path: Path) -> None:
    """A quarter turn clockwise in the track header: what was above is on the right."""
    video_file = samples.video(tmp_path / "video.mp4", frames=4)
    straight = _matrix(65536, 0, 0, 0, 65536, 0, 0, 0, 2**30)
    turned = _matrix(0, 65536, 0, -65536, 0, 0, 64 * 65536, 0, 2**30)
    head, mark, track = video_file.read_bytes().partition(b"tkhd")
    video_file.write_bytes(head + mark + track.replace(straight, turned, 1))
    facts = probe_video(video_file, tmp_path / "poster.webp")
    assert facts is not None and (facts.width_px, facts.height_px) == (64, 96)
    with Image.open(tmp_path / "poster.webp") as poster:
        left, right = poster.getpixel((4, 48)), poster.getpixel((60, 48))
    assert isinstance(left, tuple) and isinstance(right, tuple)
    assert left[2] > 150 > left[0] and right[0] > 150 > right[2]


def test_a_video_without_any_frame_ends_the_child(
    video_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video_probe, "frame_at", lambda *arguments: None)
    with pytest.raises(ValueError, match="no frame"):
        probe(video_file, tmp_path / "poster.webp")


def test_the_duration_of_the_container_is_the_fallback(tmp_path: Path) -> None:
    video_file = samples.video(tmp_path / "video.webm", frames=24, container="webm")
    assert probe(video_file, tmp_path / "poster.webp")["duration_s"] == pytest.approx(1.0, abs=0.1)


def test_the_entry_limits_itself_first(
    video_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    order: list[str] = []
    monkeypatch.setattr(video_probe, "limit_process", lambda: order.append("limits"))
    monkeypatch.setattr(video_probe, "probe", lambda video_file, poster: (order.append("probe"), {"width_px": 1})[1])
    assert video_probe.main([str(video_file), str(tmp_path / "poster.webp")]) == 0
    assert order == ["limits", "probe"] and json.loads(capsys.readouterr().out) == {"width_px": 1}


@pytest.mark.skipif(os.name != "posix", reason="limits are POSIX")
def test_limits_never_exceed_what_we_were_given(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    limits: dict[int, tuple[int, int]] = {}
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (5, 5) if kind == resource.RLIMIT_CPU else (-1, -1))
    monkeypatch.setattr(resource, "setrlimit", lambda kind, pair: limits.update({kind: pair}))
    video_probe.limit_process()
    assert limits[resource.RLIMIT_CPU] == (5, 5) and limits[resource.RLIMIT_AS] == (1024**3, 1024**3)


def test_a_system_without_limits_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)
    video_probe.limit_process()
