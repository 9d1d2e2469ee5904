"""The integrity report over a large gallery with planted faults: `python bench/integrity.py`.

Plants a known number of faults of each kind, compares files and gallery, and checks that exactly those are found.
The yardstick is `sha256sum` over the same files. Then repairs, and checks that no file has gone and what is left.
Exits with 1 if a fault was not found, one was invented, or a file has gone.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import insert

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kaimedia import config as configuration
from kaimedia.context import AppContext, open_context
from kaimedia.domain import Modality
from kaimedia.domain.integrity import Fault, FaultKind
from kaimedia.media import names
from kaimedia.store.tables import MEDIA
from kaimedia.studio.rescue.integrity_service import MAX_LISTED

AT = datetime(2026, 1, 1, tzinfo=UTC)
PADDING_BYTES = 64 * 1024  # after the picture's end, where it changes the hash and no pixel
Planted = dict[FaultKind, set[str]]


class Gallery:
    """Items whose files exist, in a temporary folder."""

    def __init__(self, folder: Path, items: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.media = folder / "media"
        self.media.mkdir()
        environment = {"KAIMEDIA_DATA": str(folder / "data"), "KAIMEDIA_MEDIA_URL": str(self.media)}
        self.context: AppContext = open_context(configuration.load(folder, environment=environment), run_engine=False)
        self.names = [self._item_name(number) for number in range(items)]
        self._fill()

    def _item_name(self, number: int) -> str:
        return names.new_name(Modality.IMAGE, AT + timedelta(minutes=number), "png", key=f"item {number}")

    def _fill(self) -> None:
        picture, thumbnail = _picture("PNG", 128), _picture("WEBP", 64)
        rows: list[dict[str, Any]] = []
        for number, name in enumerate(self.names):
            data = picture + number.to_bytes(8, "big") + self.random.randbytes(PADDING_BYTES)
            small, large = names.thumbnail_name(name), names.large_thumbnail_name(name)
            for each, content in ((name, data), (small, thumbnail), (large, thumbnail)):
                (self.media / each).write_bytes(content)
            rows.append(
                {
                    "media_type": "image", "prompt": f"picture {number}", "model": "gpt4o-image", "task_id": "",
                    "created_at": AT, "status": "completed", "filename": name, "file_path": name,
                    "thumbnail_path": small, "thumbnail_large_path": large, "size_bytes": len(data),
                    "sha256": hashlib.sha256(data).hexdigest(), "mime_type": "image/png",
                }
            )  # fmt: skip
        with self.context.database.write() as session:
            session.execute(insert(MEDIA), rows)

    def plant(self, each: int) -> Planted:
        """Break `each` items in every way; returns the names of the files by the fault that is expected."""
        chosen = iter(self.random.sample(self.names, each * 4))
        planted: Planted = defaultdict(set)
        for _ in range(each):
            missing, cut, changed, bare = next(chosen), next(chosen), next(chosen), next(chosen)
            (self.media / missing).unlink()
            _rewrite(self.media / cut, lambda data: data[: len(data) // 2])
            _rewrite(self.media / changed, lambda data: data[:-1] + bytes([data[-1] ^ 1]))
            (self.media / names.thumbnail_name(bare)).unlink()
            (self.media / names.large_thumbnail_name(bare)).write_bytes(b"")
            planted[FaultKind.FILE_MISSING].add(missing)
            planted[FaultKind.WRONG_SIZE].add(cut)
            planted[FaultKind.FILE_CHANGED].add(changed)
            planted[FaultKind.THUMBNAIL_LOST] |= {names.thumbnail_name(bare), names.large_thumbnail_name(bare)}
        for number in range(each):
            stray = names.new_name(Modality.IMAGE, AT, "png", key=f"stray {number}")
            (self.media / stray).write_bytes(_picture("PNG", 96))
            (self.media / f"holiday {number}.txt").write_bytes(b"not ours")
            planted[FaultKind.UNTRACKED].add(stray)
            planted[FaultKind.FOREIGN].add(f"holiday {number}.txt")
        return planted


def _picture(kind: str, size_px: int) -> bytes:
    out = BytesIO()
    Image.effect_mandelbrot((size_px, size_px), (-2, -1.5, 1, 1.5), 20).convert("RGB").save(out, kind)
    return out.getvalue()


def _rewrite(path: Path, change: Any) -> None:
    path.write_bytes(change(path.read_bytes()))


@contextmanager
def timed(what: str, note: str = "") -> Iterator[None]:
    """Print how long the block took, and by how much the peak memory of this process rose."""
    before_kb, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    yield
    took_s, rose_kb = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb
    print(f"{what:34} {took_s:7.2f} s   peak memory +{rose_kb / 1024:.1f} MB  {note}")


def compare(found: dict[FaultKind, set[str]], planted: Planted) -> int:
    """Print what was found by kind; returns how many were not found or invented."""
    wrong = 0
    for kind in FaultKind:
        expected, got = planted.get(kind, set()), found.get(kind, set())
        lost, invented = len(expected - got), len(got - expected)
        wrong += lost + invented
        print(f"  {kind.value:15} planted {len(expected):5}  found {len(got):5}  lost {lost}  invented {invented}")
    return wrong


def by_kind(faults: Iterator[Fault]) -> dict[FaultKind, set[str]]:
    """The names of the files by fault."""
    found: dict[FaultKind, set[str]] = defaultdict(set)
    for fault in faults:
        found[fault.kind].add(fault.name)
    return found


def run(folder: Path, items: int, each: int, seed: int) -> int:
    """One run; returns the exit code."""
    gallery = Gallery(folder, items, seed)
    planted = gallery.plant(each)
    before = {path.name for path in gallery.media.iterdir()}
    integrity = gallery.context.studio.rescue.integrity
    files = [str(gallery.media / name) for name in gallery.names if (gallery.media / name).exists()]
    print(f"{items:,} items, {len(before):,} files, {sum(Path(each).stat().st_size for each in files) / 1e6:,.0f} MB")
    with timed("yardstick: sha256sum"):
        subprocess.run(["xargs", "-0", "sha256sum"], input="\0".join(files).encode(), stdout=-3, check=True)
    with timed("names and sizes"):
        integrity.check(is_deep=False)
    with timed("names, sizes and SHA-256"):
        report = integrity.check(is_deep=True)
    found = by_kind(gallery.context.studio.rescue.faults(is_deep=True))
    wrong = compare(found, planted)
    wrong += report.total != sum(map(len, planted.values())) or len(report.faults) > MAX_LISTED
    with timed("repair"):
        repaired = integrity.repair()
    print("  " + ", ".join(f"{remedy.value} {number}" for remedy, number in repaired.remedies.items()))
    gone = before - {path.name for path in gallery.media.iterdir()}
    print(f"  files gone after the repair: {len(gone)}")
    left = by_kind(gallery.context.studio.rescue.faults(is_deep=True))
    for kind in (FaultKind.THUMBNAIL_LOST, FaultKind.UNTRACKED):
        wrong += len(left.get(kind, ()))
    print("  left: " + ", ".join(f"{kind.value} {len(found)}" for kind, found in left.items()))
    gallery.context.close()
    return 1 if wrong or gone else 0


def main() -> int:
    """Run it as the options say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--faults", type=int, default=100, help="of each kind")
    parser.add_argument("--seed", type=int, default=11)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return run(Path(folder), args.items, args.faults, args.seed)


if __name__ == "__main__":
    sys.exit(main())
