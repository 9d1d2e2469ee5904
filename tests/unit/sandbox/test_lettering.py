"""Prompts set in type: legible, complete or ending in …, in the colors they name, without missing characters."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from kaimedia.sandbox.drawing.canvas import Canvas
from kaimedia.sandbox.drawing.painter import STILL, render_image, stage
from kaimedia.sandbox.drawing.palette import to_oklab
from kaimedia.sandbox.drawing.scenes import typesetting
from kaimedia.sandbox.drawing.scenes.lettering import Lettering

pytestmark = pytest.mark.slow

SIZES = [(512, 512), (576, 384), (384, 576), (640, 360), (360, 640), (840, 360)]
LONG = "a typewriter overgrown with mushrooms on a forest floor in dappled sun " * 12


def _luminance(color: np.ndarray) -> np.ndarray:
    linear = np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def _scene(prompt: str, size: tuple[int, int], variant: int = 0, seed: int = 0) -> Lettering:
    scene = stage(prompt, *size, variant, seed)
    assert isinstance(scene, Lettering)
    return scene


@pytest.mark.parametrize(
    "size", [SIZES[4], *(pytest.param(size, marks=pytest.mark.exhaustive) for size in SIZES if size != SIZES[4])]
)
@pytest.mark.parametrize("prompt", ["a red fox in fresh snow", "two lemons", "violet dress, black background", LONG])
def test_the_type_contrasts_with_every_pixel_under_it(prompt: str, size: tuple[int, int]) -> None:
    for variant in range(4):
        scene = _scene(prompt, size, variant, seed=11)
        written = scene.type > 0.02
        assert written.any()
        scene.type = np.zeros_like(scene.type)
        ground = np.moveaxis(np.clip(scene.draw(STILL), 0, 1), 0, 2)
        below, ink = _luminance(ground[written]), float(_luminance(np.asarray(scene.ink)))
        contrast = (np.maximum(below, ink) + 0.05) / (np.minimum(below, ink) + 0.05)
        assert contrast.min() >= 4.5


@pytest.mark.parametrize(
    ("word", "hue_deg"), [("red", 27), ("green", 147), ("blue", 260), ("violet", 300), ("orange", 55)]
)
def test_the_color_that_is_named_dominates(word: str, hue_deg: float) -> None:
    for seed in range(4):
        pixels = np.asarray(render_image(f"a {word} fox", 128, 128, 0, seed), dtype=np.float64).reshape(-1, 3) / 255
        lab = to_oklab([tuple(row) for row in pixels])
        a, b = lab[:, 1].sum(), lab[:, 2].sum()  # chroma weighs each pixel's hue
        apart = (np.degrees(np.arctan2(b, a)) - hue_deg + 180) % 360 - 180
        assert abs(apart) < 50


@pytest.mark.parametrize("text", ["Żółta łódź o świcie", "crème brûlée", "“naïve” – 100 % §4 …", "Ærøskøbing №"])
def test_characters_of_our_fonts_are_drawn(text: str) -> None:
    shown = typesetting.drawable(text)
    assert [letter for letter in shown if letter.isalpha()] == [letter for letter in text if letter.isalpha()]


@pytest.mark.parametrize("text", ["赤い狐が雪の中を歩く", "ثعلب أحمر", "🦊🦊🦊", "\x00\x07", "", "   ", "!!!"])
def test_characters_missing_from_our_fonts_are_left_out(text: str) -> None:
    assert typesetting.drawable(text) == ""
    assert render_image(text, 96, 96, 0, 0).size == (96, 96)


def test_an_emoji_between_words_is_left_out() -> None:
    assert typesetting.drawable("a red fox 🦊 , in snow") == "a red fox, in snow"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("text", ["fox", "a red fox in fresh snow", LONG, "x" * 400, "a " * 300])
def test_every_line_fits_its_box(text: str, size: tuple[int, int]) -> None:
    width, height, unit = 0.5 * size[0], 0.4 * size[1], min(size)
    found = typesetting.fit(text.strip(), width, height, 0.036 * unit, 0.142 * unit, 620)
    assert found.lines
    assert found.height_px <= height + 1
    assert all(typesetting.length_px(line, found.size_px, 620) <= width + 1 for line in found.lines)
    is_whole = "".join(found.lines).replace(" ", "") == text.replace(" ", "")
    assert is_whole or found.lines[-1].endswith("…")


def test_the_last_line_is_no_widow() -> None:
    found = typesetting.fit("a cat astronaut repairing a small satellite", 360, 400, 20, 60, 620)
    widths = [typesetting.length_px(line, found.size_px, 620) for line in found.lines]
    assert min(widths) > 0.4 * max(widths)


def test_type_and_shape_do_not_meet() -> None:
    for size in SIZES:
        for variant in range(6):
            scene = _scene("a cat astronaut repairing a satellite in orbit", size, variant, seed=3)
            shapes = np.max([mask for _, mask in scene.layers], axis=0)
            overlap = (shapes > 0.5) & (scene.type > 0.5)
            assert overlap.sum() <= 0.02 * (scene.type > 0.5).sum()


def test_the_type_stands_still_in_a_video() -> None:
    canvas = Canvas(320, 180)
    scene = _scene("a red fox", (canvas.width, canvas.height))
    assert isinstance(scene.type, np.ndarray)
    assert Image.fromarray(scene.pixels(STILL)).size == (320, 180)
