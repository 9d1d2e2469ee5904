"""Simulated users with sequential requests over keep-alive connections; raw asyncio streams keep the client cheap."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """One request; a dict as `body` is sent as JSON. `good` are the expected status codes."""

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    good: tuple[int, ...] = (200, 202, 206, 304)

    def wire(self, port: int) -> bytes:
        """The request as bytes."""
        payload = b"" if self.body is None else json.dumps(self.body).encode()
        headers = {"Host": f"127.0.0.1:{port}", **self.headers}
        if payload:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(payload))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{self.method} {self.path} HTTP/1.1\r\n{lines}\r\n".encode() + payload


@dataclass(slots=True)
class Seen:
    """The results: seconds of each good response, and the unexpected ones."""

    times_s: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    took_s: float = 0.0
    n_bytes: int = 0

    @property
    def per_s(self) -> float:
        """Good responses per second."""
        return len(self.times_s) / self.took_s

    @property
    def mb_per_s(self) -> float:
        """Megabytes (10⁶ bytes) of response bodies per second."""
        return self.n_bytes / 1e6 / self.took_s

    def ms(self, share: float) -> float:
        """The response time not exceeded by that share of the responses, milliseconds."""
        ordered = sorted(self.times_s) or [float("nan")]
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


def load(port: int, calls: Sequence[Call], *, users: int, seconds: float) -> Seen:
    """Let `users` repeat `calls` for that long, each starting at a different position."""
    return asyncio.run(_load(port, calls, users, seconds))


async def _load(port: int, calls: Sequence[Call], users: int, seconds: float) -> Seen:
    seen = Seen()
    began = time.monotonic()
    await asyncio.gather(*(_user(port, calls, number, began + seconds, seen) for number in range(users)))
    seen.took_s = time.monotonic() - began
    return seen


async def _user(port: int, calls: Sequence[Call], number: int, until: float, seen: Seen) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    wires = [(call, call.wire(port)) for call in calls]
    start = number % len(wires)
    try:
        for call, wire in itertools.cycle(wires[start:] + wires[:start]):
            if time.monotonic() >= until:
                return
            began = time.perf_counter()
            writer.write(wire)
            status, n_bytes = await _answer(reader)
            if status in call.good:
                seen.times_s.append(time.perf_counter() - began)
                seen.n_bytes += n_bytes
            else:
                seen.errors.append(f"{status} to {call.method} {call.path}")
    except (OSError, EOFError, asyncio.IncompleteReadError) as error:
        seen.errors.append(f"{type(error).__name__}: {error}")
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, int]:
    """Status and length of the body, which is read and discarded."""
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    lines = head.lower().split(b"\r\n")
    length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
    left = 0 if status in (204, 304) else length
    while left:
        chunk = await reader.read(min(left, 2**20))
        if not chunk:
            raise EOFError("the answer broke off")
        left -= len(chunk)
    return status, length
