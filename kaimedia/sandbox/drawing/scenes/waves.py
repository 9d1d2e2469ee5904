"""Layered waves under a sun, after the Japanese woodcut."""

from __future__ import annotations

import numpy as np

from kaimedia.sandbox.drawing.canvas import TURN, Moment, Plane, disc, halo, lay, smooth, tint
from kaimedia.sandbox.drawing.noise import tile, window
from kaimedia.sandbox.drawing.palette import blend, ramp, shift
from kaimedia.sandbox.drawing.scenes.base import Scene


class Waves(Scene):
    """Rows of scalloped crests with repeated contour lines, a large disc, paper grain."""

    favorites = ("ukiyo", "iris", "lagoon", "ember", "cobalt", "sunset", "rose", "jade", "peacock")
    video_pixels = 960 * 540

    def compose(self, rng: np.random.Generator) -> None:
        canvas, tones = self.canvas, self.palette
        self.horizon = float(rng.uniform(0.36, 0.5))
        self.rows = int(rng.integers(10, 15))
        self.sun_x = float(rng.uniform(0.25, 0.75)) * canvas.width
        self.sun_radius = float(rng.uniform(0.11, 0.17)) * canvas.unit
        self.sun_y = self.horizon * canvas.height - self.sun_radius * float(rng.uniform(0.45, 1.75))
        self.rolls = rng.random((self.rows, 6))
        self.swell = float(rng.uniform(0.8, 1.25))
        grain = window(
            tile(rng, 256, 0.5),
            canvas.width,
            canvas.height,
            across=2.0 * canvas.width / canvas.unit,
            down=2.0 * canvas.height / canvas.unit,
        )
        self.grain = 1.0 + (grain - 0.5) * np.float32(0.13)
        warm_top = bool(rng.random() < 0.5)
        sky = [tones.glow, tones.light] if warm_top else [tones.light, tones.glow]
        self.sky = self._sky(sky)
        self.water = ramp([blend(tones.body, tones.glow, 0.12), tones.body, tones.dusk, tones.deep])
        self.line = blend(tones.light, tones.glow, 0.25)

    def _sky(self, colors: list[tuple[float, float, float]]) -> Plane:
        canvas = self.canvas
        sheet = np.broadcast_to(
            tint(ramp(colors), canvas.v / (self.horizon + 0.08)), (3, canvas.height, canvas.width)
        ).copy()
        glow = halo(canvas, self.sun_x, self.sun_y, self.sun_radius * 1.7) * np.float32(0.45)
        lay(sheet, shift(self.palette.light, lightness=0.03), glow)
        lay(sheet, self.palette.accent, disc(canvas, self.sun_x, self.sun_y, self.sun_radius))
        return sheet

    def _crest(self, row: int, moment: Moment) -> Plane:
        """Height of one row of waves over its base, in pixels, (1, width)."""
        canvas, rolls = self.canvas, self.rolls[row]
        depth = row / (self.rows - 1)
        way = 1.0 if row % 2 else -1.0
        u = canvas.x / canvas.unit
        pace = (1 + int(rolls[5] * 2)) * way
        first = u * (21.0 - 9.5 * depth + 2 * rolls[0]) + TURN * rolls[1] + moment.angle(9) * pace
        second = u * (11.0 - 5.0 * depth + 2 * rolls[2]) + TURN * rolls[3] - moment.angle(6) * way
        third = u * (45.0 - 20.0 * depth) + TURN * rolls[4] + moment.angle(4.5) * way
        # A sharp peak and a round trough: the outline of a wave about to break.
        scallop = (1.0 - np.abs(np.sin(first * 0.5 + 0.35 * np.sin(second)))) * (0.75 + 0.35 * np.sin(second))
        scallop = scallop + 0.34 * (1.0 - np.abs(np.sin(second * 0.5 + 1.0))) + 0.10 * (1 - np.abs(np.sin(third * 0.5)))
        size = (0.036 + 0.062 * depth) * self.swell * canvas.unit
        return np.asarray(scallop * size, dtype=np.float32)

    def draw(self, moment: Moment) -> Plane:
        canvas = self.canvas
        sheet = self.sky.copy()
        top = self.horizon * canvas.height
        gap = (canvas.height - top) / (self.rows - 0.6)
        thick = max(1.0, canvas.unit * 0.0042)
        for row in range(self.rows):
            height = self._crest(row, moment)
            bob = moment.sway(5, TURN * self.rolls[row][4]) * 0.006 * canvas.unit
            crest = top + gap * (row + 0.55) + bob - height
            start = max(0, int(crest.min()) - 2)
            stop = min(canvas.height, int(crest.max() + gap * 2.6) + 2)
            if start >= stop:
                continue
            below = canvas.y[start:stop] - crest
            # The line is thickest at the crests, like a brush stroke.
            press = 0.45 + 0.85 * (height - height.min()) / max(1e-3, float(np.ptp(height)))
            self._row(sheet[:, start:stop], below, row, gap, thick * press)
        sheet *= self.grain
        return sheet

    def _row(self, part: Plane, below: Plane, row: int, gap: float, thick: Plane) -> None:
        """One wave: its body, the light rim, and two copies of the rim that get thinner."""
        depth = (row + 0.25) / self.rows
        tone = tint(self.water, depth * 0.92 + np.clip(below / (gap * 2.4), 0, 1) * np.float32(0.30) - 0.06)
        lay(part, tone, np.clip(below + 0.5, 0.0, 1.0))
        rim = np.clip(thick * (0.75 + depth * 0.9) - np.abs(below - thick) + 0.5, 0.0, 1.0)
        lay(part, self.line, rim * np.float32(0.92))
        for at, strength in ((0.24, 0.34), (0.44, 0.17)):
            echo = np.clip(thick * 0.45 - np.abs(below - gap * at) + 0.5, 0.0, 1.0)
            lay(part, self.line, echo * np.float32(strength))
        foam = smooth(gap * 0.20, 0.0, below) * np.clip(below + 0.5, 0.0, 1.0)
        lay(part, self.line, foam * np.float32(0.16))
