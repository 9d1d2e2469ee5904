"""One call of a client and how it ended."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tools.public_clients.recorder import Exchange

_TYPES = ("image/", "video/")


class Ending(StrEnum):
    """How a call ended: the client got its files, it is wrong by the provider's documents, or neither."""

    WORKS = "works"
    DIFFERS = "client differs"
    UNEXPECTED = "UNEXPECTED"


@dataclass(frozen=True, slots=True)
class Call:
    """A call of one model. `note` says what happened, `exchanges` are its requests and their answers."""

    client: str
    model: str
    ending: Ending
    note: str
    exchanges: tuple[Exchange, ...] = ()


def model_of(exchanges: Sequence[Exchange], otherwise: str) -> str:
    """The model that the first POST names; else its path, else `otherwise`."""
    for exchange in exchanges:
        if exchange.method == "POST" and isinstance(exchange.body, dict):
            model = str(exchange.body.get("model") or "")
            path = exchange.path.removeprefix("/api/v1")
            return model if exchange.path.endswith("createTask") else f"{path} {model}".strip()
    return otherwise


def undownloaded(urls: Iterable[str]) -> str:
    """Why not every link gives an image or a video; empty if all do."""
    for url in urls:
        try:
            with urllib.request.urlopen(url, timeout=30) as reply:
                if not reply.headers["Content-Type"].startswith(_TYPES) or not reply.read():
                    return f"{url} is no image or video"
        except urllib.error.HTTPError as error:
            return f"{url}: HTTP {error.code}"
    return ""
