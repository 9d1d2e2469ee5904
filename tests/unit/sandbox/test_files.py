"""Uploads, results, links and the drawing process: what is on disk and what may be fetched."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kaimedia.sandbox.drawing import small_media
from kaimedia.sandbox.drawing import worker as drawing_worker
from kaimedia.sandbox.protocol import results
from kaimedia.sandbox.protocol.fetching import Unreachable, fetch, is_loopback
from kaimedia.sandbox.protocol.uploads import URL_PREFIX, Uploads, safe_path


@given(st.text(), st.text())
def test_no_upload_path_leads_elsewhere(folder: str, name: str) -> None:
    path = safe_path(folder, name)
    assert all(part and not part.startswith(".") for part in path.split("/"))
    assert path.isascii() and "\\" not in path


def test_uploads_are_found_until_they_expire(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "u", lifetime_s=100.0)
    path = uploads.save("images/a.png", b"one", now=1000.0)
    assert path == f"{URL_PREFIX}/images/a.png"
    found = uploads.find(f"/{path}", 1099.0)
    assert found is not None and found.read_bytes() == b"one"
    assert uploads.find_link(f"https://elsewhere.example/{path}?x=1", 1099.0) == found
    assert uploads.find(f"/{path}", 1101.0) is None
    assert list((tmp_path / "u").iterdir()) == []
    assert uploads.find("/etc/passwd", 0) is None and uploads.find(f"/{URL_PREFIX}/../../etc/passwd", 0) is None


@pytest.mark.parametrize(
    ("url", "is_ours"),
    [
        ("http://127.0.0.1:8501/a.png", True),
        ("http://localhost/a", True),
        ("http://[::1]:80/a", True),
        ("https://example.com/a", False),
        ("http://10.0.0.1/a", False),
        ("http://169.254.169.254/", False),
        ("http://127.0.0.1.example.com/", False),
        ("file:///etc/passwd", False),
        ("nonsense", False),
    ],
)
def test_only_this_machine_is_fetched_from(url: str, is_ours: bool) -> None:
    assert is_loopback(url) is is_ours
    if not is_ours:
        with pytest.raises(Unreachable):
            fetch(url, timeout_s=1, limit_bytes=10)


def test_result_links_are_read_strictly() -> None:
    task_id = "0123456789abcdef" * 2
    assert results.parse(f"/images/{task_id}_0.png") == (task_id, "0")
    assert results.parse(f"/k/{task_id}_0") == (task_id, "0")
    assert results.parse_link(f"http://anywhere:1/v/{task_id}_0.mp4?a=b") == (task_id, "0")
    for path in (f"/images/{task_id}.png", f"/x/{task_id}_0", f"/k/{task_id}_100", f"/k/{task_id}_0/../..", "/k/"):
        assert results.parse(path) is None


def test_small_images_and_videos_contain_their_name() -> None:
    assert small_media.image("a") == small_media.image("a") != small_media.image("b")
    image = Image.open(io.BytesIO(small_media.image("a name")))
    assert image.size == (64, 64)
    assert image.info["Comment"] == "a name"
    for extension, name in (("jpg", "JPEG"), ("webp", "WEBP")):
        compressed = small_media.image("a name", extension)
        assert Image.open(io.BytesIO(compressed)).format == name
        assert compressed == small_media.image("a name", extension) != small_media.image("b", extension)
    assert small_media.video("a")[:-1] == small_media.video("b")[:-1]
    assert small_media.video("name").endswith(b"\x00\x00\x00\x0cfreename")


def _ask(*jobs: dict[str, object]) -> list[dict[str, object]]:
    answers = io.StringIO()
    drawing_worker.serve(io.StringIO("".join(json.dumps(job) + "\n" for job in jobs)), answers)
    return [json.loads(line) for line in answers.getvalue().splitlines()]


def _job(out: Path, **changes: object) -> dict[str, object]:
    drawing = {"kind": "image", "variant": 0, "out": str(out)}
    usual = {"id": "x", "prompt": "a tree", "sizes": [[64, 48]], "duration_s": 0, "fps": 24, "seed": 0}
    usual["reference"] = None
    return {**usual, "drawings": [drawing], **changes}


def test_the_worker_draws_whole_files_and_responds_to_each_job(tmp_path: Path) -> None:
    answers = _ask(_job(tmp_path / "a.png"), _job(tmp_path / "none" / "b.png", id="y"), _job(tmp_path / "c.png"))
    assert [(answer["id"], answer["error"] is None) for answer in answers] == [("x", True), ("y", False), ("x", True)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "c.png"]
    assert Image.open(tmp_path / "a.png").size == (64, 48)


@pytest.mark.parametrize(("extension", "format_name"), [("png", "PNG"), ("jpg", "JPEG"), ("webp", "WEBP")])
def test_the_worker_draws_the_format_of_the_extension(tmp_path: Path, extension: str, format_name: str) -> None:
    out = tmp_path / f"a.{extension}"
    _ask(_job(out))
    assert Image.open(out).format == format_name


def test_the_worker_takes_the_size_nearest_to_the_reference(tmp_path: Path) -> None:
    reference = tmp_path / "tall.png"
    Image.new("RGB", (30, 50)).save(reference)
    sizes = [[64, 36], [36, 64], [48, 48]]
    (answer,) = _ask(_job(tmp_path / "a.png", reference=str(reference), sizes=sizes))
    assert answer["error"] is None
    assert Image.open(tmp_path / "a.png").size == (36, 64)


def test_an_unreadable_reference_is_reported_as_the_cause(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.png"
    wrong.write_bytes(b"\x89PNG\r\n\x1a\nnot really")
    for path in (wrong, tmp_path / "missing.png"):
        (answer,) = _ask(_job(tmp_path / "a.png", reference=str(path)))
        assert answer["is_reference"] is True and answer["error"]
    assert not (tmp_path / "a.png").exists()
