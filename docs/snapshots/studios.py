"""The studios for screenshots: each a separate app with sample data and without an engine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bench.processes import ROOT, clean_environment, free_port, wait_until_served
from docs.snapshots.filling import Filling
from docs.snapshots.spent import spent
from docs.snapshots.works import BROKEN, COMPARED, FEW, FINISHED, RUNNING, WAITING, Compared, Stand, Work
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.sandbox.options import SandboxOptions

KEY = "a-key-of-the-images-0c41"
NOBODY = "http://127.0.0.1:9"  # nothing listens at this port
SECRETS = """[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "{cookie}"
client_id = "studio"
client_secret = "of-no-use"
server_metadata_url = "{nobody}/.well-known/openid-configuration"
"""


@dataclass(frozen=True)
class Studio:
    """A studio's content and its provider's state: `sandbox`, `connected`, `refused` or `away`."""

    finished: tuple[Work, ...] = ()
    stands: tuple[Stand, ...] = ()
    compared: tuple[Compared, ...] = ()
    provider: str = "connected"
    has_login: bool = False
    has_temporary_disk: bool = False
    has_spent: bool = False


STUDIOS = {
    "new": Studio(provider="sandbox"),
    "full": Studio(FINISHED, RUNNING),
    "broken": Studio(FEW, BROKEN),
    "refused": Studio(FEW, provider="refused"),
    "away": Studio(FEW, WAITING, provider="away"),
    "compared": Studio(compared=COMPARED),
    "spent": Studio(has_spent=True),
    "temporary": Studio(provider="sandbox", has_temporary_disk=True),
    "login": Studio(provider="sandbox", has_login=True),
}


@dataclass
class Street:
    """Starts studios on first use. `scale` shrinks their files."""

    folder: Path
    scale: float = 1.0
    _stack: ExitStack = field(default_factory=ExitStack)
    _urls: dict[str, str] = field(default_factory=dict)

    def url(self, name: str) -> str:
        """The URL of that studio."""
        if name not in self._urls:
            self._urls[name] = self._stack.enter_context(
                _open(STUDIOS[name], self.folder / name, self._kie, self.scale)
            )
        return self._urls[name]

    def close(self) -> None:
        """Stop all of them."""
        self._stack.close()

    @cached_property
    def _kie(self) -> str:
        """A provider that accepts one key."""
        options = SandboxOptions(api_key=KEY, media="small", media_folder=self.folder / "provider", credits=4_820)
        server = EmbeddedSandbox(options)
        url = server.start()
        self._stack.callback(server.stop)
        return url


@contextmanager
def _open(studio: Studio, folder: Path, kie_url: str, scale: float) -> Iterator[str]:
    filling = Filling(folder, scale)
    filling.finish(studio.finished)
    filling.place(studio.stands)
    for compared in studio.compared:
        filling.compare(compared)
    if studio.has_spent:
        filling.spend(spent())
    filling.write()
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.address=127.0.0.1"]
    command += [f"--server.port={port}", "--server.headless=true"]
    settings = {"KAIMEDIA_DATABASE_URL": filling.database_url, "KAIMEDIA_ENGINE": "off"}
    settings |= {"KAIMEDIA_DATA": str(folder / "data"), "KAIMEDIA_MEDIA_URL": str(folder / "media")}
    if studio.provider != "sandbox":
        where = NOBODY if studio.provider == "away" else kie_url
        settings |= {"KIE_API_URL": where, "KIE_UPLOAD_URL": where}
        settings["KIE_API_KEY"] = "a-key-of-yesterday-77fe" if studio.provider == "refused" else KEY
    if studio.has_temporary_disk:
        settings["KAIMEDIA_DISK"] = "temporary"
    if studio.has_login:
        secrets = folder / "secrets.toml"
        secrets.write_text(SECRETS.format(port=port, cookie="c" * 40, nobody=NOBODY), encoding="utf-8")
        command.append(f"--secrets.files={secrets}")
        settings |= {"KAIMEDIA_ACCESS": "login", "KAIMEDIA_ALLOWED_EMAILS": "ada@example.org"}
    with (folder / "app.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=clean_environment(**settings), stdout=log, stderr=log)
    try:
        wait_until_served(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
