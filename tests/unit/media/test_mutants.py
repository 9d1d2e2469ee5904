"""Damaged files: the process that handles them survives and raises only the expected errors.

Two thousand, eight thousand with `--exhaustive`; `MUTANT_FACTOR` multiplies both, `MUTANT_SEED` picks others.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from kaimedia.media.video import probe_video
from tests.unit.media import samples

pytestmark = pytest.mark.slow

FACTOR = int(os.environ.get("MUTANT_FACTOR", "1"))
FACTORS = (FACTOR, pytest.param(4 * FACTOR, marks=pytest.mark.exhaustive))
IMAGES = 1700
VIDEOS = 300
PROBED = 20  # each runs in its own process, as in the product
BATCH = """
import json, pathlib, resource, sys, warnings
sys.path.insert(0, sys.argv[1])
warnings.simplefilter("ignore")
from kaimedia.errors import MediaError, TooLarge, UnsupportedMedia
from kaimedia.media.video_probe import MEMORY_BYTES, probe
from kaimedia.media.probe import sniff
from kaimedia.media.thumbnails import make_thumbnails
from kaimedia.media.truncation import is_truncated
import av
import PIL.Image

folder = pathlib.Path(sys.argv[2])
results = {"fine": 0, "refused": 0, "wrong": []}
resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
for path in sorted(folder.iterdir()):
    try:
        kind = sniff(path)
        is_truncated(path, kind)
        if kind.modality == "image":
            make_thumbnails(path, folder.parent / "s.webp", folder.parent / "l.webp")
        else:
            try:
                probe(path, folder.parent / "p.webp")
            except Exception:  # as in the child: any end is "no poster"
                raise UnsupportedMedia("no poster")
        results["fine"] += 1
    except (UnsupportedMedia, TooLarge):
        results["refused"] += 1
    except BaseException as error:
        results["wrong"].append(f"{path.name}: {error!r}")
print(json.dumps(results))
"""


def mutant(data: bytes, chance: random.Random) -> bytes:
    """One of: flipped bytes, a cut, a stretch doubled, zeroed or taken from elsewhere."""
    changed = bytearray(data)
    kind = chance.randrange(5)
    at = chance.randrange(len(changed))
    length = chance.randrange(1, 64)
    if kind == 0:
        for _ in range(chance.randrange(1, 12)):
            # headers matter most
            where = (
                chance.randrange(min(200, len(changed))) if chance.random() < 0.6 else chance.randrange(len(changed))
            )
            changed[where] = chance.randrange(256)
    elif kind == 1:
        del changed[at:]
    elif kind == 2:
        changed[at:at] = changed[at : at + length]
    elif kind == 3:
        changed[at : at + length] = bytes(len(changed[at : at + length]))
    else:
        source = chance.randrange(len(changed))
        changed[at : at + length] = changed[source : source + length]
    return bytes(changed)


def video_seeds(folder: Path) -> list[bytes]:
    """Small complete videos, one for each container."""
    return [
        samples.video(folder / name, frames=5, size=(48, 32), container=name).read_bytes()
        for name in ("mp4", "webm", "mov")
    ]


@pytest.mark.timeout(1200)
@pytest.mark.skipif(os.name != "posix", reason="limits are POSIX")
@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("kind", ["images", "videos"])
def test_damaged_files(kind: str, factor: int, tmp_path: Path) -> None:
    chance = random.Random(os.environ.get("MUTANT_SEED", "20261122"))
    folder = tmp_path / "mutants"
    folder.mkdir()
    if kind == "images":
        image = samples.noise(40, 30)
        seeds = [samples.encoded(name, image=image) for name in ("PNG", "JPEG", "WEBP", "GIF")]
        seeds.append(samples.encoded("PNG", image=image.convert("P")))
        seeds.append(samples.encoded("WEBP", image=image.convert("RGBA"), lossless=True))
        count = IMAGES * factor
    else:
        seeds = video_seeds(tmp_path)
        count = VIDEOS * factor
    for index in range(count):
        (folder / f"{index:05}").write_bytes(mutant(seeds[index % len(seeds)], chance))
    done = subprocess.run(
        [sys.executable, "-c", BATCH, str(Path(__file__).parents[3]), str(folder)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120 * factor, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"the child ended with {done.returncode}"
    results = json.loads(done.stdout)
    assert results["wrong"] == []
    assert results["fine"] + results["refused"] == count
    assert results["fine"] > 20 and results["refused"] > 20


@pytest.mark.timeout(1200)
@pytest.mark.skipif(os.name != "posix", reason="limits are POSIX")
@pytest.mark.parametrize("factor", FACTORS)
def test_damaged_videos(factor: int, tmp_path: Path) -> None:
    chance = random.Random(os.environ.get("MUTANT_SEED", "20261122"))
    seeds = video_seeds(tmp_path)
    video_file, poster = tmp_path / "video", tmp_path / "poster.webp"
    results = {True: 0, False: 0}
    for index in range(PROBED * factor):
        video_file.write_bytes(mutant(seeds[index % len(seeds)], chance))
        facts = probe_video(video_file, poster)
        results[facts is not None] += 1
        assert poster.exists() == (facts is not None), index
        if facts is not None:
            assert facts.width_px > 0 and facts.height_px > 0
            with Image.open(poster) as image:
                image.verify()
        poster.unlink(missing_ok=True)
    assert results[True] > 2 * factor and results[False] > factor, results
