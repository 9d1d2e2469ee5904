"""Take the screenshots in docs/images and write docs/states.md: every state of every page.

    python docs/screenshots.py               all of them
    python docs/screenshots.py viewer login  those whose names begin so; docs/states.md stays as it is

Desktop and phone, light and dark. Needs requirements-dev.txt and a Chromium (`CHROMIUM` names it, else the usual
places are tried).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import Browser, Error, Page

from docs.snapshots.camera import IMAGES, SCHEMES, browser, enter, profile, rename_folder, shoot, tab
from docs.snapshots.state import State
from docs.snapshots.states import STATES
from docs.snapshots.studios import Street

PAGES = ("generate", "gallery", "spending", "settings")  # README shows these in every size and scheme
MOST_BYTES = 140_000
MOST_BYTES_OF_PAGES = 200_000
HEAD = """# Every state

Screenshots of the pages, retaken with `python docs/screenshots.py`. Each state is reached in
a studio filled with sample data; nothing is drawn by hand. `tests/e2e/test_accessibility.py` uses the same list and
checks each state in both color schemes, and at a phone’s width where it differs.
"""


def views_of(state: State) -> Iterator[tuple[str, str]]:
    """Size and scheme of a state's images: the pages themselves in all four, the rest in two."""
    if state.name in PAGES:
        yield from ((size, scheme) for size in ("desktop", "mobile") for scheme in SCHEMES)
        return
    number = crc32(state.name.encode()) % 2  # by name, so that a new state does not change the screenshots of others
    yield "desktop", SCHEMES[number]
    if state.on_phone:
        yield "mobile", SCHEMES[1 - number]


def every() -> list[State]:
    """All states in the order of the document."""
    return [state for states in STATES.values() for state in states]


def document() -> str:
    """docs/states.md."""
    parts = [HEAD]
    for title, states in STATES.items():
        parts.append(f"## {title}\n")
        for state in states:
            parts.append(f"### {state.name}\n\n{state.line}\n")
            parts.append(" ".join(_tag(state, size, scheme) for size, scheme in views_of(state)) + "\n")
    return "\n".join(parts)


def _tag(state: State, size: str, scheme: str) -> str:
    width = 720 if size == "desktop" else 200
    words = f"{state.line.rstrip('.')} ({size}, {scheme})"
    return f'<img src="images/{state.name}-{size}-{scheme}.webp" width="{width}" alt="{words}">'


def take(page: Page, state: State, view: tuple[str, str], folder: Path) -> int:
    """One image; returns its bytes."""
    enter(page, state)
    rename_folder(page, folder)
    name = "-".join((state.name, *view))
    written = shoot(page, name, MOST_BYTES_OF_PAGES if state.name in PAGES else MOST_BYTES)
    state.leave(page)
    print(f"{name}.webp {written // 1000} KB", flush=True)
    return written


def take_all(chromium: Browser, street: Street, prefixes: tuple[str, ...]) -> list[str]:
    """Every image asked for; returns what could not be reached."""
    missed, total = [], 0
    for state in every():
        for view in views_of(state) if state.name.startswith(prefixes or "") else ():
            context = profile(chromium, street.url(state.studio), *view)
            try:
                total += take(tab(context), state, view, street.folder / state.studio)
            except Error as error:
                missed.append(f"{state.name} {view}: {error}")
            context.close()
    print(f"{total // 1000} KB")
    return missed


def main(*prefixes: str) -> None:
    """Look at every state and write what is seen."""
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        street = Street(Path(folder))
        try:
            missed = take_all(chromium, street, prefixes)
        finally:
            street.close()
    if missed:
        raise SystemExit("\n".join(["not reached:", *missed]))
    if not prefixes:
        (IMAGES.parent / "states.md").write_text(document(), encoding="utf-8")
        wanted = {"-".join((state.name, *view)) for state in every() for view in views_of(state)}
        for path in IMAGES.glob("*.webp"):
            if path.stem not in wanted and not path.stem.startswith("sketch-"):  # sketches are drawn, not taken
                path.unlink()


if __name__ == "__main__":
    main(*sys.argv[1:])
