"""Folds of color, like silk in slow wind, for abstract prompts."""

from __future__ import annotations

import math

import numpy as np

from kaimedia.sandbox.drawing.canvas import TURN, Canvas, Moment, Plane, enlarge, smooth, tint
from kaimedia.sandbox.drawing.noise import tile, window
from kaimedia.sandbox.drawing.palette import blend, ramp
from kaimedia.sandbox.drawing.scenes.base import Scene


class Flow(Scene):
    """Space bent by sine after sine until it folds, lit from one side."""

    favorites = ("opal", "nebula", "sunset", "peacock", "cobalt", "candy", "ember", "dawn", "lagoon", "iris")
    video_pixels = 960 * 540

    def compose(self, rng: np.random.Generator) -> None:
        canvas = self.canvas
        # Nothing here is finer than a fold: half the pixels are enough and the enlarged planes stay float.
        scale = 2 if canvas.unit >= 480 else 1
        self.small = Canvas(max(8, canvas.width // scale), max(8, canvas.height // scale))
        lean, self.rolls = float(rng.uniform(0, TURN)), rng.random((5, 4))
        zoom = float(rng.uniform(2.1, 3.2))
        x, y = self.small.across * zoom, self.small.down * zoom
        self.x = (x * math.cos(lean) + y * math.sin(lean)).astype(np.float32)
        self.y = (y * math.cos(lean) - x * math.sin(lean)).astype(np.float32) * np.float32(rng.uniform(0.8, 1.5))
        self.bend = float(rng.uniform(0.75, 1.05))
        tones = self.palette
        self.table = ramp(
            [tones.deep, tones.dusk, tones.body, tones.glow, blend(tones.glow, tones.light, 0.7)],
            [0.0, 0.25, 0.52, 0.8, 1.0],
        )
        self.accent = blend(tones.light, tones.glow, 0.5)
        grain = window(
            tile(rng, 256, 0.2),
            canvas.width,
            canvas.height,
            across=1.6 * canvas.width / canvas.unit,
            down=1.6 * canvas.height / canvas.unit,
        )
        self.grain = 1.0 + (grain - 0.5) * np.float32(0.07)

    def draw(self, moment: Moment) -> Plane:
        x, y = self.x, self.y
        slow = (moment.angle(10), -moment.angle(8))
        for step, roll in enumerate(self.rolls):
            rate = np.float32(1.0 + step * 0.62)
            size = np.float32(self.bend / (0.75 + step * 0.75))
            # The swing is small and periodic, so that the video loops.
            beat = slow[step % 2] + TURN * roll[0]
            x = x + size * np.sin(y * rate + np.float32(TURN * roll[1] + 0.7 * math.sin(beat)))
            y = y + size * np.sin(x * rate + np.float32(TURN * roll[2] + 0.7 * math.cos(beat)))
        height = 0.5 + 0.5 * np.sin(x * np.float32(0.9) + y * np.float32(0.45))
        other = 0.5 + 0.5 * np.sin(y * np.float32(0.8) - x * np.float32(0.3) + np.float32(TURN * self.rolls[0][3]))
        sheet = self._lit(height, other)
        if self.small.width != self.canvas.width:
            sheet = enlarge(sheet, self.canvas.width, self.canvas.height)
        sheet *= self.grain
        return sheet

    def _lit(self, height: Plane, other: Plane) -> Plane:
        unit = self.small.unit
        slope = np.empty_like(height)
        slope[:, 1:-1] = (height[:, 2:] - height[:, :-2]) * np.float32(unit * 0.06)
        slope[:, 0], slope[:, -1] = slope[:, 1], slope[:, -2]
        slope[1:-1] -= (height[2:] - height[:-2]) * np.float32(unit * 0.05)
        sheet = tint(self.table, height * np.float32(0.62) + other * np.float32(0.30) + slope * np.float32(0.16) + 0.02)
        glow = smooth(0.72, 1.0, other) * (1 - height) * np.float32(0.30)
        shine = smooth(0.15, 1.1, slope) * np.float32(0.34)
        for channel in range(3):
            plane = sheet[channel]
            plane += (1.0 - plane) * glow * np.float32(self.accent[channel])
            plane += (1.0 - plane) * shine * np.float32(self.palette.light[channel])
        return sheet
