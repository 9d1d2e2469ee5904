"""Saving and serving media: a folder beside a bucket: `python bench/storage.py`.

Results are fetched from a server of this machine, checked and saved, with thumbnails, into a folder and into a bucket
(SeaweedFS on this machine). Then one app for each way serves the same files: the folder, the bucket through the app
(first time, and again from its cache), and the bucket by signed links, where the client follows the redirect. All in
one run, so that the ratios hold on any machine. Last, the peak memory of saving and serving a small and a large object.
Exits with 1 if a response was wrong, or if the large object takes `MOST_MORE_MB` more memory than the small one.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import http.server
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.object_server import ObjectServer
from bench.processes import ROOT, App, clean_environment
from kaimedia import config as configuration
from kaimedia.context import open_media
from kaimedia.domain import Modality
from kaimedia.media import names
from kaimedia.media.result_saver import ResultSaver
from kaimedia.media.storage import Storage

AT = datetime(2026, 1, 1, tzinfo=UTC)
VIDEO_BYTES, RANGE_BYTES = 20 * 10**6, 64 * 1024
IMAGE_BYTES = 20_000
IMAGES, CONNECTIONS = 60, 6  # of a window of the gallery; of a browser to one host
SAVES_AT_ONCE = 4
MIB = 1024**2
MOST_MORE_MB = 40.0
# One child process: writes a temporary file of that size piece by piece, stores it, reads it back, prints its peak.
SAVING = """
import sys
from kaimedia import config
from kaimedia.context import open_media
storage, size, name = open_media(config.load()), int(sys.argv[1]), sys.argv[2]
temp = storage.new_temp()
with temp.open("wb") as file:
    for _ in range(size // 2**20): file.write(bytes(2**20))
storage.put(temp, name)
with storage.open(name) as file:
    while file.read(2**20): pass
print(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0])
"""


@dataclass
class Client:
    """Requests files of an app as a browser does, and follows redirects; connections are reused."""

    url: str
    wrong: int = 0
    _connections: dict[str, http.client.HTTPConnection] = field(default_factory=dict)

    def get(self, name: str, part: tuple[int, int] | None = None) -> tuple[float, bytes]:
        """Seconds to the first byte, and the content."""
        headers = {"Sec-Fetch-Mode": "no-cors"}
        if part is not None:
            headers["Range"] = f"bytes={part[0]}-{part[1] - 1}"
        began = time.perf_counter()
        response = self._request(f"{self.url}/static/media/{name}", headers)
        if response.status == 307:
            response.read()
            response = self._request(response.headers["Location"], headers)
        first = response.read(1)
        first_s = time.perf_counter() - began
        self.wrong += response.status != (200 if part is None else 206)
        return first_s, first + response.read()

    def _request(self, url: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        parts = urlsplit(url)
        connection = self._connections.setdefault(parts.netloc, http.client.HTTPConnection(parts.netloc, timeout=60))
        connection.request("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path, headers=dict(headers))
        return connection.getresponse()


@dataclass(frozen=True)
class Way:
    """One way to serve: its label, its app, and the storage behind it."""

    label: str
    app: App
    storage: Storage
    is_cold: bool = False


Rows = dict[str, dict[str, float]]


def put(storage: Storage, data: bytes, modality: Modality, ext: str) -> str:
    """Store the bytes under a new name."""
    name = names.new_name(modality, AT, ext)
    temp = storage.new_temp()
    temp.write_bytes(data)
    storage.put(temp, name)
    return name


def opened(folder: Path, settings: Mapping[str, str]) -> Storage:
    """The storage of those settings, with temporary files in `folder`."""
    return open_media(configuration.load(folder, environment={"KAIMEDIA_DATA": str(folder / "data"), **settings}))


def save_results(storage: Storage, results: int, image: bytes) -> tuple[float, float]:
    """Fetch, check and save that many results; returns results and MB per second."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(len(image)))
            self.end_headers()
            self.wfile.write(image)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"127.0.0.1:{server.server_port}"
    saver = ResultSaver(storage, trusted_hosts=[address])
    with ThreadPoolExecutor(SAVES_AT_ONCE) as pool:
        save = partial(saver.save, f"http://{address}/x.png", modality=Modality.IMAGE, at=AT)
        save()
        began = time.perf_counter()
        sizes = [each.result().size_bytes for each in [pool.submit(save) for _ in range(results)]]
        took_s = time.perf_counter() - began
    server.shutdown()
    return results / took_s, sum(sizes) / took_s / 1e6


def serve_video(way: Way, client: Client, rounds: int, content: bytes) -> dict[str, float]:
    """The whole video and ranges of it, milliseconds and MB/s."""
    video, choose = put(way.storage, content, Modality.VIDEO, "mp4"), random.Random(7)
    firsts, wholes, ranges = [], [], []
    for _ in range(rounds):
        began = time.perf_counter()
        first_s, got = client.get(video)
        wholes.append(time.perf_counter() - began)
        firsts.append(first_s)
        client.wrong += got != content
    for _ in range(rounds * 5):
        start = choose.randrange(VIDEO_BYTES - RANGE_BYTES)
        began = time.perf_counter()
        got = client.get(video, (start, start + RANGE_BYTES))[1]
        ranges.append(time.perf_counter() - began)
        client.wrong += got != content[start : start + RANGE_BYTES]
    return {
        "20 MB video, first byte, ms": statistics.median(firsts) * 1000,
        "20 MB video, MB/s": VIDEO_BYTES / statistics.median(wholes) / 1e6,
        "64 KB of it, ms": statistics.median(ranges) * 1000,
    }


