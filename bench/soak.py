"""Does memory stay flat under mixed use? `python bench/soak.py --minutes 10`.

One app with 400 items and its own sandbox, for that many minutes: users in Chromium who open pages, upload references,
click Generate and view the gallery; lightweight sessions that open and close; scripts that generate images and videos,
list, mark and delete; gallery API requests and thumbnails; strangers with wrong URLs, hosts and origins, and silent
sockets. Every five seconds it samples resident memory, open descriptors and threads of the main process, alone and with
its children. After the warm-up (a third of the run, at most three minutes), a robust regression (Theil–Sen) gives the
growth per minute. Exits with 1 if it exceeds a limit of `bench/trend.py`, or if a request failed unexpectedly.
Streamlit keeps a closed session for two minutes, with three descriptors each, so runs under nine minutes only find
errors, not growth.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.gallery_rows import seed
from bench.processes import App, Sandbox
from bench.soak_uses import LIBRARY, NAMES, Uses
from bench.start import chromium
from bench.trend import LIMITS_PER_MIN, Sampler, Trend, trends

MOST_WARM_UP_S = 180.0
SPEED = 8.0
UNITS = {"mb": "resident memory, MB", "descriptors": "open descriptors", "threads": "threads"}


def soak(folder: Path, minutes: float, names: Sequence[str]) -> tuple[Sampler, Uses]:
    """Use an app for that long."""
    sandbox = Sandbox(folder, speed=SPEED, media="full")
    try:
        seed(f"sqlite:///{folder / 'kaimedia.db'}", LIBRARY, folder / "media")
        with App(folder, KAIMEDIA_SANDBOX_URL=sandbox.url) as app, chromium(True) as browser:
            sampler, uses = Sampler(app.process.pid), Uses(app, names)
            uses.start()
            try:
                uses.browse(browser, time.monotonic() + minutes * 60)
            finally:
                uses.stop()
                sampler.stop()
    finally:
        sandbox.close()
    return sampler, uses


def show(found: Sequence[Trend], warm_up_s: float, uses: Uses) -> None:
    """The table, the actions and the errors."""
    print(f"\n| after {warm_up_s:.0f} s of warm-up | start | median | end | most | more each minute | limit | |")
    print("|---|---|---|---|---|---|---|---|")
    for each in found:
        whose, _, unit = each.name.partition("_")
        words = f"{UNITS[unit]}, {'main process' if whose == 'main' else 'with children'}"
        values = " | ".join(f"{value:.0f}" for value in (each.start, each.median, each.end, each.most))
        verdict = "flat" if each.is_flat else "**not flat**"
        print(f"| {words} | {values} | {each.slope:+.2f} | {LIMITS_PER_MIN[each.name]} | {verdict} |")
    print("\ndone: " + ", ".join(f"{count:,} {name}" for name, count in sorted(uses.done.items())))
    for name, count in Counter(uses.wrong).most_common():
        print(f"wrong: {name} ({count} ×)")


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--uses", nargs="+", choices=NAMES, default=NAMES, help="only these, to find what holds more")
    parser.add_argument("--samples", type=Path, help="write every sample there, as CSV")
    chosen = parser.parse_args()
    warm_up_s = min(MOST_WARM_UP_S, chosen.minutes * 60 / 3)
    print(f"load before: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    with tempfile.TemporaryDirectory() as name:
        sampler, uses = soak(Path(name), chosen.minutes, chosen.uses)
    if chosen.samples:
        lines = [",".join(["at_s", *LIMITS_PER_MIN])]
        lines += [
            ",".join(f"{value:.1f}" for value in (each.at_s, *(each.held[name] for name in LIMITS_PER_MIN)))
            for each in sampler.samples
        ]
        chosen.samples.write_text("\n".join(lines) + "\n")
    found = trends(sampler.samples, warm_up_s)
    show(found, warm_up_s, uses)
    print(f"load after: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    return 0 if all(each.is_flat for each in found) and not uses.wrong else 1


if __name__ == "__main__":
    sys.exit(main())
