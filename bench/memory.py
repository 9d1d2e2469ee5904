"""Memory of the app against the smallest memory that Streamlit Community Cloud gives: `python bench/memory.py`.

One app on its embedded sandbox, as a new installation: idle, with one and five open pages, while four images and one
video are generated with five pages open, and after all pages are closed. Resident memory of all its processes: at the
end of each step, and the most seen during it, ten times a second. `--setting NAME=VALUE` (repeatable) sets more, for
example a PostgreSQL database and a bucket. Exits with 1 above the limit.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.processes import App, Meter, get_json, post_json
from bench.sessions import opened

LIMIT_MB = 690.0  # in 10^6 bytes
SETTLE_S = 3.0
PATIENCE_S = 180.0
IMAGE = {"model": "gpt4o-image", "aspect_ratio": "1:1"}
VIDEO = {"model": "veo3_fast", "aspect_ratio": "16:9", "duration": 8}


@dataclass(frozen=True, slots=True)
class Step:
    """What was done, and the memory in 10^6 bytes: at the end, and the most during it."""

    name: str
    end_mb: float
    peak_mb: float


class Steps:
    """Measures step by step; `pid` is the app's main process."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.found: list[Step] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure what happens in the block, and the seconds after it."""
        meter = Meter(self._pid)
        yield
        time.sleep(SETTLE_S)
        meter.stop()
        self.found.append(Step(name, meter.resident_mb(), meter.peak_mb))
        print(f"{self.found[-1]}", file=sys.stderr, flush=True)


def make(app: App, kind: str, count: int, fields: dict[str, object]) -> None:
    """Generate that many, one request after the other, and wait until all are saved."""
    wanted = get_json(f"{app.url}/api/media")["total"] + count
    for number in range(count):
        post_json(f"{app.url}/api/{kind}/generate", {"prompt": f"a lighthouse, {number}", **fields})
    until = time.monotonic() + PATIENCE_S
    while get_json(f"{app.url}/api/media")["total"] < wanted:
        if time.monotonic() > until:
            raise SystemExit(f"no result within {PATIENCE_S:g} s")
        time.sleep(0.2)


async def measure(app: App, steps: Steps) -> None:
    """All steps with pages; they stay open while the last one works."""
    with steps.step("idle"):
        pass
    async with opened(app.port, 1) as [first]:
        with steps.step("1 open page"):
            await first.rerun()
        async with opened(app.port, 4) as others:
            with steps.step("5 open pages"):
                for session in others:
                    await session.rerun()
            with steps.step("5 open pages, 4 images"):
                await asyncio.to_thread(make, app, "images", 4, IMAGE)
            with steps.step("5 open pages, 1 video"):
                await asyncio.to_thread(make, app, "videos", 1, VIDEO)
    with steps.step("all pages closed"):
        pass


def show(found: list[Step]) -> float:
    """The table; returns the most memory seen, in 10^6 bytes."""
    most = max(step.peak_mb for step in found)
    print(f"\n| after | memory, MB | of {LIMIT_MB:g} MB | most meanwhile, MB | of {LIMIT_MB:g} MB |")
    print("|---|---|---|---|---|")
    for step in found:
        shares = f"{step.end_mb / LIMIT_MB:.0%} | {step.peak_mb:.0f} | {step.peak_mb / LIMIT_MB:.0%}"
        print(f"| {step.name} | {step.end_mb:.0f} | {shares} |")
    print(f"\nmost: {most:.0f} MB, {most / LIMIT_MB:.2f} × the limit")
    return most


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--setting", action="append", default=[], metavar="NAME=VALUE")
    chosen = parser.parse_args()
    settings = {"KAIMEDIA_SANDBOX_SPEED": "60"} | dict(each.split("=", 1) for each in chosen.setting)
    with tempfile.TemporaryDirectory() as folder, App(Path(folder), **settings) as app:
        steps = Steps(app.process.pid)
        asyncio.run(measure(app, steps))
    return 0 if show(steps.found) < LIMIT_MB else 1


if __name__ == "__main__":
    sys.exit(main())
