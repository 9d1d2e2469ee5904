"""The sandbox's images: reproducible, different per variant and seed, watermarked, of any size."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from PIL import Image

from kaimedia.sandbox.drawing.canvas import Canvas, Moment, to_bytes
from kaimedia.sandbox.drawing.noise import dither
from kaimedia.sandbox.drawing.painter import STILL, render_image, stage
from kaimedia.sandbox.drawing.palette import CURATED_NAMES, choose
from kaimedia.sandbox.drawing.scenes import SCENES, Scene
from kaimedia.sandbox.drawing.scenes.lettering import Lettering
from kaimedia.sandbox.drawing.scenes.subjects import HINTS, WORDS
from kaimedia.sandbox.drawing.subject import scene_for, terms_of
from kaimedia.sandbox.drawing.watermark import badge, place, stamp

pytestmark = pytest.mark.slow

PROMPTS = {kind.__name__.lower(): WORDS[kind.__name__.lower()].split()[0] for kind in SCENES} | {
    "lettering": "a red fox"
}
NAMES = list(PROMPTS)


def _prompt(name: str) -> str:
    """A prompt that selects this scene."""
    return PROMPTS[name]


def _apart(first: Image.Image, second: Image.Image) -> float:
    """Mean difference of two images of the same size, 0-255."""
    return float(np.abs(np.asarray(first, dtype=np.int16) - np.asarray(second, dtype=np.int16)).mean())


@pytest.mark.parametrize("name", NAMES)
def test_the_same_arguments_give_the_same_pixels(name: str) -> None:
    first, second = (render_image(_prompt(name), 160, 120, 1, 7) for _ in range(2))
    assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_variants_and_seeds_look_different(name: str) -> None:
    images = [
        render_image(_prompt(name), 160, 160, variant, seed) for variant, seed in ((0, 0), (1, 0), (2, 0), (0, 1))
    ]
    for at, image in enumerate(images):
        for other in images[at + 1 :]:
            assert _apart(image, other) > 8


@pytest.mark.parametrize(
    "size",
    [(333, 111), *(pytest.param(size, marks=pytest.mark.exhaustive) for size in ((64, 64), (640, 360), (1024, 1536)))],
)
@pytest.mark.parametrize("name", NAMES)
def test_every_scene_draws_at_every_size(name: str, size: tuple[int, int]) -> None:
    image = render_image(_prompt(name), *size, 0, 3)
    assert image.size == size
    assert image.mode == "RGB"
    pixels = np.asarray(image)
    assert pixels.std() > 6, "a blank sheet"


@pytest.mark.parametrize("name", NAMES)
def test_a_video_ends_where_it_began(name: str) -> None:
    scene = stage(_prompt(name), 128, 72, 0, 5)
    first, last = (scene.pixels(Moment(at, 5.0)).astype(np.int16) for at in (0.0, 5.0))
    middle = scene.pixels(Moment(1.7, 5.0)).astype(np.int16)
    assert np.abs(first - last).mean() < 0.6
    assert np.abs(first - middle).mean() > np.abs(first - last).mean(), "nothing moves"


@pytest.mark.parametrize("name", NAMES)
def test_planes_are_finite_and_in_range(name: str) -> None:
    sheet = stage(_prompt(name), 96, 80, 2, 1).draw(STILL)
    assert sheet.shape == (3, 80, 96)
    assert np.isfinite(sheet).all()
    assert sheet.min() > -0.25
    assert sheet.max() < 1.6


@pytest.mark.parametrize("name", NAMES)
def test_a_small_canvas_shows_the_same_composition(name: str) -> None:
    large = stage(_prompt(name), 640, 360, 0, 2).pixels(STILL)
    small = stage(_prompt(name), 320, 180, 0, 2).pixels(STILL)
    shrunk = np.asarray(Image.fromarray(large).resize((80, 45), Image.Resampling.BOX), dtype=np.float64)
    other = np.asarray(Image.fromarray(small).resize((80, 45), Image.Resampling.BOX), dtype=np.float64)
    assert np.corrcoef(shrunk.ravel(), other.ravel())[0, 1] > 0.9


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("Ukiyo-e sea of layered waves under a red sun, washi paper", "waves"),
        ("Ringed gas giant drifting through a dark nebula", "planet"),
        ("Stained glass window, blue light", "glass"),
        ("Bauhaus poster, geometric tiles", "poster"),
        ("Curtains of green light above a black ridge, mirror water", "aurora"),
        ("Northern lights", "aurora"),
        ("Neon sun setting over an endless grid, synthwave album cover", "neon"),
        ("Polished spheres on a seamless backdrop, product photography, soft shadow", "spheres"),
        ("city skyline at dusk", "city"),
        ("neon city street at night in the rain", "city"),
        ("misty mountains at sunrise", "ridges"),
        ("a deep forest with fireflies", "forest"),
        ("marbled ink, gold veins", "ink"),
        ("a rose garden", "flower"),
        ("bokeh of city lights at night, bokeh", "bokeh"),
        ("sand dunes of the Sahara", "dunes"),
        ("coral reef with fishes", "reef"),
        ("layered paper, cut out", "paper"),
        ("aerial photo of misty mountains", "ridges"),
        ("an oil painting of the sea", "waves"),
        ("hot air balloons above the clouds", "clouds"),
        ("Diffuse sunrise gradient, subtle ripples", "flow"),
    ],
)
def test_the_words_choose_the_scene(prompt: str, name: str) -> None:
    assert scene_for(prompt).__name__.lower() == name


@pytest.mark.parametrize(
    "prompt",
    [
        "a red fox in fresh snow",
        "a cute cat with a hat",
        "portrait of an old woman",
        "a fox in a forest",
        "a desert fox",
        "a mountain bike on a city street",
        "a neon sign in a bar",
        "a paper boat on a still lake",
        "a potter shapes a bowl on the wheel",
        "watercolor of a fox, ocean behind it",
        "quxified blorb",
        "海辺の夕日",
        "",
    ],
)
def test_what_no_scene_shows_is_set_in_type(prompt: str) -> None:
    assert scene_for(prompt) is Lettering


@pytest.mark.parametrize("prompt", ["", "   ", "🦊🦊", "海辺の夕日", "\x00\ud800 odd", "a" * 4000])
def test_any_text_can_be_drawn(prompt: str) -> None:
    assert render_image(prompt, 64, 48, 0, 0).size == (64, 48)


def test_large_seeds_and_variants_can_be_drawn() -> None:
    assert render_image("waves", 64, 48, 9, 2**63).size == (64, 48)
    assert render_image("waves", 64, 48, 0, -5).size == (64, 48)


def test_every_scene_has_its_words_and_known_palettes() -> None:
    assert set(WORDS) == set(HINTS) == set(NAMES) - {"lettering"}
    assert len(Lettering.favorites) >= 4
    assert set(Lettering.favorites) <= CURATED_NAMES
    assert len(SCENES) >= 12
    for kind in SCENES:
        assert len(kind.favorites) >= 4
        assert set(kind.favorites) <= CURATED_NAMES


def test_plurals_and_phrases_are_known() -> None:
    assert terms_of("Northern Lights over glass boxes, cities & waves") == [
        "northernlight",
        "over",
        "glass",
        "box",
        "city",
        "wave",
    ]


@pytest.mark.parametrize(("word", "channel"), [("red", 0), ("green", 1), ("blue", 2)])
@pytest.mark.parametrize("name", ["waves", "flow", "glass", "flower"])
def test_color_words_change_the_palette(name: str, word: str, channel: int) -> None:
    for variant in range(4):
        mean = np.asarray(render_image(f"{word} {_prompt(name)}", 96, 96, variant, 3)).reshape(-1, 3).mean(axis=0)
        assert mean.argmax() == channel


def test_black_and_white_has_no_color() -> None:
    for variant in range(4):
        pixels = np.asarray(render_image("black and white mountains", 96, 96, variant, 0)).astype(np.int16)
        assert (pixels.max(axis=2) - pixels.min(axis=2)).mean() < 4


def test_a_red_sun_does_not_make_the_sea_red() -> None:
    plain = choose(terms_of("sea"), ["lagoon", "cobalt"], 0, 0)
    sunny = choose(terms_of("sea under a red sun"), ["lagoon", "cobalt"], 0, 0)
    assert sunny.tones == plain.tones
    red, green, blue = sunny.accent
    assert red > 1.4 * green
    assert red > 1.4 * blue


def test_consecutive_variants_never_share_a_palette() -> None:
    for prompt in ("waves", "red waves", "waves at sunset", "black and white waves"):
        for variant in range(6):
            pair = [choose(terms_of(prompt), ["ukiyo", "iris", "lagoon"], 4, variant + step) for step in (0, 1)]
            assert pair[0] != pair[1]


@pytest.mark.parametrize("ground", [(255, 255, 255), (0, 0, 0), (128, 128, 128)])
def test_the_mark_is_legible_on_any_ground(ground: tuple[int, int, int]) -> None:
    image = Image.new("RGB", (512, 512), ground)
    luma = np.asarray(stamp(image).convert("L"), dtype=np.int16)
    x, y = place(512, 512)
    pill = badge(512)
    part = luma[y : y + pill.height, x : x + pill.width]
    assert part.max() > 215, "no light letters"
    assert np.median(part) < 125, "no dark pill behind them"
    outside = luma.copy()
    outside[y : y + pill.height, x : x + pill.width] = luma[0, 0]
    assert (outside == luma[0, 0]).all(), "the mark stays in its corner"


@pytest.mark.parametrize("size", [(64, 64), (512, 512), (1536, 1024), (720, 1280)])
def test_images_have_the_mark_and_it_stays_small(size: tuple[int, int]) -> None:
    scene = stage("waves", *size, 0, 0)
    plain = scene.pixels(STILL)
    marked = np.asarray(render_image("waves", *size, 0, 0))
    changed = np.argwhere((plain != marked).any(axis=2))
    assert len(changed) > 20
    top, left = changed.min(axis=0)
    assert top >= size[1] / 2
    assert left >= size[0] / 2
    assert len(changed) < 0.03 * size[0] * size[1] or size == (64, 64)


def test_gradients_are_dithered() -> None:
    sheet = np.full((3, 64, 64), 100.4 / 255, dtype=np.float32)
    levels = set(np.unique(to_bytes(sheet, dither(64, 64))).tolist())
    assert len(levels) > 1
    assert levels <= {99, 100, 101}
    assert abs(float(to_bytes(sheet, dither(64, 64)).mean()) - 100.4) < 0.15


@pytest.mark.parametrize(
    "kind", [SCENES[0], *(pytest.param(kind, marks=pytest.mark.exhaustive) for kind in SCENES[1:])]
)
def test_memory_stays_modest(kind: type[Scene]) -> None:
    prompt = _prompt(kind.__name__.lower())
    tracemalloc.start()
    try:
        render_image(prompt, 1024, 1024, 0, 0)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 200 * 2**20


def test_canvas_coordinates_are_centered() -> None:
    canvas = Canvas(40, 20)
    assert canvas.unit == 20
    assert abs(float(canvas.across.mean())) < 1e-6
    assert abs(float(canvas.down.mean())) < 1e-6
    assert float(canvas.u[0, 0]) == pytest.approx(0.5 / 40)
