"""Cut paper in layers, lit from above."""

from __future__ import annotations

import math

import numpy as np

from kaimedia.sandbox.drawing.canvas import Moment, Plane, lay, resize, smooth
from kaimedia.sandbox.drawing.noise import tile, window
from kaimedia.sandbox.drawing.palette import Color, blend, ramp
from kaimedia.sandbox.drawing.scenes.base import Scene


class Paper(Scene):
    """Sheets with holes that grow smaller with depth, each throwing a shadow on the next, a lit ground."""

    favorites = ("clay", "peacock", "sunset", "lavender", "jade", "cobalt", "rose", "dawn", "lagoon", "ukiyo")
    video_pixels = 854 * 480

    def compose(self, rng: np.random.Generator) -> None:
        canvas, tones = self.canvas, self.palette
        self.count = int(rng.integers(7, 10))
        wide, high = canvas.width / canvas.unit, canvas.height / canvas.unit
        zoom = float(rng.uniform(0.40, 0.58))
        clouds = (tile(rng, 128, 2.9), tile(rng, 128, 2.9))
        self.fields = [
            window(cloud, canvas.width, canvas.height, across=wide * zoom, down=high * zoom) - 0.5 for cloud in clouds
        ]
        x, y = float(rng.uniform(0.36, 0.64)), float(rng.uniform(0.40, 0.60))
        dx, dy = (canvas.u - x) * np.float32(wide**0.6), (canvas.v - y) * np.float32(high**0.6)
        self.bowl = (np.sqrt(dx * dx + dy * dy) * np.float32(1.75)).astype(np.float32)
        order = float(rng.random()) < 0.5
        outside = [tones.deep, tones.dusk, tones.body, tones.glow]
        inside = [tones.glow, tones.body, tones.dusk, tones.deep]
        table = ramp(outside if order else inside)
        self.sheets: list[Color] = []
        for at in range(self.count):
            red, green, blue = (float(c) for c in table[:, round(at / (self.count - 1) * 1023)])
            self.sheets.append((red, green, blue))
        self.ground = blend(tones.light, tones.accent, 0.12) if order else blend(tones.accent, tones.light, 0.10)
        fibres = window(tile(rng, 256, 0.55), canvas.width, canvas.height, across=1.7 * wide, down=1.7 * high)
        self.grain = 1.0 + (fibres - 0.5) * np.float32(0.11)
        self.light = float(rng.uniform(0.6, 1.0))

    def draw(self, moment: Moment) -> Plane:
        canvas = self.canvas
        angle = moment.angle(10)
        share = np.float32(0.5 + 0.5 * math.sin(angle))
        lean = np.float32(0.22 * math.cos(angle))
        # Two fields blended into each other; their weights go around a circle, so the cut lines keep moving.
        field = self.bowl + self.fields[0] * (np.float32(1.5) + lean) + self.fields[1] * (share * np.float32(0.7))
        sheet = canvas.planes(self.ground)
        glow = 1.0 - 0.35 * smooth(0.0, 0.9, self.bowl)
        sheet *= glow
        drop = max(1, round(0.0085 * canvas.unit))
        slope = self._steepness(field)
        for at in range(self.count):
            self._sheet(sheet, field, slope, at, drop)
        sheet *= self.grain
        return sheet

    def _steepness(self, field: Plane) -> Plane:
        """Change of the field per pixel, never zero; it converts levels to pixels."""
        height, width = field.shape
        small = resize(field, max(2, width // 2), max(2, height // 2))
        dy, dx = np.gradient(small)
        steep = np.sqrt(dx * dx + dy * dy) * np.float32(0.5)
        return np.maximum(resize(steep, width, height), np.float32(0.15 / self.canvas.unit))

    def _sheet(self, sheet: Plane, field: Plane, slope: Plane, at: int, drop: int) -> None:
        """One sheet: it covers where the field is above its level; its shadow falls down and to the right."""
        over = (field - np.float32(self._level(at))) / slope
        cast = _moved(over, round(drop * 0.6 * self.light), drop)
        soft = np.float32(0.011 * self.canvas.unit * 2)
        shadow = np.clip(cast / soft + 0.62, 0.0, 1.0)
        sheet *= 1.0 - shadow * shadow * np.float32(0.50)
        lay(sheet, self.sheets[self.count - 1 - at], np.clip(over + 0.5, 0.0, 1.0))
        edge = np.clip(1.0 - np.abs(over - 1.2) * np.float32(0.8), 0.0, 1.0) * np.float32(0.16)
        sheet += (1.0 - sheet) * edge

    def _level(self, at: int) -> float:
        """The deepest sheet has the smallest hole."""
        return float(0.14 + 0.98 * ((at + 0.35) / self.count) ** 0.95)


def _moved(plane: Plane, across: int, down: int) -> Plane:
    """The plane shifted right and down, with its edge repeated."""
    height, width = plane.shape
    return np.pad(plane, ((down, 0), (across, 0)), mode="edge")[:height, :width]
