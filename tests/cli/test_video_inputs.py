"""`generate --reference` with videos and sound."""

from __future__ import annotations

from pathlib import Path

from tests import media_samples
from tests.cli.conftest import Cli


def test_a_talking_portrait_with_and_without_roles(cli: Cli, tmp_path: Path) -> None:
    portrait, speech = tmp_path / "me.png", tmp_path / "hello.txt"
    portrait.write_bytes(media_samples.image(size=(320, 320)))
    speech.write_bytes(media_samples.wav(2.0))
    named = [f"portrait={portrait}", f"audio={speech}"]
    for first, second in (named, [str(speech), str(portrait)]):
        target = tmp_path / "talk.mp4"
        made = cli(
            *("generate", "hello", "-m", "kling-ai-avatar", "--reference", first, "--reference", second),
            *("-o", str(target), "--json"),
        )
        assert made.code == 0, made.err
        assert target.read_bytes()[4:8] == b"ftyp"


def test_a_file_that_does_not_fit(cli: Cli, tmp_path: Path) -> None:
    video = tmp_path / "video.mp4"
    video.write_bytes(media_samples.video(1.0))
    made = cli("generate", "", "-m", "kling-3.0-motion-control", "--reference", f"driving_video={video}")
    assert made.code == 2 and "“Motion video” must be at least 3 s long" in made.err
    made = cli("generate", "x", "-m", "kling-ai-avatar", "--reference", f"audio={video}")
    assert made.code != 0 and "This is a video, not a sound file." in made.err
    made = cli("generate", "x", "-m", "kling-ai-avatar", "--reference", f"audio={tmp_path / 'none.mp3'}")
    assert made.code == 2 and "cannot be read" in made.err
