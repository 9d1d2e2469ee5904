"""Take the pictures of docs/images: start the app on the sandbox, make a few things, look at every page.

    python docs/screenshots.py

Needs requirements-dev.txt and a Chromium (`CHROMIUM` names it, else the usual places are tried).
"""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
SIZES = {"desktop": (1440, 900), "mobile": (390, 844)}
SCHEMES = ("light", "dark")
MOST_BYTES = 250_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
PICTURES = (
    ("Polished spheres on a seamless backdrop, product photography, soft shadow", "1:1", 4),
    ("Aurora over a still lake, sharp stars, long exposure", "3:2", 2),
    ("Ukiyo-e sea of layered waves under a red sun, washi paper", "2:3", 2),
    ("Bauhaus exhibition poster, quarter circles and stripes, paper grain", "3:2", 2),
    ("Stained glass wall lit by afternoon sun, leaded cells", "1:1", 2),
    ("City skyline at dusk, lit windows, reflections on black water", "2:3", 2),
)
CLIP = "Neon sun setting over an endless grid, synthwave album cover"
LAST = "Layered mountain ridges at first light, soft fog in the valleys"


@contextmanager
def running_app(folder: Path) -> Iterator[str]:
    """The app with everything it keeps in `folder`; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("KIE_", "KAIMEDIA_"))}
    environment |= {
        "KAIMEDIA_DATA": str(folder / "data"),
        "KAIMEDIA_MEDIA_URL": str(folder / "media"),
        "KAIMEDIA_DATABASE_URL": f"sqlite:///{folder / 'kaimedia.db'}",
        "KAIMEDIA_SANDBOX_SPEED": "10",
        "KAIMEDIA_POLL_S": "0.5",
    }
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.address=127.0.0.1"]
    command += [f"--server.port={port}", "--server.headless=true"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        yield _when_up(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(20)


def _when_up(url: str) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return url
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise SystemExit("the app did not start")


def generate(page: Page) -> Locator:
    """The Generate button."""
    return page.locator(".st-key-generate button")


def choose(page: Page, name: str) -> None:
    """Pick one of a row of choices and wait until it is taken."""
    option = page.get_by_role("radio", name=name, exact=True)
    option.click()
    page.wait_for_function("option => option.getAttribute('aria-checked') === 'true'", arg=option.element_handle())
    page.wait_for_timeout(400)


def make_things(page: Page, url: str) -> None:
    """Fill the gallery through the page itself, and wait until all of it is there."""
    page.goto(url)
    generate(page).wait_for()
    for prompt, ratio, count in PICTURES:
        choose(page, ratio)
        choose(page, str(count))
        page.locator(".st-key-prompt textarea").fill(prompt)
        generate(page).click()
        page.get_by_text("Started.").first.wait_for()
        page.wait_for_timeout(700)
    choose(page, "Videos")
    page.locator(".st-key-prompt textarea").fill(CLIP)
    generate(page).click()
    page.locator("[class*=st-key-result_]", has_text=CLIP).first.wait_for(timeout=180_000)
    page.wait_for_function("!document.querySelector('.k-spin')", timeout=180_000)
    choose(page, "Images")
    page.locator(".st-key-prompt textarea").fill(PICTURES[0][0])
    choose(page, "1:1")
    choose(page, "4")
    generate(page).click()
    page.wait_for_timeout(1500)
    page.wait_for_function("!document.querySelector('.k-spin')", timeout=180_000)


def look(browser: Browser, url: str, size: str, scheme: str) -> None:
    """Every page at one size in one scheme."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
        device_scale_factor=1 if size == "desktop" else 2,
        is_mobile=size == "mobile",
        has_touch=size == "mobile",
    )
    page = context.new_page()
    page.goto(url)
    generate(page).wait_for()
    page.locator(".st-key-prompt textarea").fill(LAST)
    page.locator(".card img.in").first.wait_for()
    page.wait_for_timeout(1200)
    shoot(page, f"generate-{size}-{scheme}")
    page.goto(f"{url}/gallery")
    page.locator(".card img.in").nth(4).wait_for()
    page.wait_for_timeout(1200)
    shoot(page, f"gallery-{size}-{scheme}")
    page.goto(f"{url}/settings")
    page.get_by_role("heading", name="Settings").wait_for()
    page.wait_for_timeout(1200)
    shoot(page, f"settings-{size}-{scheme}")
    context.close()


def shoot(page: Page, name: str) -> None:
    """Write one picture, small enough for the repository."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    for quality in (90, 84, 76, 66):
        written = io.BytesIO()
        picture.save(written, "WEBP", quality=quality, method=6)
        if written.tell() <= MOST_BYTES:
            break
    (IMAGES / f"{name}.webp").write_bytes(written.getvalue())
    print(f"{name}.webp {written.tell() // 1000} KB")


def chromium() -> str:
    """The browser's program."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        raise SystemExit("no Chromium found; name it in CHROMIUM")
    return found


def main() -> None:
    """Make the things, take the pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder)) as url, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        make_things(page, url)
        page.close()
        for size in SIZES:
            for scheme in SCHEMES:
                look(browser, url, size, scheme)
        browser.close()


if __name__ == "__main__":
    main()