def serve_window(way: Way, clients: list[Client], rounds: int) -> float:
    """Milliseconds for as many images as a window of the gallery shows; each round has new ones, which are cold.

    They are named as results: thumbnails are never linked.
    """

    def stored() -> list[str]:
        data = [os.urandom(IMAGE_BYTES) for _ in range(IMAGES)]
        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(lambda each: put(way.storage, each, Modality.IMAGE, "webp"), data))

    def load(client: Client, some: list[str]) -> None:
        for name in some:
            client.wrong += len(client.get(name)[1]) != IMAGE_BYTES

    took: list[float] = []
    for _ in range(rounds):
        window = stored()
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            for is_again in (False, True):
                began = time.perf_counter()
                list(pool.map(load, clients, [window[at::CONNECTIONS] for at in range(CONNECTIONS)]))
                if is_again is not way.is_cold:
                    took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


def saving_peak_mb(folder: Path, settings: Mapping[str, str], size_bytes: int) -> float:
    """Peak memory of a process that stores and reads one object."""
    environment = clean_environment(KAIMEDIA_DATA=str(folder / "data"), **settings)
    command = [sys.executable, "-c", SAVING, str(size_bytes), names.new_name(Modality.VIDEO, AT, "mp4")]
    return float(subprocess.check_output(command, env=environment, cwd=ROOT)) / 1024


def serving_peak_mb(app: App, storage: Storage, size_bytes: int) -> float:
    """Peak memory of the app while it serves one object, since just before that."""
    temp, name = storage.new_temp(), names.new_name(Modality.VIDEO, AT, "mp4")
    with temp.open("wb") as file:
        for _ in range(size_bytes // MIB):
            file.write(bytes(MIB))
    storage.put(temp, name)
    Path(f"/proc/{app.process.pid}/clear_refs").write_text("5")
    Client(app.url).get(name)
    status = Path(f"/proc/{app.process.pid}/status").read_text()
    return float(status.partition("VmHWM:")[2].split()[0]) / 1024


def print_table(rows: Rows) -> None:
    """One row for each measurement, one column for each way, with its ratio to the first."""
    ways = list(next(iter(rows.values())))
    print(f"\n| | {' | '.join(ways)} |\n|{'---|' * (len(ways) + 1)}")
    for what, row in rows.items():
        first = row[ways[0]]
        cells = [f"{row[ways[0]]:,.1f}", *(f"{row[way]:,.1f} ({row[way] / first:.2f} ×)" for way in ways[1:])]
        print(f"| {what} | {' | '.join(cells)} |")


def measure_serving(ways: list[Way], rounds: int) -> tuple[Rows, int]:
    """All measurements of serving, and how many responses were wrong."""
    rows: Rows = {}
    wrong, content = 0, os.urandom(VIDEO_BYTES)
    for way in ways:
        clients = [Client(way.app.url) for _ in range(CONNECTIONS)]
        found = serve_video(way, clients[0], rounds, content)
        found["60 images of 20 KB, ms"] = serve_window(way, clients, max(3, rounds // 3))
        for what, value in found.items():
            rows.setdefault(what, {})[way.label] = value
        wrong += sum(client.wrong for client in clients)
    return rows, wrong


def bench(folder: Path, args: argparse.Namespace, stack: contextlib.ExitStack) -> int:
    """Run everything in a temporary folder; returns the exit code."""
    server = stack.enter_context(ObjectServer(folder / "s3"))
    places = {"folder": {"KAIMEDIA_MEDIA_URL": str(folder / "media")}, "bucket": server.settings("x")}
    storages = {label: opened(folder, settings) for label, settings in places.items()}
    picture = BytesIO()
    Image.effect_noise((1000, 1000), 60).save(picture, "PNG")
    saved = {label: save_results(storage, args.results, picture.getvalue()) for label, storage in storages.items()}
    print_table(
        {
            "results saved per second": {label: each[0] for label, each in saved.items()},
            "MB saved per second": {label: each[1] for label, each in saved.items()},
        }
    )
    plain = stack.enter_context(App(folder / "plain", **places["folder"]))
    through = stack.enter_context(App(folder / "through", **places["bucket"]))
    linked = stack.enter_context(App(folder / "linked", KAIMEDIA_MEDIA_LINKS="signed", **places["bucket"]))
    ways = [
        Way("folder", plain, storages["folder"]),
        Way("bucket, through the app, first time", through, storages["bucket"], is_cold=True),
        Way("bucket, through the app, again", through, storages["bucket"]),
        Way("bucket, signed link", linked, storages["bucket"]),
    ]
    rows, wrong = measure_serving(ways, args.rounds)
    print_table(rows)
    peaks: Rows = {}
    for size_bytes in (MIB, args.large_mb * MIB):
        what = f"peak memory, {size_bytes // MIB} MB object, MB"
        peaks[f"saving: {what}"] = {label: saving_peak_mb(folder, each, size_bytes) for label, each in places.items()}
        peaks[f"serving: {what}"] = {
            "folder": serving_peak_mb(plain, storages["folder"], size_bytes),
            "bucket": serving_peak_mb(through, storages["bucket"], size_bytes),
        }
    print_table(dict(sorted(peaks.items())))
    rows_of = [[row for what, row in sorted(peaks.items()) if what.startswith(each)] for each in ("saving", "serving")]
    more = [abs(first[label] - second[label]) for first, second in rows_of for label in places]
    print(f"\nwrong responses: {wrong}; most more memory for the large object: {max(more):.0f} MB")
    return 1 if wrong or max(more) > MOST_MORE_MB else 0


def main() -> int:
    """Run it as the options say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=int, default=100, help="to save into each storage")
    parser.add_argument("--rounds", type=int, default=20, help="of the video; of the images, a third")
    parser.add_argument("--large-mb", type=int, default=200, help="the large object of the memory measurement")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        return bench(Path(name), args, stack)


if __name__ == "__main__":
    sys.exit(main())
