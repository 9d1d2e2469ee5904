"""Above the clouds: banks of cumulus in evening light, balloons that drift."""

from __future__ import annotations

import math

import numpy as np

from kaimedia.sandbox.drawing.canvas import TURN, Moment, Plane, halo, lay, screen, smooth, tint
from kaimedia.sandbox.drawing.noise import along, curve, sample, tile
from kaimedia.sandbox.drawing.palette import Color, blend, ramp, shift
from kaimedia.sandbox.drawing.scenes.base import Scene


class Clouds(Scene):
    """Rows of cloud tops lit from one side, the near ones larger and faster, balloons between them."""

    favorites = ("dawn", "opal", "sunset", "lavender", "glacier", "blossom", "iris", "candy", "lagoon")
    video_pixels = 640 * 360

    def compose(self, rng: np.random.Generator) -> None:
        canvas, tones = self.canvas, self.palette
        self.count = 6
        self.side = float(rng.choice([-1, 1]))
        self.sun = (
            canvas.width * (0.5 + self.side * float(rng.uniform(0.05, 0.35))),
            canvas.height * float(rng.uniform(0.26, 0.42)),
        )
        self.lines = [curve(rng, 512, 1.0, 3) for _ in range(self.count)]
        self.puffs, self.rolls = tile(rng, 256, 1.75, 2), rng.random((self.count, 3))
        table = ramp(
            [tones.dusk, blend(tones.dusk, tones.body, 0.6), tones.body, tones.glow, tones.light],
            [0, 0.22, 0.48, 0.8, 1],
        )
        self.sky = np.broadcast_to(tint(table, canvas.v / 0.62), (3, canvas.height, canvas.width)).copy()
        self.warm = blend(tones.light, tones.accent, 0.15)
        screen(self.sky, self.warm, halo(canvas, *self.sun, canvas.unit * 0.17) * np.float32(0.95))
        rows = canvas.y[: int(canvas.height * 0.5)]
        veil = sample(self.puffs, canvas.x / canvas.unit * 0.20 + 0 * rows, rows / canvas.unit * 1.2 + 0 * canvas.x)
        fade = np.sin(np.clip(rows / len(rows), 0, 1) * np.float32(math.pi))
        lay(
            self.sky[:, : len(rows)],
            blend(tones.glow, tones.light, 0.4),
            smooth(0.5, 0.9, veil) * fade * np.float32(0.38),
        )
        self.lit = ramp(
            [
                blend(tones.dusk, tones.body, 0.55),
                tones.body,
                blend(tones.body, tones.glow, 0.6),
                tones.glow,
                tones.light,
                blend(tones.light, (1, 1, 1), 0.6),
            ],
            [0, 0.25, 0.45, 0.65, 0.88, 1],
        )
        self.balloons = rng.random((int(rng.integers(2, 5)), 6))

    def draw(self, moment: Moment) -> Plane:
        sheet = self.sky.copy()
        for layer in range(self.count):
            self._bank(sheet, layer, moment)
            for at, roll in enumerate(self.balloons):
                if 1 + at % (self.count - 2) == layer:
                    self._balloon(sheet, roll, layer, moment)
        return sheet

    def _bank(self, sheet: Plane, layer: int, moment: Moment) -> None:
        """One row of cloud: billowing upper edge, light from the sun's side, mist towards its foot."""
        canvas, rolls = self.canvas, self.rolls[layer]
        depth = layer / (self.count - 1)
        scale = np.float32((0.62 - 0.36 * depth) / canvas.unit)
        drift = np.float32(0.020 * (0.4 + depth) * moment.sway(60) + rolls[0])
        u = canvas.x * scale + drift
        line = along(self.lines[layer], u * np.float32(0.55))
        base = canvas.height * (0.47 + 0.50 * depth**1.1) - (0.030 + 0.05 * depth) * canvas.unit * (1 + line)
        start = max(0, int(base.min() - (0.12 + 0.24 * depth) * canvas.unit))
        stop = min(canvas.height, int(base.max() + (0.42 + 0.1 * depth) * canvas.unit))
        if start >= stop:
            return
        rows = canvas.y[start:stop]
        v = rows * scale + np.float32(rolls[1])
        swirl = np.float32(0.004 * math.sin(moment.angle(60) + TURN * rolls[2]))
        puff = sample(self.puffs, u * np.float32(1.0) + swirl + 0 * v, v * np.float32(1.25) + 0 * u)
        offset = np.float32(0.014 * self.side)
        towards = sample(self.puffs, u + offset + swirl + 0 * v, v * np.float32(1.25) - np.float32(0.020) + 0 * u)
        high = np.float32((0.10 + 0.20 * depth) * canvas.unit)
        below = (rows - base) / high + (puff - 0.5) * np.float32(2.1) + np.float32(0.12)
        cover = smooth(0.0, 0.16 + 0.05 * (1 - depth), below)
        relief = (puff - towards) * np.float32(2.6)
        tone = 0.70 - 0.14 * depth + relief - np.clip(below, 0, 3) * np.float32(0.17) + (1 - cover) * 0.18
        color = tint(self.lit, tone)
        foot = (
            np.clip((np.float32(stop) - rows) / np.float32(0.12 * canvas.unit), 0, 1) if stop < canvas.height else 1.0
        )
        lay(sheet[:, start:stop], color, cover * foot)

    def _balloon(self, sheet: Plane, roll: Plane, layer: int, moment: Moment) -> None:
        canvas, tones = self.canvas, self.palette
        depth = layer / (self.count - 1)
        size = (0.026 + 0.055 * depth) * canvas.unit * (0.8 + 0.4 * roll[2])
        x = (0.12 + 0.76 * roll[0] + 0.012 * moment.sway(60, TURN * roll[3])) * canvas.width
        y = (0.14 + 0.34 * roll[1] + 0.012 * moment.sway(60, TURN * roll[4])) * canvas.height
        inks: tuple[Color, Color] = (shift(tones.accent, lightness=-0.04), blend(tones.light, tones.glow, 0.3))
        if roll[5] > 0.5:
            inks = (tones.dusk, tones.accent)
        x0, x1 = max(0, int(x - size * 1.2)), min(canvas.width, int(x + size * 1.2) + 1)
        y0, y1 = max(0, int(y - size * 1.2)), min(canvas.height, int(y + size * 2.2) + 1)
        if x0 >= x1 or y0 >= y1:
            return
        dx, dy = (canvas.x[:, x0:x1] - x) / np.float32(size), (canvas.y[y0:y1] - y) / np.float32(size)
        # A round top that narrows to the mouth.
        half = np.where(dy < 0, np.sqrt(np.clip(1 - dy * dy, 0, 1)), 1 - 0.62 * (np.clip(dy, 0, 1.35) / 1.35) ** 1.7)
        half = half * (dy > -1) * (dy < 1.35)
        body = np.clip((half - np.abs(dx)) * np.float32(size) + 0.5, 0, 1) * (half > 0)
        band = np.arcsin(np.clip(dx / np.maximum(half, 1e-3), -1, 1)) / np.float32(math.pi) + 0.5
        stripe = smooth(-0.08, 0.08, np.sin(band * np.float32(TURN * 4)))
        shade = 0.62 + 0.46 * np.clip(0.5 + dx * np.float32(0.55 * self.side) - dy * np.float32(0.25), 0, 1)
        part = sheet[:, y0:y1, x0:x1]
        haze = np.float32(0.34 * (1 - depth))
        for channel in range(3):
            ink = inks[0][channel] + (inks[1][channel] - inks[0][channel]) * stripe
            ink = ink * shade
            ink = ink + (tones.glow[channel] - ink) * haze
            part[channel] += (ink - part[channel]) * body
        basket = np.clip((0.13 - np.abs(dx)) * np.float32(size) + 0.5, 0, 1) * np.clip(
            (0.10 - np.abs(dy - 1.72)) * np.float32(size) + 0.5, 0, 1
        )
        ropes = (
            np.clip(0.5 - np.abs(np.abs(dx) - 0.13 - (1.62 - dy) * 0.5) * np.float32(size), 0, 1)
            * (dy > 1.3)
            * (dy < 1.64)
        )
        lay(part, tones.deep, np.maximum(basket, ropes * np.float32(0.5)) * np.float32(1 - haze))
