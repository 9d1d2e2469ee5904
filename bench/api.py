"""The API compared with a bare FastAPI, and media files with nginx: `python bench/api.py`.

Simulated users repeat each request as soon as it is answered, first against the baseline, then against the app; they
run on the same machine. The app is started as in the README, with its engine off, so tasks stay in the queue. nginx
(Debian: `apt install nginx`) is searched in PATH and /usr/sbin, or given by `--nginx`; without it, media files are only
compared with the bare FastAPI.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.load import Call, Seen, load
from bench.processes import (
    ROOT,
    Meter,
    Sandbox,
    app_environment,
    clean_environment,
    free_port,
    get_json,
    wait_until_served,
)

GALLERY_ROWS = 10_000
CLIP_BYTES = 20 * 10**6
NGINX = """\
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 512; }}
http {{
  access_log off; sendfile on; keepalive_requests 1000000; types {{ video/mp4 mp4; }}
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{
    listen 127.0.0.1:{port};
    location /static/media/ {{ alias {media}/; expires max; add_header X-Content-Type-Options nosniff; }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    name: str
    port: int
    process: subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison: the request to the app, and the baseline with its request."""

    name: str
    call: Call
    baseline: Server | None
    bare: Call
    is_bulk: bool = False  # measured in bytes transferred


@contextlib.contextmanager
def served(
    name: str, port: int, command: list[str], environment: dict[str, str], log: Path, path: str
) -> Iterator[Server]:
    """A server that returns 200 at `path`; stopped afterwards."""
    with log.open("wb") as printed:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=printed, stderr=printed)
    try:
        wait_until_served(f"http://127.0.0.1:{port}{path}")
        yield Server(name, port, process)
    except TimeoutError:
        raise SystemExit(log.read_text()) from None
    finally:
        process.terminate()
        process.wait(15)


def make_picture(folder: Path, sandbox_url: str) -> str:
    """Generate one image in the folder’s app with the command line; return the task id."""
    environment = dict(app_environment(folder, sandbox_url, f"sqlite:///{folder / 'k.db'}", KAIMEDIA_POLL_S="0.5"))
    command = [sys.executable, "-m", "kaimedia", "generate", "a paper boat on a still lake", "--wait", "--json", "-q"]
    made = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    return str(json.loads(made.stdout)["task_id"])


def fill_gallery(file: Path, media: Path, count: int) -> None:
    """Copy the one task and item until the gallery holds `count`; the files of the copies are links to the item's."""
    with closing(sqlite3.connect(file)) as database:
        database.row_factory = sqlite3.Row
        task = dict(database.execute("SELECT * FROM tasks").fetchone())
        item = dict(database.execute("SELECT * FROM media").fetchone())
        tasks, items = [], []
        for number in range(1, count):
            key = secrets.token_hex(16)
            tasks.append({**task, "id": task["id"] + number, "task_id": key, "nonce": key, "provider_task_id": key})
            tasks[-1]["media_id"] = item["id"] + number
            name = f"{item['filename'][:23]}{key}.png"
            items.append({**item, "id": item["id"] + number, "task_id": key, "filename": name, "file_path": name})
            items[-1]["prompt"] = f"number {number} of a long row"
            (media / name).hardlink_to(media / item["filename"])
        for table, rows in (("media", items), ("tasks", tasks)):
            columns = list(rows[0])
            marks = ", ".join(f":{column}" for column in columns)
            database.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)
        database.commit()


def make_video(folder: Path) -> str:
    """Add a 20 MB video by name; the route does not check the content."""
    name = f"video_20260101T000000Z_{'c' * 32}.mp4"
    (folder / "media" / name).write_bytes(os.urandom(CLIP_BYTES))
    return name


def measure(server: Server, call: Call, *, users: int, seconds: float) -> tuple[Seen, float]:
    """The users' results, and the server's CPU milliseconds per request."""
    load(server.port, [call], users=users, seconds=min(1.0, seconds))  # warm up caches, pools and threads
    meter = Meter(server.process.pid)
    seen = load(server.port, [call], users=users, seconds=seconds)
    meter.stop()
    return seen, meter.cpu_s / max(1, len(seen.times_s)) * 1000


def line(name: str, users: int, who: str, seen: Seen, cpu_ms: float, ratio: str) -> None:
    """One row of the table."""
    print(
        f"| {name} | {users} | {who} | {seen.per_s:,.0f} | {seen.ms(0.5):.2f} | {seen.ms(0.95):.2f} "
        f"| {seen.ms(0.99):.2f} | {seen.mb_per_s:,.0f} | {cpu_ms:.2f} | {ratio} | {len(seen.errors)} |",
        flush=True,
    )
    for words in sorted(set(seen.errors))[:3]:
        print(f"  error: {words}", file=sys.stderr)


def compare(app: Server, row: Row, *, users: int, seconds: float) -> int:
    """Measure the baseline, then the app; return the number of errors."""
    base = None
    if row.baseline is not None:
        base, base_cpu_ms = measure(row.baseline, row.bare, users=users, seconds=seconds)
        line(row.name, users, row.baseline.name, base, base_cpu_ms, "")
    ours, cpu_ms = measure(app, row.call, users=users, seconds=seconds)
    ratio = ""
    if base:
        slower = base.mb_per_s / ours.mb_per_s if row.is_bulk else ours.ms(0.5) / base.ms(0.5)
        ratio = f"{slower:.1f} × / {cpu_ms / max(base_cpu_ms, 0.001):.1f} ×"
    line(row.name, users, app.name, ours, cpu_ms, ratio)
    return len(ours.errors) + (len(base.errors) if base else 0)


def rows(task_id: str, video: str, bare: Server, nginx: Server | None) -> list[Row]:
    """The comparisons."""
    ask = {"prompt": "a paper boat on a still lake", "model": "gpt4o-image"}
    whole = Call(f"/static/media/{video}")
    megabyte = Call(whole.path, headers={"Range": "bytes=10000000-10999999"})
    part = Call(whole.path, headers={"Range": "bytes=10000000-10065535"})
    return [
        Row("health", Call("/api/health"), bare, Call("/health")),
        Row("one task", Call(f"/api/tasks/{task_id}"), bare, Call("/task")),
        Row("gallery, 50 of 10,000", Call("/api/media?limit=50"), bare, Call("/page")),
        Row("gallery, search without a match", Call("/api/media?limit=50&q=zebra"), None, Call("/")),
        Row(
            "request an image", Call("/api/images/generate", "POST", body=ask), bare, Call("/insert", "POST", body=ask)
        ),
        *(
            Row(name, call, server, call, is_bulk=True)
            for name, call in (("20 MB video", whole), ("1 MB of it", megabyte), ("64 KB of it", part))
            for server in (bare, *([nginx] if nginx else []))
        ),
    ]


def mix(task_id: str, name: str, video: str) -> list[Call]:
    """The mix of many users: mostly reads, sometimes a new task."""
    reads = [Call(f"/api/tasks/{task_id}"), Call("/api/media?limit=20"), Call("/api/tasks?limit=20")]
    thumbnail = Call(f"/static/media/{name.replace('.png', '_thumb.webp')}")
    ask = Call("/api/images/generate", "POST", body={"prompt": "a boat", "model": "gpt4o-image"})
    scrub = Call(f"/static/media/{video}", headers={"Range": "bytes=10000000-10262143"})
    return [*reads, thumbnail, Call("/api/health"), *reads, thumbnail, scrub, ask]


def find_nginx(given: str | None) -> str | None:
    """Where nginx is."""
    return given or shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def main() -> int:
    """Run from the command line; returns 1 if any response was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    parser.add_argument("--users", type=int, nargs="*", default=[1, 16])
    parser.add_argument("--crowd", type=int, default=100, help="users of the mixed run; 0 leaves it out")
    parser.add_argument("--crowd-seconds", type=float, default=30.0)
    parser.add_argument("--nginx", help="the program")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        return bench(chosen, Path(name), stack)


def bench(chosen: argparse.Namespace, folder: Path, stack: contextlib.ExitStack) -> int:
    """Run everything in a temporary folder."""
    sandbox = Sandbox(folder, speed=20, media="full")
    stack.callback(sandbox.close)
    task_id = make_picture(folder, sandbox.url)
    fill_gallery(folder / "k.db", folder / "media", GALLERY_ROWS)
    app = stack.enter_context(start_app(folder, sandbox.url))
    page = get_json(f"http://127.0.0.1:{app.port}/api/media?limit=50")
    task = get_json(f"http://127.0.0.1:{app.port}/api/tasks/{task_id}")
    bare = stack.enter_context(start_bare(folder, task, page))
    name = str(task["result_urls"][0]).rpartition("/")[2]
    video = make_video(folder)
    program = find_nginx(chosen.nginx)
    nginx = stack.enter_context(start_nginx(program, folder, video)) if program else None
    print("| request | users | program | per second | p50 ms | p95 | p99 | MB/s ", end="")
    print("| CPU ms per request | to baseline | errors |")
    print("|" + "---|" * 11)
    errors = sum(
        compare(app, row, users=users, seconds=chosen.seconds)
        for row in rows(task_id, video, bare, nginx)
        for users in chosen.users
    )
    if chosen.crowd:
        meter = Meter(app.process.pid)
        seen = load(app.port, mix(task_id, name, video), users=chosen.crowd, seconds=chosen.crowd_seconds)
        meter.stop()
        line("mixed", chosen.crowd, app.name, seen, meter.cpu_s / max(1, len(seen.times_s)) * 1000, "")
        sizes = [f"{mb:.0f}" for mb in (meter.start_mb, meter.peak_mb, meter.resident_mb())]
        print("\nmemory of the app: {} MB before the mixed run, {} at most, {} after".format(*sizes))
        errors += len(seen.errors)
    return 1 if errors else 0


def start_app(folder: Path, sandbox_url: str) -> contextlib.AbstractContextManager[Server]:
    """The app as the README starts it, engine off."""
    port = free_port()
    environment = app_environment(folder, sandbox_url, f"sqlite:///{folder / 'k.db'}", KAIMEDIA_ENGINE="off")
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.address=127.0.0.1"]
    command += [f"--server.port={port}", "--server.headless=true", "--browser.gatherUsageStats=false"]
    return served("app", port, command, dict(environment), folder / "app.log", "/api/health")


def start_bare(folder: Path, task: Any, page: Any) -> contextlib.AbstractContextManager[Server]:
    """The bare FastAPI by uvicorn."""
    (folder / "task.json").write_text(json.dumps(task))
    (folder / "page.json").write_text(json.dumps(page))
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.bare_api:app", "--port", str(port)]
    command += ["--no-access-log", "--log-level", "warning"]
    environment = clean_environment(BARE_FOLDER=str(folder))
    return served("bare FastAPI", port, command, environment, folder / "bare.log", "/health")


def start_nginx(program: str, folder: Path, name: str) -> contextlib.AbstractContextManager[Server]:
    """nginx with one worker on the app's media folder."""
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port, media=folder / "media"))
    folder.chmod(0o755)  # if started by root, its worker runs as another user
    command = [program, "-p", str(folder), "-c", str(config), "-e", str(folder / "nginx.log")]
    return served("nginx", port, command, dict(os.environ), folder / "nginx.out", f"/static/media/{name}")


if __name__ == "__main__":
    sys.exit(main())
