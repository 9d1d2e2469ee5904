"""A browser for visiting states, and writing screenshots."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from docs.snapshots.state import State
from docs.snapshots.works import NOW
from tools.chromium import program
from tools.page_wait import wait_until_true

IMAGES = Path(__file__).resolve().parents[1] / "images"
SIZES = {"desktop": (1440, 900), "mobile": (390, 844)}
SCHEMES = ("light", "dark")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


IMAGES_ARE_LOADED = """() => [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')].every(host =>
  [...host.shadowRoot?.querySelectorAll('.card .open img') ?? []].every(each => each.classList.contains('in')))"""

RENAME = """([folder, name]) => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const text = texts.currentNode
    if (text.nodeValue.includes(folder)) text.nodeValue = text.nodeValue.replaceAll(folder, name)
  }
}"""


@contextmanager
def browser() -> Iterator[Browser]:
    """This machine's Chromium; `CHROMIUM` names it, else the usual places are tried."""
    with sync_playwright() as play:
        opened = _launch(play)
        yield opened
        opened.close()


def _launch(play: Playwright) -> Browser:
    found = program()
    if not found:
        raise SystemExit("no Chromium found; name it in CHROMIUM")
    return play.chromium.launch(executable_path=found, args=FLAGS)


def profile(opened: Browser, url: str, size: str, scheme: str) -> BrowserContext:
    """A browser context for a device of that size, with reduced motion."""
    width, height = SIZES[size]
    return opened.new_context(
        base_url=url,
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
        device_scale_factor=1 if size == "desktop" else 1.5,
        is_mobile=size == "mobile",
        has_touch=size == "mobile",
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
    )


def tab(context: BrowserContext) -> Page:
    """A new tab with a fixed clock."""
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.clock.set_fixed_time(NOW)
    return page


def enter(page: Page, state: State) -> None:
    """Open a state and wait until it is settled."""
    page.goto(state.address)
    arrive(page, state)


def arrive(page: Page, state: State) -> None:
    """From what the state's URL shows to the state itself; wait until it is settled."""
    state.reach(page)
    page.evaluate("document.fonts.ready")
    wait_until_true(page, IMAGES_ARE_LOADED)
    page.wait_for_timeout(300)


def rename_folder(page: Page, folder: Path) -> None:
    """Replace this run's folder with a generic one in the page's texts."""
    page.evaluate(RENAME, [str(folder), "/srv/studio"])


def shoot(page: Page, name: str, most_bytes: int) -> int:
    """Write a screenshot of at most `most_bytes` if possible; returns its size in bytes."""
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    for quality in (88, 80, 70, 60, 50):
        written = io.BytesIO()
        image.save(written, "WEBP", quality=quality, method=6)
        if written.tell() <= most_bytes:
            break
    IMAGES.mkdir(exist_ok=True)
    (IMAGES / f"{name}.webp").write_bytes(written.getvalue())
    return written.tell()
