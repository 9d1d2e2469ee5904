"""The prompt itself as a poster: type over a calm composition, for prompts no other scene can draw."""

from __future__ import annotations

import math
import re

import numpy as np

from kaimedia.sandbox.drawing.canvas import TURN, Moment, Plane, enlarge, lay, smooth, tint
from kaimedia.sandbox.drawing.color_terms import HUES
from kaimedia.sandbox.drawing.noise import tile, window
from kaimedia.sandbox.drawing.palette import Color, Ramp, blend, ramp, to_oklab
from kaimedia.sandbox.drawing.scenes import typesetting
from kaimedia.sandbox.drawing.scenes.base import Scene

MOTTO = "Sandbox placeholder"
_WEIGHT = 620
_SMALL_WEIGHT = 500
_FIELD_PX = 300  # the longer side at which the soft ground is computed before it is enlarged
_WHITE: Color = (1.0, 1.0, 1.0)
_NIGHT: Color = (0.02, 0.02, 0.05)


class Lettering(Scene):
    """Large type at the bottom, one simple shape above it; in a video only the colors drift."""

    favorites = ("iris", "lagoon", "dawn", "opal", "jade", "desert", "cobalt", "rose", "blossom", "glacier")
    video_pixels = 1280 * 720

    def compose(self, rng: np.random.Generator) -> None:
        canvas, tones = self.canvas, self.palette
        self.is_wide = canvas.width > 1.2 * canvas.height
        self.is_light = rng.random() < 0.4 or _is_yellow(tones.body)  # dark yellow looks muddy
        self.shape = _SHAPES[int(rng.integers(len(_SHAPES)))]
        self.cloud = tile(rng, 128, 2.6)
        self.start = rng.random(2)
        self.rolls = rng.random(6)
        self.table = self._table()
        self.ink = blend(tones.deep, _NIGHT, 0.45) if self.is_light else blend(tones.light, _WHITE, 0.6)
        self.type = self._type()
        names_color = any(word in HUES for word in re.findall(r"[^\W_]+", self.text.casefold()))
        on_light = tones.glow if _is_yellow(tones.body) else tones.body
        tone = on_light if self.is_light else blend(tones.glow, tones.light, 0.3)
        self.main = tone if names_color else tones.accent
        self.layers = self.shape(self)

    def _table(self) -> Ramp:
        """Ground colors by distance from the type; near it they contrast with the ink."""
        tones = self.palette
        if self.is_light:
            near = blend(tones.light, _WHITE, 0.55)
            colors = [near, near, blend(tones.light, tones.glow, 0.45), tones.glow, blend(tones.glow, tones.body, 0.6)]
        else:
            near = blend(tones.deep, _NIGHT, 0.4)
            colors = [near, blend(near, tones.dusk, 0.45), tones.dusk, tones.body, tones.glow]
        return ramp(colors, (0.0, 0.3, 0.55, 0.8, 1.0))

    def _type(self) -> Plane:
        """The text as one mask."""
        canvas, unit = self.canvas, self.canvas.unit
        margin = 0.075 * unit
        width = canvas.width * 0.56 - margin if self.is_wide else canvas.width - 2 * margin
        height = canvas.height * (0.62 if self.is_wide else 0.40)
        foot = canvas.height - 0.9 * margin
        sheet, pen = typesetting.blank(canvas.width, canvas.height)
        typesetting.draw_line(pen, (margin, foot), MOTTO, max(9.0, 0.029 * unit), _SMALL_WEIGHT)
        if text := typesetting.drawable(self.text):
            title = typesetting.fit(text, width, height, 0.036 * unit, 0.142 * unit, _WEIGHT)
            step = title.size_px * typesetting.LINE_HEIGHT
            top = foot - 0.085 * unit - title.height_px
            for row, line in enumerate(title.lines):
                typesetting.draw_line(pen, (margin, top + (row + 0.82) * step), line, title.size_px, _WEIGHT)
        return np.asarray(sheet, dtype=np.float32) / np.float32(255)

    def draw(self, moment: Moment) -> Plane:
        sheet = self._ground(moment)
        for color, mask in self.layers:
            lay(sheet, color, mask)
        lay(sheet, self.ink, self.type)
        return sheet

    def _ground(self, moment: Moment) -> Plane:
        """Soft colors, calm behind the type."""
        canvas = self.canvas
        scale = min(1.0, _FIELD_PX / max(canvas.width, canvas.height))
        width, height = max(8, round(canvas.width * scale)), max(8, round(canvas.height * scale))
        u = (np.arange(width, dtype=np.float32)[None, :] + 0.5) / width
        v = (np.arange(height, dtype=np.float32)[:, None] + 0.5) / height
        away = (0.95 * u + 0.15 * (1 - v)) / 1.1 if self.is_wide else 0.12 * u + 0.88 * (1 - v)
        drift = 0.03 * math.sin(moment.angle(16)), 0.03 * math.cos(moment.angle(16))
        cloud = window(
            self.cloud,
            width,
            height,
            across=0.42 * width / min(width, height),
            down=0.42 * height / min(width, height),
            x=float(self.start[0]) + drift[0],
            y=float(self.start[1]) + drift[1],
        )
        calm = smooth(0.52, 0.85, away)
        value = smooth(0.42, 1.0, away) + (cloud - 0.5) * 0.85 * calm
        return enlarge(tint(self.table, value), canvas.width, canvas.height)

    @property
    def middle(self) -> tuple[float, float, float]:
        """The shape's center and radius, in pixels."""
        canvas, unit = self.canvas, self.canvas.unit
        side = float(self.rolls[1])
        if self.is_wide:
            radius = min(0.185 * canvas.width, 0.3 * unit) * (0.88 + 0.12 * float(self.rolls[0]))
            return canvas.width * (0.785 + 0.02 * side), canvas.height * (0.42 + 0.1 * side), radius
        radius = unit * (0.185 + 0.035 * float(self.rolls[0]))
        return canvas.width * (0.66 + 0.08 * side), max(0.245 * canvas.height, 0.06 * unit + radius), radius


