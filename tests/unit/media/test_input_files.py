"""Videos and sound as inputs: recognized by their bytes, opened, stored unchanged."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from kaimedia.domain import InputKind
from kaimedia.errors import MediaError, TooLarge, UnsupportedMedia
from kaimedia.media import names
from kaimedia.media.input_file import read_input
from kaimedia.media.references import ReferenceStore
from tests import media_samples
from tests.unit.media.fault_server import FaultServer, reply

VIDEO = {"kind": InputKind.VIDEO, "allowed_mimes": ("video/mp4", "video/quicktime"), "max_bytes": 1_000_000}
SOUND = {"kind": InputKind.AUDIO, "allowed_mimes": ("audio/mp3", "audio/x-wav"), "max_bytes": 10_000_000}


@pytest.fixture
def references(tmp_path: Path) -> ReferenceStore:
    return ReferenceStore(tmp_path / "references")


@pytest.mark.parametrize(
    ("data", "mime_type"),
    [
        (media_samples.wav(1.5), "audio/wav"),
        (media_samples.sound("mp3", 1.5), "audio/mpeg"),
        (media_samples.sound("mp3", 1.5)[45:], "audio/mpeg"),
        (media_samples.sound("mp4", 1.5), "audio/mp4"),
        (media_samples.sound("mp4", 1.5).replace(b"M4A ", b"isom"), "audio/mp4"),
        (media_samples.sound("adts", 1.5), "audio/aac"),
        (media_samples.sound("ogg", 1.5), "audio/ogg"),
        (media_samples.sound("flac", 1.5), "audio/flac"),
        (media_samples.video(1.5, "mp4"), "video/mp4"),
        (media_samples.video(1.5, "mov"), "video/quicktime"),
        (media_samples.video(1.5, "matroska"), "video/x-matroska"),
    ],
    ids=["wav", "mp3", "mp3-frames", "m4a", "m4a-named-mp4", "aac", "ogg", "flac", "mp4", "mov", "mkv"],
)
def test_the_bytes_say_what_it_is_and_how_long(tmp_path: Path, data: bytes, mime_type: str) -> None:
    path = tmp_path / "file.exe"
    path.write_bytes(data)
    found = read_input(path, tmp_path / "poster")
    assert found.kind.mime_type == mime_type and found.input_kind == mime_type.partition("/")[0]
    assert found.duration_s == pytest.approx(1.5, abs=0.1)
    is_video = found.input_kind is InputKind.VIDEO
    assert (found.width_px, found.height_px) == ((64, 48) if is_video else (None, None))
    assert found.has_sound is not is_video


def test_a_video_is_stored_unchanged_with_a_poster(references: ReferenceStore, tmp_path: Path) -> None:
    data = media_samples.video(2.0)
    stored = references.add(data, **VIDEO)
    assert references.path(stored).read_bytes() == data and references.path(stored).suffix == ".mp4"
    assert (stored.kind, stored.mime_type, stored.size_bytes) == (InputKind.VIDEO, "video/mp4", len(data))
    assert stored.duration_s == pytest.approx(2.0, abs=0.1)
    assert names.mime_of(stored.filename or "") == "video/mp4"
    assert references.add(data, **VIDEO) == stored
    poster = next((tmp_path / "references").glob("*_poster.webp"))
    with Image.open(io.BytesIO(references.thumbnail(stored))) as preview:
        assert preview.format == "WEBP" and preview.size == (64, 48)
    poster.unlink()
    assert references.thumbnail(stored) and poster.is_file(), "made again"
    assert references.from_media(references.path(stored), **VIDEO) == stored
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "references").glob("*.*")} - {0o700} == {0o600}


def test_sound_is_stored_unchanged_without_a_picture(references: ReferenceStore) -> None:
    stored = references.add(media_samples.wav(1.0), **SOUND)
    assert references.path(stored).read_bytes() == media_samples.wav(1.0)
    assert (stored.kind, stored.mime_type, references.thumbnail(stored)) == (InputKind.AUDIO, "audio/wav", b"")


REFUSED: dict[str, tuple[dict[str, object], bytes, type[MediaError], str]] = {
    "type": (SOUND, media_samples.sound("ogg"), UnsupportedMedia, "OGG is not among the types this model takes."),
    "hint": (SOUND, media_samples.sound("ogg"), UnsupportedMedia, "Use an MP3 or WAV up to 10 MB."),
    "no video": (VIDEO, media_samples.wav(), UnsupportedMedia, "This is a sound file, not a video."),
    "no sound": (SOUND, media_samples.video(), UnsupportedMedia, "This is a video, not a sound file."),
    "image": (VIDEO, media_samples.image(), UnsupportedMedia, "This is an image, not a video."),
    "page": (VIDEO, b"<html>", UnsupportedMedia, "a web page, not an image, video or sound"),
    "cut": (VIDEO, media_samples.video(2.0)[:-300], UnsupportedMedia, "damaged or incomplete"),
    "noise": (SOUND, b"ID3\x04" + bytes(3000), UnsupportedMedia, "This sound file cannot be read."),
    "large": (VIDEO, b"\0" * 1_000_001, TooLarge, "This video is too large (1.0 MB)."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_file_leaves_nothing(references: ReferenceStore, tmp_path: Path, case: str) -> None:
    limits, data, kind, text = REFUSED[case]
    with pytest.raises(kind) as caught:
        references.add(data, **limits)  # type: ignore[arg-type]
    assert text in f"{caught.value.message} {caught.value.next_step}"
    assert not [path for path in (tmp_path / "references").rglob("*") if path.is_file()]


def test_an_image_slot_takes_neither(references: ReferenceStore) -> None:
    for data, what in ((media_samples.wav(), "a sound file"), (media_samples.video(), "a video")):
        with pytest.raises(UnsupportedMedia, match=f"This is {what}, not an image"):
            references.add(data, allowed_mimes=["image/png"], max_bytes=10**7)


def test_a_link_to_a_video(references: ReferenceStore, server: FaultServer) -> None:
    data = media_samples.video(1.0)
    url = server.url("/a.html", reply(data, headers="Content-Type: text/html\r\n"))
    stored = references.fetch(url, trusted_hosts=[server.host], **VIDEO)
    assert references.path(stored).read_bytes() == data
    with pytest.raises(TooLarge, match="larger"):
        references.fetch(
            server.url("/b", reply(b"x", length=1_000_001)), trusted_hosts=[server.host], **{**VIDEO, "max_bytes": 900}
        )
    with pytest.raises(MediaError, match="can’t load a video"):
        references.fetch(server.url("/c", reply(b"", status="404 x")), trusted_hosts=[server.host], **VIDEO)
