"""Hosts that run app.py (or a script next to it) as a plain page script, without our routes and firewall."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.gallery_rows import seed
from bench.processes import clean_environment, free_port, wait_until_served
from kaimedia.ui.page_list import PAGE_LIST
from tests.conftest import ROOT
from tests.e2e.chromium import launched
from tests.hosting.proxy import proxy

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("hosting-plain"), pytest.mark.timeout(240)]

HOST = "studio.example"  # browsers open names below .app over https only
STRANGER = {"X-Forwarded-For": "203.0.113.9"}
AUTH = f"""[auth]
redirect_uri = "http://{HOST}/oauth2callback"
cookie_secret = "only-for-this-test"
client_id = "studio"
client_secret = "only-for-this-test"
server_metadata_url = "http://127.0.0.1:9/.well-known/openid-configuration"
"""
START = (
    "import sys; from streamlit.web import bootstrap; script, port = sys.argv[1:];"
    "bootstrap.load_config_options({'server.port': int(port), 'server.address': '127.0.0.1', 'server.headless': True,"
    "'global.developmentMode': False}); bootstrap.run(script, False, [], {})"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched([f"--host-resolver-rules=MAP {HOST} 127.0.0.1"]) as running:
        yield running


def start(folder: Path, script: Path, **settings: str) -> tuple[subprocess.Popen[bytes], int]:
    """Run a page script as such a host does; the gallery holds three items."""
    port = free_port()
    database = f"sqlite:///{folder / 'kaimedia.db'}"
    seed(database, 3, folder / "media")
    environment = clean_environment(
        KAIMEDIA_DATA=str(folder / "data"),
        KAIMEDIA_MEDIA_URL=str(folder / "media"),
        KAIMEDIA_DATABASE_URL=database,
        PYTHONPATH=str(ROOT),
        **settings,
    )
    with (folder / "app.log").open("ab") as log:
        command = [sys.executable, "-c", START, str(script), str(port)]
        process = subprocess.Popen(command, cwd=script.parent, env=environment, stdout=log, stderr=log)
    try:
        wait_until_served(f"http://127.0.0.1:{port}/_stcore/health")
    except TimeoutError:
        process.kill()
        raise
    return process, port


def beside(folder: Path, script: str) -> Path:
    """app.py in its place, or a wrapper next to a copy of app.py and pages/."""
    if script == "app.py":
        return ROOT / "app.py"
    shutil.copytree(ROOT / "pages", folder / "pages")
    for name in ("kaimedia", "static", ".streamlit"):
        (folder / name).symlink_to(ROOT / name)
    wrapper = folder / script
    wrapper.write_text("import runpy\nrunpy.run_path('app.py', run_name='__main__')\n", encoding="utf-8")
    shutil.copy(ROOT / "app.py", folder / "app.py")
    return wrapper


def expect_rejection(tab: Page, url: str) -> None:
    tab.goto(url)
    expect(tab.locator(".st-key-sign_in")).to_be_visible()
    expect(tab.get_by_text("Reboot app").first).to_be_visible()
    expect(tab.locator(".st-key-sign_in pre").first).to_contain_text(HOST)
    for closed in ("stSidebarNavLink", "stTopNavLink", "stTextArea", "stTextInput", "stBidiComponentRegular"):
        expect(tab.locator(f"[data-testid={closed}]")).to_have_count(0)
    assert "image_" not in tab.content()


@pytest.mark.parametrize(
    ("script", "paths"),
    [
        # "/" changes Streamlit's mode for all.
        ("app.py", ("/gallery", "/", "/settings")),
        pytest.param("app.py", ("/settings", "/spending", "/generate", "/", "/gallery"), marks=pytest.mark.exhaustive),
        pytest.param("streamlit_app.py", ("/gallery",), marks=pytest.mark.exhaustive),
    ],
)
def test_strangers_get_the_rejection_on_every_page(
    browser: Browser, tmp_path: Path, script: str, paths: tuple[str, ...]
) -> None:
    process, port = start(tmp_path, beside(tmp_path, script))
    try:
        with proxy(port, STRANGER) as outside:
            stranger = browser.new_context()  # one for all paths: its tabs share the cache of scripts
            for path in paths:
                tab = stranger.new_page()
                expect_rejection(tab, f"http://{HOST}:{outside}{path}")
                tab.close()
            stranger.close()
        tab = browser.new_page()
        tab.goto(f"http://127.0.0.1:{port}/gallery")  # this machine, page alone: inside its frame
        expect(tab.locator("[data-testid=stTopNavLink]")).to_have_count(len(PAGE_LIST))
        expect(tab.locator(".st-key-sign_in")).to_have_count(0)
        tab.close()
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.parametrize(
    ("secrets", "words"),
    [
        pytest.param("", "Sign-in is not set up yet", marks=pytest.mark.exhaustive),
        (AUTH, "Sign in to generate images and videos."),
    ],
)
def test_nobody_who_is_signed_out_sees_a_page(browser: Browser, tmp_path: Path, secrets: str, words: str) -> None:
    settings = {"KAIMEDIA_ACCESS": "login", "KAIMEDIA_ALLOWED_HOSTS": HOST, "KAIMEDIA_ALLOWED_EMAILS": "a@b.example"}
    (tmp_path / "home" / ".streamlit").mkdir(parents=True)
    (tmp_path / "home" / ".streamlit" / "secrets.toml").write_text(secrets, encoding="utf-8")
    process, port = start(tmp_path, ROOT / "app.py", HOME=str(tmp_path / "home"), **settings)
    try:
        with proxy(port, STRANGER) as outside:
            stranger = browser.new_context()
            for path in ("/settings", "/generate", "/"):
                tab = stranger.new_page()
                tab.goto(f"http://{HOST}:{outside}{path}")
                expect(tab.get_by_text(words)).to_be_visible()
                expect(tab.locator("[data-testid=stTextInput], [data-testid=stSidebarNavLink]")).to_have_count(0)
                tab.close()
            stranger.close()
    finally:
        process.terminate()
        process.wait(20)
