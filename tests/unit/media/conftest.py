from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kaimedia.media.local import LocalStorage
from tests.unit.media import samples
from tests.unit.media.fault_server import FaultServer
from tests.unit.media.moves import Moved

Resolver = Callable[[dict[str, list[str]]], list[str]]


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "media")


@pytest.fixture(scope="session")
def video_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds, 96 x 64."""
    return samples.video(tmp_path_factory.mktemp("video") / "video.mp4")


@pytest.fixture
def names_resolve(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    """Resolve names from a table (in turn, repeating the last entry); returns the list of resolved names."""
    real = socket.getaddrinfo

    def install(table: dict[str, list[str]]) -> list[str]:
        resolved: list[str] = []

        def resolve(host: str, port: int, *args: object, **options: object) -> list[object]:
            resolved.append(host)
            if host not in table:
                try:
                    socket.inet_aton(host)  # numeric forms that the system would accept
                except OSError:
                    if ":" not in host:
                        raise socket.gaierror(socket.EAI_NONAME, "no such name") from None
                return real(host, port, *args, **options)  # type: ignore[arg-type, return-value]
            answers = table[host]
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            return [entry for text in answer.split(",") for entry in real(text, port, type=socket.SOCK_STREAM)]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        return resolved

    return install


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Addresses of attempted connections; all are rejected."""
    tried: list[object] = []

    def refuse(self: socket.socket, address: object) -> None:
        tried.append(address)
        raise ConnectionRefusedError("not in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return tried


@pytest.fixture
def moved(tmp_path: Path) -> Moved:
    """A move that has not run yet."""
    return Moved(tmp_path)
