"""`media move` killed at random instants, and interrupted."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Cli
from tests.cli.test_media_move import contents, move
from tests.cli.test_media_move_s3 import LARGE_BYTES, SMALL_BYTES, add_files, objects, put_object
from tests.s3 import Bucket

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("s3")]
Start = Callable[..., "subprocess.Popen[bytes]"]
KILLS = 3


@pytest.fixture
def place(place: dict[str, str], bucket: Bucket) -> dict[str, str]:
    """The app stores in a folder and has the settings of a bucket."""
    return {**place, **bucket.options}


def _kill_several(start: Start, arguments: list[str], seen: Callable[[], int], seed: int) -> None:
    """Start the move again and again, and kill it at a random instant once it copies."""
    source = random.Random(seed)
    for _ in range(KILLS):
        process, before = start("media", "move", *arguments, "--quiet"), seen()
        until = time.monotonic() + 60
        while process.poll() is None and seen() == before and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(source.uniform(0.0, 0.2))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, process.communicate()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("direction", ["to", pytest.param("from", marks=pytest.mark.exhaustive)])
def test_killed_at_random_instants(
    cli: Cli,
    start: Start,
    place: dict[str, str],
    tmp_path: Path,
    bucket: Bucket,
    monkeypatch: pytest.MonkeyPatch,
    direction: str,
) -> None:
    """A file is at the target whole or not at all, the source keeps all, and each run continues."""
    folder = tmp_path / "media"
    add_files(folder, 200, SMALL_BYTES, seed=5)
    add_files(folder, 2, LARGE_BYTES, seed=6)
    everything = contents(folder)
    journal = tmp_path / "data" / "moves"

    def verified() -> int:
        return sum(path.stat().st_size for path in journal.glob("*")) if journal.is_dir() else 0

    target = bucket.url if direction == "to" else str(tmp_path / "new")
    if direction == "from":
        for name, data in everything.items():
            put_object(bucket, name, data)
        place["KAIMEDIA_MEDIA_URL"] = bucket.url
        monkeypatch.setenv("KAIMEDIA_MEDIA_URL", bucket.url)
    _kill_several(start, [target], verified, seed=7)
    moved = objects(bucket) if direction == "to" else contents(tmp_path / "new")
    assert 0 < len(moved) < len(everything) and moved.items() <= everything.items()
    last: Answer = move(cli, target, "--json")
    counts = last.document["files"]["media"]
    assert last.document["is_complete"] and 0 < counts["copied"] < len(everything) == counts["verified"]
    assert objects(bucket) == contents(folder) == everything
    assert direction == "to" or contents(tmp_path / "new") == everything


@pytest.mark.timeout(120)
def test_interrupted_by_a_person(start: Start, tmp_path: Path, bucket: Bucket) -> None:
    add_files(tmp_path / "media", 200, SMALL_BYTES, seed=9)
    process = start("media", "move", bucket.url)
    while not (tmp_path / "data" / "moves").is_dir() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and b"run the same command again" in said and b"Traceback" not in said
    assert list((tmp_path / "data" / ".incoming").iterdir()) == []