Layers = list[tuple[Color, Plane]]


def _sun(scene: Lettering) -> Layers:
    """A disc and a smaller one that overlaps it."""
    x, y, radius = scene.middle
    canvas, angle = scene.canvas, TURN * (0.55 + 0.2 * float(scene.rolls[2]))
    distance = np.sqrt((canvas.x - x) ** 2 + (canvas.y - y) ** 2)
    disc = np.clip(radius - distance + 0.5, 0, 1)
    small = radius * (0.32 + 0.14 * float(scene.rolls[3]))
    there = (x + radius * math.cos(angle), y + radius * math.sin(angle) * 0.9)
    moon = np.clip(small - np.sqrt((canvas.x - there[0]) ** 2 + (canvas.y - there[1]) ** 2) + 0.5, 0, 1)
    fade = 0.72 + 0.28 * np.clip((y + radius - canvas.y) / (2 * radius), 0, 1)
    return [(scene.main, disc * fade), (blend(scene.palette.light, _WHITE, 0.3), moon * 0.92)]


def _rings(scene: Lettering) -> Layers:
    """Thin circles around one point, and a dot."""
    x, y, radius = scene.middle
    canvas = scene.canvas
    distance = np.sqrt((canvas.x - x) ** 2 + (canvas.y - y) ** 2)
    line = max(1.0, 0.0034 * canvas.unit)
    rings = np.zeros((canvas.height, canvas.width), dtype=np.float32)
    for number in range(9):
        at = radius * (0.34 + 0.19 * number)
        rings = np.maximum(rings, np.clip(line / 2 - np.abs(distance - at) + 0.5, 0, 1) * (1 - 0.085 * number))
    tone = scene.ink
    dot = np.clip(radius * 0.2 - distance + 0.5, 0, 1)
    return [(tone, rings * _clear_of_type(scene) * 0.8), (scene.main, dot)]


def _arcs(scene: Lettering) -> Layers:
    """Half circles, one inside the other, like a rainbow cut from paper."""
    x, y, radius = scene.middle
    canvas, tones = scene.canvas, scene.palette
    foot = y + radius * 0.75
    distance = np.sqrt((canvas.x - x) ** 2 + (canvas.y - foot) ** 2)
    above = np.clip(foot - canvas.y + 0.5, 0, 1)
    colors = (
        [scene.main, tones.body, tones.dusk, tones.deep]
        if not scene.is_light
        else [scene.main, tones.glow, tones.dusk, blend(tones.light, _WHITE, 0.4)]
    )
    layers: Layers = []
    for number, color in enumerate(colors):
        size = radius * (1.18 - 0.27 * number)
        layers.append((color, np.clip(size - distance + 0.5, 0, 1) * above))
    return layers


def _bars(scene: Lettering) -> Layers:
    """A disc seen through slats that grow thinner."""
    x, y, radius = scene.middle
    canvas = scene.canvas
    radius *= 1.05
    disc = np.clip(radius - np.sqrt((canvas.x - x) ** 2 + (canvas.y - y) ** 2) + 0.5, 0, 1)
    fall = np.clip((canvas.y - y) / radius, -1, 1)
    slat = (fall * 4.5) % 1.0
    gap = np.clip(fall + 0.15, 0, 1) * 0.75
    edge = 4.5 / radius
    cut = 1 - np.clip((gap - slat) / edge + 0.5, 0, 1) * (fall > -0.15)
    return [(scene.main, disc * np.broadcast_to(cut, disc.shape))]


def _clear_of_type(scene: Lettering) -> Plane:
    """1 where shapes may be drawn, 0 over the type."""
    canvas = scene.canvas
    if scene.is_wide:
        return np.asarray(np.broadcast_to(smooth(0.5, 0.72, canvas.u), (canvas.height, canvas.width)))
    return np.asarray(np.broadcast_to(1 - smooth(0.36, 0.5, canvas.v), (canvas.height, canvas.width)))


def _is_yellow(color: Color) -> bool:
    _, green_red, blue_yellow = to_oklab([color])[0]
    return bool(blue_yellow > 0.07 and abs(green_red) < 0.06)


_SHAPES = (_sun, _rings, _arcs, _bars)
