"""The app as a hosting platform runs it: as another user, with a home elsewhere, no terminal and no address."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bench.processes import free_port, wait_until_served
from tests.conftest import ROOT

UID = 48_123  # of no account: the platform's user need not be one that this machine knows
USER = {"user": UID, "group": UID, "extra_groups": []}
PARTS = ("app.py", "kaimedia", "pages", "static", ".streamlit", "requirements.txt")
PACKAGES = sysconfig.get_path("purelib")
RUN = ("-m", "streamlit", "run", "app.py", "--server.headless=true")
AS_SCRIPT = (
    "-c",
    "import sys; from streamlit.web import bootstrap; port = int(sys.argv[1].partition('=')[2]);"
    "bootstrap.load_config_options({'server.port': port, 'server.headless': True, 'global.developmentMode': False});"
    "bootstrap.run('app.py', False, [], {})",
)


@dataclass
class Host:
    """A checkout and a home folder, and the app that runs on them as the other user."""

    folder: Path
    python: str
    how: tuple[str, ...]
    is_writable: bool  # the checkout, for that user
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def checkout(self) -> Path:
        return self.folder / "src" / "studio"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def log(self) -> str:
        return (self.folder / "app.log").read_text(encoding="utf-8", errors="replace")

    def save_secrets(self, text: str) -> None:
        """What *Secrets → Save* does."""
        (self.checkout / ".streamlit" / "secrets.toml").write_text(text, encoding="utf-8")

    def start(self) -> None:
        """Start it with an environment that has nothing of ours."""
        environment = {"HOME": str(self.home), "PATH": os.defpath, "PYTHONPATH": PACKAGES, "LANG": "C.UTF-8"}
        command = [self.python, *self.how, f"--server.port={self.port}"]
        with (self.folder / "app.log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self.checkout,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **USER,  # type: ignore[call-overload]
            )
        try:
            wait_until_served(f"http://127.0.0.1:{self.port}/healthz")
        except TimeoutError:
            self.stop()
            raise AssertionError(self.log) from None

    def stop(self) -> None:
        """As the platform ends an app that sleeps."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def reboot(self) -> None:
        """What *Reboot app* does."""
        self.stop()
        self.start()

    def sleep_and_wake(self) -> None:
        """Stop it, lose its disk, and start it from a fresh checkout with the same secrets."""
        self.stop()
        secrets = (self.checkout / ".streamlit" / "secrets.toml").read_text(encoding="utf-8")
        shutil.rmtree(self.home)
        shutil.rmtree(self.checkout)
        self.lay()
        self.save_secrets(secrets)
        self.start()

    def lay(self) -> None:
        """A fresh checkout and an empty home folder."""
        ignored = shutil.ignore_patterns("media", "secrets.toml")
        for part in PARTS:
            source, target = ROOT / part, self.checkout / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                ignore = ignored if part in ("static", ".streamlit") else None
                shutil.copytree(source, target, ignore=ignore)
            else:
                shutil.copy2(source, target)
        self.home.mkdir()
        own = [self.home, *([self.checkout, *self.checkout.rglob("*")] if self.is_writable else [])]
        for path in own:
            os.chown(path, UID, UID)


def python_of_others() -> str:
    """A Python that the other user may run, with the packages of this one; skips the test where there is none."""
    if os.geteuid() != 0:
        pytest.skip("only root can start the app as another user")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, shutil.which(version, path=os.defpath)):
        if candidate is None:
            continue
        command = [candidate, "-c", "import streamlit, psycopg, obstore, av"]
        environment = {"PYTHONPATH": PACKAGES, "HOME": tempfile.gettempdir(), "PATH": os.defpath}
        try:
            done = subprocess.run(command, env=environment, capture_output=True, check=False, **USER)  # type: ignore[call-overload]
        except PermissionError:
            continue
        if done.returncode == 0:
            return candidate
    pytest.skip(f"there is no {version} that another user may run with these packages")


@contextmanager
def hosted(how: tuple[str, ...] = RUN, *, is_writable: bool) -> Iterator[Host]:
    """A host with a fresh checkout, which the app may write to or not; not started yet."""
    python = python_of_others()
    folder = Path(tempfile.mkdtemp(prefix="kaimedia-host-"))  # pytest's own folders are closed to other users
    folder.chmod(0o755)
    host = Host(folder, python, how, is_writable)
    try:
        host.lay()
        yield host
    finally:
        host.stop()
        shutil.rmtree(folder, ignore_errors=True)
