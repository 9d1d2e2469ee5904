"""The gallery in Chromium compared with a static page and `st.image` in columns: `python bench/gallery.py`.

For each number of rows, the app is started as in the README, on SQLite. The static page (`bench/static_page.py`,
uvicorn) has exactly the thumbnails the gallery shows at the top, in the same places; it is the lower bound. Both are
opened alternately, each time in a tab with an empty cache, then again in the same tab. A window is *full* when all
images in view are loaded; fading in and decoding come after that, on both sides.

*Inside the app* is a click on Gallery in a tab showing Settings: the shell is loaded, but not the grid's script and
the images; the mouse button comes up at once, or after 80 ms, as a person's does. Both count as full when the items
that a press shows until the grid is there are complete. `--rows 60 1000 --rounds 1` is a short run. Chromium is
expected at /usr/bin/chromium.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.api import Server, served
from bench.browsers import SETTLE_MS, tab
from bench.gallery_rows import seed
from bench.gallery_tables import show, show_columns
from bench.gallery_turns import WORDS, Bench, apart
from bench.own_files import name_files, thumbnails
from bench.processes import Meter, clean_environment, free_port
from bench.sessions import opened
from bench.start import chromium

OPTIONS = ["--server.address=127.0.0.1", "--server.headless=true", "--browser.gatherUsageStats=false"]


@contextlib.contextmanager
def app(folder: Path, database: Path) -> Iterator[Server]:
    """The product on that database."""
    port = free_port()
    environment = clean_environment(
        KAIMEDIA_DATA=str(folder / "data"),
        KAIMEDIA_MEDIA_URL=str(folder / "media"),
        KAIMEDIA_DATABASE_URL=f"sqlite:///{database}",
    )
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}", *OPTIONS]
    with served("app", port, command, environment, folder / "app.log", "/api/health") as server:
        yield server


@contextlib.contextmanager
def baselines(folder: Path) -> Iterator[tuple[Server, Server]]:
    """The static page's server and the bare Streamlit page's."""
    (folder / "pages" / "ready").write_text("")
    environment = clean_environment(BENCH_FOLDER=str(folder))
    ports = free_port(), free_port()
    plain = [sys.executable, "-m", "uvicorn", "bench.static_page:app", f"--port={ports[0]}", "--no-access-log"]
    columns = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "bench/image_columns.py",
        f"--server.port={ports[1]}",
        *OPTIONS,
    ]
    with (
        served("static", ports[0], plain, environment, folder / "plain.log", "/pages/ready") as static,
        served("columns", ports[1], columns, environment, folder / "columns.log", "/_stcore/health") as bare,
    ):
        yield static, bare


def columns(browser: Any, bare: Server, count: int, rounds: int) -> dict[str, float]:
    """Medians of the page with `st.image` in columns."""
    seen: defaultdict[str, list[float]] = defaultdict(list)
    url = f"http://127.0.0.1:{bare.port}/?n={count}"
    with tab(browser) as one:
        one.load(url)
    for _ in range(rounds):
        with tab(browser) as one:
            measured = one.load(url)
            one.page.wait_for_timeout(3 * SETTLE_MS)
            seen["first"].append(measured["first"])
            seen["full"].append(measured["full"])
            seen["KB images"].append(one.n_bytes["images"] / 1000)
            seen["KB websocket"].append(one.n_bytes["websocket"] / 1000)
            seen["nodes"].append(one.memory()["nodes"])
            seen["warm full"].append(one.load(url)["full"])
    meter = Meter(bare.process.pid)
    seen["rerun"] = apart(lambda: _rerun_columns(bare.port, count))
    meter.stop()
    seen["cpu of a rerun"] = [meter.cpu_s * 1000 / (len(seen["rerun"]) + 1)]
    return {name: statistics.median(values) for name, values in seen.items()}


async def _rerun_columns(port: int, count: int) -> list[float]:
    async with opened(port, 1, query=f"n={count}") as (session,):
        return [await session.rerun() * 1000 for _ in range(5)]


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="*", default=[60, 1000, 10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--columns", type=int, nargs="*", default=[60, 1000], help="images on the st.image page")
    chosen = parser.parse_args()
    print(f"load before: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    benches = []
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        (folder / "pages").mkdir()
        browser = stack.enter_context(chromium(True))
        static, bare = stack.enter_context(baselines(folder))
        for place, rows in enumerate(chosen.rows):
            database = folder / f"{rows}.db"
            seed(f"sqlite:///{database}", rows, None if place else folder / "media")
            name_files(database, folder / "media")
            with app(folder, database) as ours:
                one = Bench(browser, rows, ours, static)
                one.prepare(folder / "pages", thumbnails(database))
                for turn in range(chosen.rounds):
                    one.open_all()
                    one.find(turn)
                one.scroll()
                one.serve()
            benches.append(one)
            print(f"{rows:,} rows done, load {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)
        shown = {
            count: columns(browser, bare, count, min(chosen.rounds, 3 if count <= 60 else 1))
            for count in chosen.columns
        }
    show(benches, [name for name, _ in WORDS])
    show_columns(shown)
    print(f"\nload after: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
