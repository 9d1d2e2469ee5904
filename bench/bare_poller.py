"""The baseline of `bench/engine.py`: create, poll and download over raw asyncio streams, nothing else.

No database, limits, checks, thumbnails or crash safety: this is the minimum cost of the same polls. Run by the
benchmark: `python bench/bare_poller.py ORDER.json`. Prints `working`, and when all is saved one JSON object; then
waits for the end of stdin, so that it can be measured until then.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

CREATES_AT_ONCE = 8
CONNECTIONS = 32

_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Host:
    """Keep-alive HTTP/1.1 connections to one host."""

    name: str
    port: int
    free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CONNECTIONS))
    idle: deque[_Streams] = field(default_factory=deque)

    async def ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        """One request; returns the body of the response, which must be 200 with a Content-Length."""
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.name}:{self.port}\r\nAuthorization: Bearer bare\r\n"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        async with self.free:
            reader, writer = self.idle.pop() if self.idle else await asyncio.open_connection(self.name, self.port)
            writer.write(head.encode() + b"\r\n" + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            status, *lines = answer.decode("latin-1").split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines if line)
            content = await reader.readexactly(int(headers["content-length"]))
            if status.split(" ")[1] != "200":
                raise ConnectionError(f"{path}: {status}")
            self.idle.append((reader, writer))
        return content


@dataclass
class Turns:
    """Limits polls per second; None for no limit."""

    per_s: float | None
    next_at: float = 0.0

    async def take(self) -> None:
        """Wait until the next poll is allowed."""
        if self.per_s is None:
            return
        now = time.monotonic()
        turn = max(now, self.next_at)
        self.next_at = turn + 1 / self.per_s
        await asyncio.sleep(turn - now)


async def follow(host: Host, prompt: str, order: dict[str, Any], sending: asyncio.Semaphore, turns: Turns) -> float:
    """One task from create to file; returns when it was saved, seconds since 1970."""
    body = json.dumps({"prompt": prompt, "size": "1:1"}).encode()
    async with sending:
        reply = json.loads(await host.ask("POST", "/api/v1/gpt4o-image/generate", body))
    task_id = reply["data"]["taskId"]
    while True:
        await asyncio.sleep(order["poll_s"])
        await turns.take()
        record = json.loads(await host.ask("GET", f"/api/v1/gpt4o-image/record-info?taskId={task_id}"))["data"]
        if record["successFlag"] == 1:
            break
    for url in record["response"]["resultUrls"]:
        content = await host.ask("GET", urlsplit(url).path)
        Path(order["folder"], f"{task_id}.png").write_bytes(content)
    return time.time()


async def run(order: dict[str, Any]) -> dict[str, float]:
    """All tasks at once; returns when each was saved, by prompt."""
    parts = urlsplit(order["url"])
    host = Host(parts.hostname or "", parts.port or 80)
    sending, turns = asyncio.Semaphore(CREATES_AT_ONCE), Turns(order["reads_per_s"])
    prompts = order["prompts"]
    saved = await asyncio.gather(*(follow(host, prompt, order, sending, turns) for prompt in prompts))
    for _, writer in host.idle:
        writer.close()
    return dict(zip(prompts, saved, strict=True))


def main() -> None:
    """Run the tasks in the file given on the command line."""
    order = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print("working", flush=True)
    print(json.dumps(asyncio.run(run(order))), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
