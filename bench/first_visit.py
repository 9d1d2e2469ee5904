"""The first visit of a browser with nothing cached, compared with `streamlit hello`: `python bench/first_visit.py`.

Both servers run; each round opens first one and then the other in a new browser profile, over loopback and over a
simulated line of 10 Mbit/s with a latency of 40 ms (Chromium's throttling). *First paint* is the browser's own
measurement; *usable* as in `bench/start.py`; *bytes* are what came over the network, headers included, until 1 s after
that. The first round compresses with gzip; those after `--settle-s` without visitors get brotli.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import Browser, CDPSession, sync_playwright

from bench.processes import free_port
from bench.start import CHROMIUM, CHROMIUM_OPTIONS, Server, answers, app, hello, started

LINES = {"loopback": None, "10 Mbit/s + 40 ms": {"latency": 40, "throughput": 10_000_000 / 8}}
PATIENCE_S = 90.0
SETTLE_S = 1.0
PAINT = "() => performance.getEntriesByName('first-paint')[0]?.startTime ?? null"


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit; times since the navigation began."""

    paint_ms: float
    usable_ms: float
    n_bytes: int
    n_requests: int


@contextlib.contextmanager
def counted(cdp: CDPSession) -> Iterator[dict[str, int]]:
    """Bytes and requests of a tab while the block runs."""
    seen = {"bytes": 0, "requests": 0}

    def finished(event: dict[str, float]) -> None:
        seen["bytes"] += int(event["encodedDataLength"])
        seen["requests"] += 1

    cdp.on("Network.loadingFinished", finished)
    cdp.send("Network.enable")
    yield seen


def visit(browser: Browser, url: str, server: Server, line: dict[str, float] | None) -> Visit:
    """Open the page with an empty cache."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    cdp = context.new_cdp_session(page)
    with counted(cdp) as seen:
        if line is not None:
            speed = {"downloadThroughput": line["throughput"], "uploadThroughput": line["throughput"]}
            cdp.send("Network.emulateNetworkConditions", {"offline": False, "latency": line["latency"], **speed})
        began = time.monotonic()
        page.goto(url, wait_until="commit", timeout=PATIENCE_S * 1000)
        words = page.get_by_role(server.role, name=server.words).first  # type: ignore[arg-type]
        words.wait_for(timeout=PATIENCE_S * 1000)
        if server.role == "button":
            words.click(trial=True, timeout=PATIENCE_S * 1000)
        usable_ms = (time.monotonic() - began) * 1000
        paint_ms = page.evaluate(PAINT)
        time.sleep(SETTLE_S)
        made = Visit(paint_ms, usable_ms, seen["bytes"], seen["requests"])
    context.close()
    return made


def row(name: str, visits: list[Visit]) -> tuple[float, float, float]:
    """Print the medians of one server."""
    paint_ms = statistics.median(each.paint_ms for each in visits)
    usable_ms = statistics.median(each.usable_ms for each in visits)
    kilobytes = statistics.median(each.n_bytes for each in visits) / 1000
    requests = statistics.median(each.n_requests for each in visits)
    print(
        f"  {name:16} first paint {paint_ms:6.0f} ms · usable {usable_ms:6.0f} ms · {kilobytes:6.0f} KB"
        f" · {requests:3.0f} requests",
        flush=True,
    )
    return paint_ms, usable_ms, kilobytes


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--settle-s", type=float, default=45.0, help="pause after the first visit (default: 45)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        servers = {"app": app(Path(folder)), "streamlit hello": hello(Path(folder))}
        urls = {}
        for name, server in servers.items():
            port = free_port()
            stack.enter_context(started(server, port))
            urls[name] = f"http://127.0.0.1:{port}"
        while not all(answers(f"{url}/") for url in urls.values()):
            time.sleep(0.1)
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        print("very first visit, over loopback:")
        for name, server in servers.items():
            row(name, [visit(browser, urls[name], server, None)])
        time.sleep(options.settle_s)
        for title, line in LINES.items():
            visits: dict[str, list[Visit]] = {name: [] for name in servers}
            for _ in range(options.rounds):
                for name, server in servers.items():
                    visits[name].append(visit(browser, urls[name], server, line))
            print(f"{title}, medians of {options.rounds}:")
            ours, theirs = (row(name, visits[name]) for name in servers)
            names = ("first paint", "usable", "bytes")
            ratios = (f"{what} {a / b:.2f} ×" for what, a, b in zip(names, ours, theirs, strict=True))
            print(f"  app to hello: {' · '.join(ratios)}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
