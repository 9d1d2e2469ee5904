"""Painting a mask: from the viewer to the painter, by mouse and by numbers, and what the edit then changes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.e2e import api_tasks
from tests.e2e.composer import DONE_MS, model_button, press_generate, results_of, write_prompt
from tests.e2e.conftest import App
from tests.e2e.viewer import left, opened

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-shared"), pytest.mark.timeout(300)]
SOURCE, EDITED = "A jetty over a quiet lake", "A red boat lies at the jetty"
PX = 1024


@pytest.fixture(scope="module")
def app(shared_app: App) -> App:
    """The app that several files share, with an image to edit."""
    api_tasks.make(shared_app, SOURCE)
    return shared_app


def painter(tab: Page) -> Locator:
    """The painter, opened for the image of the gallery."""
    dialog = opened(tab, SOURCE, "/gallery")
    dialog.get_by_role("button", name="Continue").click()
    dialog.get_by_role("menuitem", name="Edit").first.click()
    expect(model_button(tab)).to_contain_text("GPT-4o Image")
    expect(tab.get_by_alt_text("Your reference image")).to_be_visible()
    tab.get_by_role("button", name="Paint mask").click()
    found = tab.get_by_role("dialog", name="Paint the mask")
    expect(found.get_by_text("Nothing painted yet")).to_be_visible()
    expect(found.get_by_role("button", name="Use this mask")).to_be_disabled()
    return found


def dragged(tab: Page, area: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Press, move and release; the points are shares of the area."""
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    assert box
    x, y, width, height = box["x"], box["y"], box["width"], box["height"]
    tab.mouse.move(x + start[0] * width, y + start[1] * height)
    tab.mouse.down()
    tab.mouse.move(x + end[0] * width, y + end[1] * height, steps=8)
    tab.mouse.up()


def percent(dialog: Locator) -> int:
    found = re.search(r"(\d+) % painted", dialog.get_by_role("status").inner_text())
    assert found
    return int(found[1])


def masks_in(app: App) -> list[Path]:
    """The stored PNGs of two colors, the newest last."""
    found = []
    for path in sorted((app.folder / "data" / "references").glob("*.png"), key=lambda path: path.stat().st_mtime):
        colors = Image.open(path).convert("RGB").getcolors(2)
        if colors and {color for _, color in colors} == {(0, 0, 0), (255, 255, 255)}:
            found.append(path)
    return found


def pixels(path: Path) -> npt.NDArray[np.uint8]:
    return np.asarray(Image.open(path).convert("RGB"))


@pytest.mark.exhaustive
def test_the_mouse_paints_erases_and_undoes(tab: Page) -> None:
    dialog = painter(tab)
    area = dialog.get_by_role("application", name="Painting area")
    dragged(tab, area, (0.2, 0.5), (0.8, 0.5))
    expect(dialog.get_by_role("status")).to_have_text(re.compile(r"^[3-9] % painted$"))
    tab.keyboard.press("]")
    expect(dialog.get_by_role("slider", name="Brush size")).to_have_value("70")
    first = percent(dialog)
    dialog.get_by_role("button", name="Eraser").click()
    dragged(tab, area, (0.2, 0.5), (0.5, 0.5))
    expect(dialog.get_by_role("status")).not_to_have_text(f"{first} % painted")
    assert percent(dialog) < first
    tab.keyboard.press("Control+z")
    expect(dialog.get_by_role("status")).to_have_text(f"{first} % painted")
    dialog.get_by_role("button", name="Invert").click()
    expect(dialog.get_by_role("status")).to_have_text(
        re.compile(rf"^{100 - first}|{99 - first}|{101 - first} % painted$")
    )
    dialog.get_by_role("button", name="Clear").click()
    expect(dialog.get_by_role("status")).to_have_text("Nothing painted yet")
    dialog.get_by_role("button", name="Rectangle", exact=True).click()
    dragged(tab, area, (0.9, 0.9), (0.4, -0.2))
    expect(dialog.get_by_role("status")).to_have_text(re.compile(r"^4[3-7] % painted$"))
    tab.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_an_edit_by_keyboard_changes_only_what_is_painted(tab: Page, app: App) -> None:
    dialog = painter(tab)
    dialog.get_by_text("Rectangle by numbers").press("Enter")
    for side, value in {"Left": 0, "Top": 0, "Width": PX // 2, "Height": PX}.items():
        dialog.get_by_role("spinbutton", name=side).fill(str(value))
    dialog.get_by_role("button", name="Paint rectangle").press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("50 % painted")
    dialog.get_by_role("button", name="Use this mask").press("Enter")
    expect(dialog).to_be_hidden()
    expect(tab.get_by_alt_text("Your mask")).to_be_visible()
    mask, inverted = (pixels(each) for each in masks_in(app)[-2:])
    assert mask.shape == (PX, PX, 3)
    assert (mask[:, : PX // 2] == 0).all() and (mask[:, PX // 2 :] == 255).all(), "black is what changes"
    assert (inverted == 255 - mask).all(), "for models that change what is white"

    tab.get_by_role("button", name="Repaint mask").click()
    expect(dialog.get_by_role("status")).to_have_text("50 % painted")
    tab.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    write_prompt(tab, EDITED)
    press_generate(tab)
    expect(results_of(tab, EDITED).first).to_be_visible(timeout=DONE_MS)
    (before,), (after,) = api_tasks.files_of(app, SOURCE), api_tasks.files_of(app, EDITED)
    top = slice(0, PX * 9 // 10)  # above the badge
    assert (pixels(before)[top, PX // 2 :] == pixels(after)[top, PX // 2 :]).all()
    assert (pixels(before)[top, : PX // 2] != pixels(after)[top, : PX // 2]).any(axis=2).mean() > 0.5

    dialog = opened(tab, EDITED, "/gallery")
    expect(dialog.locator(".part-lineage")).to_contain_text("Mask")
    left(tab)


@pytest.mark.exhaustive
def test_the_painter_fits_a_phone_and_takes_touch(tab: Page) -> None:
    tab.set_viewport_size({"width": 390, "height": 844})
    dialog = painter(tab)
    area = dialog.get_by_role("application", name="Painting area")
    box = area.bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["width"] > 250
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    area.scroll_into_view_if_needed()
    area.evaluate("""node => {
      const box = node.getBoundingClientRect()
      const at = (type, x, y) => node.dispatchEvent(new PointerEvent(type, {
        pointerId: 1, pointerType: 'touch', isPrimary: true, button: 0, bubbles: true,
        clientX: box.left + x * box.width, clientY: box.top + y * box.height }))
      node.setPointerCapture = () => {}
      at('pointerdown', 0.1, 0.1); at('pointermove', 0.9, 0.9); at('pointerup', 0.9, 0.9)
    }""")
    expect(dialog.get_by_role("status")).to_have_text(re.compile(r"^\d+ % painted$"))
    tab.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    tab.set_viewport_size({"width": 1440, "height": 900})
