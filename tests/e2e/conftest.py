"""The real app, started as in the README, and a real Chromium."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from bench.gallery_rows import seed
from bench.processes import clean_environment, free_port
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.sandbox.options import SandboxOptions
from tests.conftest import ROOT
from tests.e2e import api_tasks, grid, viewer
from tests.e2e.chromium import launched
from tests.e2e.tabs import WatchedPage

SANDBOX = {"KAIMEDIA_SANDBOX_SPEED": "4", "KAIMEDIA_SANDBOX_MEDIA": "draft", "KAIMEDIA_POLL_S": "0.5"}


@dataclass
class App:
    """A running app and its folders."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def media(self) -> Path:
        return self.folder / "media"


def start_app(
    folder: Path, port: int | None = None, arguments: Sequence[str] = (), base: str = "", **settings: str
) -> App:
    """Start `streamlit run app.py` on a free port with everything it keeps in `folder`; wait until it answers.

    `base` is a path it is served below, "/a/b".
    """
    port = port or free_port()
    own = {
        "KAIMEDIA_DATA": str(folder / "data"),
        "KAIMEDIA_MEDIA_URL": str(folder / "media"),
        "KAIMEDIA_DATABASE_URL": f"sqlite:///{folder / 'kaimedia.db'}",
    }
    environment = clean_environment(**(own | SANDBOX | settings))
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.address=127.0.0.1"]
    command += [f"--server.port={port}", "--server.headless=true", *arguments]
    command += [f"--server.baseUrlPath={base}"] if base else []
    _share_compressed_files(folder / "data")
    with (folder / "app.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}{base}"
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return App(url, folder, process)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    process.kill()
    raise AssertionError((folder / "app.log").read_text())


def _share_compressed_files(data: Path) -> None:
    """Let all apps of this process use the same compressed copies: making them takes 2 s of a processor."""
    data.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        (data / "compressed").symlink_to(_compressed_files())


@cache
def _compressed_files() -> Path:
    folder = tempfile.mkdtemp(prefix="kaimedia-compressed-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def stop_app(app: App) -> None:
    """Stop it the way a service manager does."""
    app.process.terminate()
    try:
        app.process.wait(15)
    except subprocess.TimeoutExpired:
        app.process.kill()
        app.process.wait()


@pytest.fixture(scope="module")
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One app for the tests of a file, with the settings the file names in `SETTINGS`."""
    running = start_app(tmp_path_factory.mktemp("app"), **getattr(request.module, "SETTINGS", {}))
    yield running
    stop_app(running)


@pytest.fixture(scope="session")
def seeded_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """A folder with the database and media of a gallery of that many rows, to be copied and not changed."""

    def opener(rows: int) -> Path:
        base = tmp_path_factory.getbasetemp()
        # Beside the folders of the other pytest-xdist processes, which use it too.
        finished = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / f"seeded-{rows}"
        if not finished.exists():
            own = tmp_path_factory.mktemp("seeding")
            seed(f"sqlite:///{own / 'kaimedia.db'}", rows, own / "media")
            with suppress(OSError):  # another process was faster
                own.rename(finished)
        return finished

    return opener


@pytest.fixture(scope="session")
def seeded_app(
    tmp_path_factory: pytest.TempPathFactory, seeded_folder: Callable[[int], Path]
) -> Iterator[Callable[[str, int], App]]:
    """An app whose gallery holds `count` rows over three years.

    Files one after the other that ask for the same name share it; another name ends it, so that only one runs.
    """
    running: dict[str, App] = {}

    def opener(name: str, rows: int) -> App:
        if name not in running:
            while running:
                stop_app(running.popitem()[1])
            folder = shutil.copytree(seeded_folder(rows), tmp_path_factory.mktemp(name), dirs_exist_ok=True)
            running[name] = start_app(folder, KAIMEDIA_SANDBOX_SPEED="4")
        return running[name]

    yield opener
    for each in running.values():
        stop_app(each)


@pytest.fixture(scope="session")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One app for several files, of the group "e2e-shared": each test looks only for prompts of its own."""
    running = start_app(tmp_path_factory.mktemp("shared"), KAIMEDIA_SANDBOX_SPEED="60")
    yield running
    stop_app(running)


@pytest.fixture(scope="session")
def plain_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One app as `app` starts it, for several files, of the group "e2e-plain"; the first finds its gallery empty."""
    running = start_app(tmp_path_factory.mktemp("plain"))
    yield running
    stop_app(running)


@dataclass
class Charging:
    """An app with a key of an account at a provider that charges."""

    app: App
    provider: EmbeddedSandbox


@pytest.fixture(scope="session")
def charging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Charging]:
    """One for several files, of the group "e2e-charging"; its account has 1,000 credits at first."""
    folder = tmp_path_factory.mktemp("provider")
    provider = EmbeddedSandbox(SandboxOptions(speed=60.0, media="small", media_folder=folder, credits=1000.0))
    url = provider.start()
    settings = {"KAIMEDIA_PROVIDER": "kie", "KIE_API_KEY": "a-key-of-a-test", "KIE_API_URL": url, "KIE_UPLOAD_URL": url}
    running = start_app(tmp_path_factory.mktemp("charging"), **settings)
    yield Charging(running, provider)
    stop_app(running)
    provider.stop()


@pytest.fixture(scope="session")
def viewer_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app whose gallery holds, newest first: a video, an image with a very long prompt, two images."""
    running = start_app(tmp_path_factory.mktemp("viewer"), KAIMEDIA_SANDBOX_SPEED="60")
    api_tasks.make(running, *viewer.PROMPTS)
    api_tasks.make(running, viewer.VIDEO, kind="videos")
    yield running
    stop_app(running)


_browser_end = ExitStack()
_browsers: list[Browser] = []  # the running one, or none


@pytest.fixture(scope="module")
def browser() -> Browser:
    """One for consecutive files, each with tabs of its own: starting it takes a second of a processor."""
    if not (_browsers and _browsers[0].is_connected()):
        _end_browser()
        _browsers.append(_browser_end.enter_context(launched()))
    for context in _browsers[0].contexts:
        context.close()
    return _browsers[0]


def _end_browser() -> None:
    _browsers.clear()
    _browser_end.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Iterator[None]:
    """End the browser before a test of another folder: it keeps an event loop running in this thread."""
    try:
        return (yield)
    finally:
        if nextitem is None or Path(__file__).parent not in nextitem.path.parents:
            _end_browser()


@pytest.fixture
def gallery(page: Page) -> Page:
    """The gallery, with its first thumbnails loaded."""
    page.goto("/gallery")
    grid.drawn(page)
    return page


@pytest.fixture
def gallery_tab(tab: Page) -> Page:
    """The whole gallery from its top in `tab`, with nothing selected."""
    grid.show_grid(tab)
    return tab


@pytest.fixture
def page(browser: Browser, app: App) -> Iterator[Page]:
    """A fresh desktop tab on Generate that fails on errors in the browser and on calls to other hosts."""
    watched = WatchedPage(browser, app)
    yield watched.page
    watched.close()


@pytest.fixture(scope="module")
def _last_tab(browser: Browser) -> Iterator[list[WatchedPage]]:
    last: list[WatchedPage] = []
    yield last
    for each in last:
        each.close()


@pytest.fixture
def tab(request: pytest.FixtureRequest, browser: Browser, app: App, _last_tab: list[WatchedPage]) -> Iterator[Page]:
    """The tab of the previous test of the file, as that left it, since loading a page takes seconds of a processor.

    A fresh one for the first test and after a failed one; `tests.e2e.tabs.show` opens a page in either. Otherwise
    like `page`.
    """
    if not _last_tab:
        _last_tab.append(WatchedPage(browser, app))
    failed = request.session.testsfailed
    _last_tab[0].page.mouse.move(0, 0)  # not where something opens while the pointer is over it
    yield _last_tab[0].page
    if request.session.testsfailed > failed or _last_tab[0].wrong:
        _last_tab.pop().close()
