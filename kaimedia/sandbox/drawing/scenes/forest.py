"""A forest in mist: pines in rows, shafts of light, fireflies."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

from kaimedia.sandbox.drawing.canvas import TURN, Moment, Plane, halo, lay, screen, smooth, tint
from kaimedia.sandbox.drawing.noise import along, curve, sample, tile
from kaimedia.sandbox.drawing.palette import blend, ramp, shift
from kaimedia.sandbox.drawing.scenes.base import Scene

_OVERSAMPLE = 2


class Forest(Scene):
    """Six rows of trees from pale to black, mist between them, light that comes in from the side."""

    favorites = ("forest", "mist", "jade", "dawn", "autumn", "glacier", "lavender", "peacock", "sepia")
    video_pixels = 720 * 405

    def compose(self, rng: np.random.Generator) -> None:
        canvas, tones = self.canvas, self.palette
        self.rows = 6
        self.sun = (canvas.width * float(rng.uniform(0.2, 0.8)), canvas.height * float(rng.uniform(0.10, 0.32)))
        self.cloud, self.beams = tile(rng, 256, 2.1), curve(rng, 512, 1.15, 5)
        self.flies = rng.random((46, 6))
        haze = blend(tones.light, tones.glow, 0.5)
        table = ramp(
            [blend(tones.body, tones.glow, 0.5), tones.glow, haze, blend(tones.glow, haze, 0.4)], [0, 0.3, 0.65, 1]
        )
        self.sky = np.broadcast_to(tint(table, canvas.v), (3, canvas.height, canvas.width)).copy()
        warm = blend(tones.light, tones.accent, 0.3)
        screen(self.sky, warm, halo(canvas, *self.sun, canvas.unit * 0.22) * np.float32(0.75))
        self.haze = haze
        near = shift(tones.deep, lightness=-0.05)
        self.tones = ramp(
            [
                blend(tones.glow, haze, 0.15),
                blend(tones.body, tones.glow, 0.4),
                tones.body,
                tones.dusk,
                tones.deep,
                near,
            ]
        )
        self.masks = [self._trees(rng, row) for row in range(self.rows)]
        # The shafts start at a point above the sun, so that they are nearly parallel among the trees.
        source = (self.sun[0], self.sun[1] - 0.7 * canvas.unit)
        angle = np.arctan2(canvas.x - source[0], canvas.y - source[1]) * np.float32(1 / TURN)
        away = np.sqrt((canvas.x - self.sun[0]) ** 2 + (canvas.y - self.sun[1]) ** 2) / np.float32(canvas.unit)
        reach = smooth(1.15, 0.0, away) * smooth(-0.30, 0.25, (canvas.y - self.sun[1]) / canvas.unit)
        self.angle, self.reach = angle.astype(np.float32), reach.astype(np.float32)

    def _trees(self, rng: np.random.Generator, row: int) -> Plane:
        """Mask (bytes) of one row: ground and trees of mixed height, wider than the canvas so that they can sway."""
        canvas = self.canvas
        depth = row / (self.rows - 1)
        margin = round(0.03 * canvas.unit)
        width = canvas.width + 2 * margin
        mask = Image.new("L", (width * _OVERSAMPLE, canvas.height * _OVERSAMPLE), 0)
        draw = ImageDraw.Draw(mask)
        ground = curve(rng, 512, 1.8, 1)
        rolls = rng.random((150, 6))
        base = canvas.height * (0.56 + 0.42 * depth**1.1)

        def floor(x: float) -> float:
            at = np.asarray([x / canvas.unit * 0.22 + 0.19 * row], dtype=np.float32)
            return float(base) - float(along(ground, at)[0]) * 0.035 * canvas.unit

        steps = np.linspace(0, width, 60)
        outline = [(float(x) * _OVERSAMPLE, floor(float(x)) * _OVERSAMPLE) for x in steps]
        over = _OVERSAMPLE
        draw.polygon([*outline, (width * over, canvas.height * over), (0, canvas.height * over)], fill=255)
        x, at = -0.03 * canvas.unit, 0
        while x < width + 0.05 * canvas.unit and at < len(rolls):
            roll = rolls[at]
            high = (0.10 + 0.11 * roll[0] + 0.36 * depth**1.5 * (0.45 + 0.75 * roll[1])) * canvas.unit
            self._tree(draw, x, floor(x) + (0.012 + 0.03 * depth) * canvas.unit, high, roll)
            gap = (0.22 + 0.5 * roll[3] + (1.7 * roll[4] ** 3 if row > 2 else 0)) * (0.30 + 0.12 * depth)
            x += high * gap
            at += 1
        return np.asarray(mask.reduce(over))

    @staticmethod
    def _tree(draw: ImageDraw.ImageDraw, x: float, foot: float, high: float, roll: Plane) -> None:
        """A spruce: drooping boughs, longer towards the ground, with ragged ends."""
        over = _OVERSAMPLE
        wide = high * (0.15 + 0.06 * roll[2])
        tiers = max(5, min(15, int(high / 9)))
        left: list[tuple[float, float]] = []
        right: list[tuple[float, float]] = []
        for tier in range(tiers):
            share = (tier + 1) / tiers
            ragged = 0.78 + 0.44 * ((roll[5] * 97 + tier * 0.618) % 1.0)
            y = foot - high * (1 - share * 0.93)
            inner = wide * share * 0.42
            outer = wide * (0.10 + 0.90 * share) * ragged
            other = wide * (0.10 + 0.90 * share) * (1.56 - ragged)
            left += [(x - outer, y), (x - inner, y - high * 0.012)]
            right += [(x + other, y + high * 0.004), (x + inner, y - high * 0.012)]
        points = [
            (x, foot - high),
            *left,
            (x - wide * 0.07, foot - high * 0.06),
            (x - wide * 0.07, foot),
            (x + wide * 0.07, foot),
            (x + wide * 0.07, foot - high * 0.06),
            *right[::-1],
        ]
        draw.polygon([(px * over, py * over) for px, py in points], fill=255)

    def draw(self, moment: Moment) -> Plane:
        sheet = self.sky.copy()
        for row in range(self.rows):
            if row == self.rows - 2:
                self._shafts(sheet, moment)
            self._row(sheet, row, moment)
        self._fireflies(sheet, moment)
        return sheet

    def _row(self, sheet: Plane, row: int, moment: Moment) -> None:
        canvas = self.canvas
        depth = row / (self.rows - 1)
        start = int(canvas.height * max(0.0, 0.22 if row < 3 else 0.0))
        mask = self._shifted(row, 0.022 * canvas.unit * depth * moment.sway(60))[start:]
        rows = canvas.y[start:]
        top, low = 0.30 + 0.25 * depth, 0.66 + 0.46 * depth
        mist = smooth(top, low, canvas.v[start:]) * np.float32(0.62 * (1 - depth) ** 0.6)
        small_x, small_y = canvas.x[:, ::4], rows[::4]
        way = moment.turns(60) * (1 if row % 2 else -1)
        thick = sample(
            self.cloud,
            small_x / canvas.unit * 0.32 + np.float32(way + 0.29 * row) + 0 * small_y,
            small_y / canvas.unit * 0.9 + np.float32(0.21 * row) + 0 * small_x,
        )
        thick = np.repeat(np.repeat(thick, 4, axis=0)[: len(rows)], 4, axis=1)[:, : canvas.width]
        tone = tint(self.tones, np.clip(depth - mist * (0.35 + 0.95 * thick), 0, 1))
        lay(sheet[:, start:], tone, mask)

    def _shifted(self, row: int, move: float) -> Plane:
        """The row's mask moved by a fraction of a pixel."""
        margin = round(0.03 * self.canvas.unit)
        at = margin + move
        left = math.floor(at)
        share = np.float32(at - left)
        mask = self.masks[row]
        left = min(max(left, 0), mask.shape[1] - self.canvas.width - 1) if margin else 0
        first = mask[:, left : left + self.canvas.width].astype(np.float32) * np.float32(1 / 255)
        second = mask[:, left + 1 : left + 1 + self.canvas.width].astype(np.float32) * np.float32(1 / 255)
        if second.shape != first.shape:
            return first
        return np.asarray(first + (second - first) * share)

    def _shafts(self, sheet: Plane, moment: Moment) -> None:
        beam = along(self.beams, self.angle * np.float32(2.6) + np.float32(0.012 * moment.sway(60)))
        light = np.clip(beam + 0.15, 0, 1) * self.reach * np.float32(0.66 + 0.10 * moment.sway(6))
        screen(sheet, blend(self.palette.light, self.palette.accent, 0.28), np.clip(light, 0, 1))

    def _fireflies(self, sheet: Plane, moment: Moment) -> None:
        canvas = self.canvas
        color = blend(self.palette.accent, self.palette.light, 0.35)
        for x0, y0, size, beat, far, pace in self.flies:
            angle = moment.angle(8 if pace < 0.5 else 5)
            x = (x0 + 0.022 * math.sin(angle + TURN * beat)) * canvas.width
            y = (0.48 + 0.48 * y0 + 0.02 * math.cos(angle + TURN * far)) * canvas.height
            level = max(0.0, 0.35 + 0.65 * moment.sway(3 + 2 * pace, TURN * beat))
            radius = (0.0016 + 0.0036 * size**3) * canvas.unit
            reach = int(radius * 7) + 2
            x_0, x_1 = max(0, int(x) - reach), min(canvas.width, int(x) + reach + 1)
            y_0, y_1 = max(0, int(y) - reach), min(canvas.height, int(y) + reach + 1)
            if x_0 >= x_1 or y_0 >= y_1:
                continue
            far_2 = ((canvas.x[:, x_0:x_1] - x) ** 2 + (canvas.y[y_0:y_1] - y) ** 2) / np.float32(radius**2)
            light = np.exp(-far_2 * 0.8) + 0.35 * np.exp(-far_2 * 0.07)
            screen(sheet[:, y_0:y_1, x_0:x_1], color, np.clip(light * np.float32(level), 0, 1))
