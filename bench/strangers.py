"""What users who are not signed in can consume: sockets, half-open requests and uploads.

Starts the app in `login` mode with 1,024 descriptors and sends, without signing in, 250 WebSockets, 250 half-open
requests and 1 GB of uploads. Reports what was accepted, the memory growth, and whether /api/health kept responding.

    python bench/strangers.py [--sockets 250] [--megabytes 1000]
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import secrets
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil

from bench.processes import ROOT, clean_environment, free_port, get_json, wait_until_served

DESCRIPTORS = 1024
SECRETS = """[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "{secret}"
client_id = "studio"
client_secret = "studio"
server_metadata_url = "http://127.0.0.1:9/.well-known/openid-configuration"
"""


def start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """The app in `login` mode, with few descriptors."""
    secrets_file = folder / "secrets.toml"
    secrets_file.write_text(SECRETS.format(port=port, secret=secrets.token_hex(32)), encoding="utf-8")
    environment = clean_environment(
        KAIMEDIA_DATA=str(folder / "data"),
        KAIMEDIA_MEDIA_URL=str(folder / "media"),
        KAIMEDIA_ACCESS="login",
        KAIMEDIA_ALLOWED_EMAILS="ada@example.org",
    )
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.address=127.0.0.1"]
    command += [f"--server.port={port}", "--server.headless=true", f"--secrets.files={secrets_file}"]
    limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))  # noqa: E731
    with (folder / "app.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, preexec_fn=limit)
    wait_until_served(f"http://127.0.0.1:{port}/_stcore/health")
    wait_until_served(f"http://127.0.0.1:{port}/api/health")
    return process


def send(port: int, head: str, body: bytes = b"") -> tuple[socket.socket, bytes]:
    """Send one request; return the open connection and the first bytes received (none: closed or silent)."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    try:
        connection.sendall(head.replace("\n", "\r\n").encode() + body)
        return connection, connection.recv(4096)
    except OSError:
        return connection, b""


def open_socket(port: int) -> tuple[socket.socket, bytes]:
    """A WebSocket handshake without a cookie."""
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    return send(
        port,
        f"GET /_stcore/stream HTTP/1.1\nHost: 127.0.0.1:{port}\nOrigin: http://127.0.0.1:{port}\nUpgrade: websocket\n"
        f"Connection: Upgrade\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: {key}\n\n",
    )


def upload(port: int, session: str, size: int) -> int:
    """The status of one upload into a session."""
    edge = "edge"
    part = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'.encode()
    body = part + b"x" * size + f"\r\n--{edge}--\r\n".encode()
    connection, answer = send(
        port,
        f"PUT /_stcore/upload_file/{session}/{secrets.token_hex(8)} HTTP/1.1\nHost: 127.0.0.1:{port}\n"
        f"Content-Type: multipart/form-data; boundary={edge}\nContent-Length: {len(body)}\n"
        "X-Xsrftoken: x\nConnection: close\n\n",
        body,
    )
    connection.close()
    found = re.match(rb"HTTP/1\.1 (\d{3})", answer)
    return int(found[1]) if found else 0


def measure(sockets: int, megabytes: int) -> dict[str, Any]:
    """Figures of one run: counts by response, memory in MB."""
    with tempfile.TemporaryDirectory() as text:
        folder, port = Path(text), free_port()
        process = start(folder, port)
        try:
            first, _ = open_socket(port)  # the first session loads shared resources
            first.close()
            watched = psutil.Process(process.pid)
            before = watched.memory_info().rss
            opened = [open_socket(port) for _ in range(sockets)]
            let_in = sum(answer.startswith(b"HTTP/1.1 101") for _, answer in opened)
            half = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(sockets)]
            for each in half:
                each.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-")
            health = [get_json(f"http://127.0.0.1:{port}/api/health")["status"]]
            statuses = [upload(port, secrets.token_hex(16), 24_000_000) for _ in range(megabytes // 24)]
            health.append(get_json(f"http://127.0.0.1:{port}/api/health")["status"])
            grown = watched.memory_info().rss - before
            for each in (*half, *(each for each, _ in opened)):
                each.close()
            return {
                "sockets": sockets,
                "let_in": let_in,
                "health": health,
                "uploads": {str(status): statuses.count(status) for status in sorted(set(statuses))},
                "grown_mb": round(grown / 1e6, 1),
            }
        finally:
            process.terminate()
            process.wait(20)


def main() -> None:
    """Measure once and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=250)
    parser.add_argument("--megabytes", type=int, default=1000)
    options = parser.parse_args()
    print(json.dumps(measure(options.sockets, options.megabytes)))


if __name__ == "__main__":
    main()
