"""Marbled ink: veins of paint with the shine of something wet."""

from __future__ import annotations

import math

import numpy as np

from kaimedia.sandbox.drawing.canvas import TURN, Canvas, Moment, Plane, resize, tint
from kaimedia.sandbox.drawing.noise import curve, sample, tile
from kaimedia.sandbox.drawing.palette import RAMP_STEPS, blend, ramp
from kaimedia.sandbox.drawing.scenes.base import Scene


class Ink(Scene):
    """Noise bent by noise, cut into layers of color, lit as a relief."""

    favorites = ("rose", "gold", "cobalt", "peacock", "ukiyo", "nebula", "clay", "opal", "ember")
    video_pixels = 720 * 405

    def compose(self, rng: np.random.Generator) -> None:
        canvas, tones = self.canvas, self.palette
        # The bends are broad, so only the last step needs full resolution.
        self.small = Canvas(max(8, canvas.width // 4), max(8, canvas.height // 4))
        self.first, self.second, self.last = tile(rng, 256, 2.6), tile(rng, 256, 2.4), tile(rng, 256, 2.1)
        self.rolls = rng.random(8)
        self.zoom = float(rng.uniform(0.30, 0.42))
        self.pull = float(rng.uniform(0.30, 0.46))
        self.lean = float(rng.uniform(0, TURN))
        stops = np.sort(rng.random(9))
        line = curve(rng, RAMP_STEPS, 0.9, 2)
        smooth_table = ramp([tones.deep, tones.dusk, tones.body, tones.glow, tones.light])
        self.table = self._veins(smooth_table, stops, line)

    def _veins(self, table: Plane, stops: Plane, line: Plane) -> Plane:
        """A ramp in steps: bands of tone in shuffled order, thin bright seams between them."""
        tones = self.palette
        at = np.linspace(0, 1, RAMP_STEPS)
        edges = np.concatenate([[0.0], 0.12 + 0.76 * np.linspace(0, 1, len(stops)) * (0.8 + 0.2 * stops), [1.01]])
        order = (0.06, 0.30, 0.16, 0.58, 0.40, 0.85, 0.52, 0.97, 0.70, 0.28)
        level = np.zeros(RAMP_STEPS)
        seam = np.zeros(RAMP_STEPS)
        for band in range(len(edges) - 1):
            inside = (at >= edges[band]) & (at < edges[band + 1])
            share = (at - edges[band]) / (edges[band + 1] - edges[band])
            level = np.where(inside, order[band] + 0.12 * share, level)
            seam = np.maximum(seam, np.exp(-(((at - edges[band]) / 0.0045) ** 2)) * (band % 2))
        level = np.convolve(np.pad(level, 5, mode="edge"), np.ones(11) / 11, mode="valid") + 0.03 * line
        index = np.clip(level * (RAMP_STEPS - 1), 0, RAMP_STEPS - 1).astype(int)
        colors = table[:, index]
        bright = np.asarray(blend(tones.light, tones.accent, 0.4), dtype=np.float32)[:, None]
        return np.asarray(colors + (bright - colors) * (seam * 0.75).astype(np.float32), dtype=np.float32)

    def draw(self, moment: Moment) -> Plane:
        canvas, small, rolls = self.canvas, self.small, self.rolls
        angle = moment.angle(60)
        swing_x, swing_y = 0.022 * math.cos(angle), 0.022 * math.sin(angle)
        x = small.x * np.float32(4 / canvas.unit * self.zoom) + 0 * small.y
        y = small.y * np.float32(4 / canvas.unit * self.zoom) + 0 * small.x
        bend = sample(self.first, x + np.float32(rolls[0] + swing_x), y + np.float32(rolls[1] + swing_y)) - np.float32(
            0.5
        )
        fold = sample(self.first, x + np.float32(rolls[2] - swing_y), y + np.float32(rolls[3] + swing_x)) - np.float32(
            0.5
        )
        bend2 = sample(
            self.second,
            x + bend * np.float32(self.pull * 1.6) + np.float32(rolls[4]),
            y + fold * np.float32(self.pull * 1.6),
        )
        fold2 = sample(
            self.second,
            x + fold * np.float32(self.pull * 1.3),
            y + bend * np.float32(self.pull * 1.3) + np.float32(rolls[5]),
        )
        push_x = resize((bend2 - np.float32(0.5)) * np.float32(self.pull), canvas.width, canvas.height)
        push_y = resize((fold2 - np.float32(0.5)) * np.float32(self.pull), canvas.width, canvas.height)
        across = canvas.x * np.float32(self.zoom / canvas.unit) + push_x
        down = canvas.y * np.float32(self.zoom / canvas.unit) + push_y
        height = sample(self.last, across, down)
        value = 0.5 + (height - 0.5) * np.float32(1.15) + (push_x + push_y) * np.float32(0.55)
        return self._lit(tint(self.table, value), value)

    def _lit(self, sheet: Plane, value: Plane) -> Plane:
        """Light from one side on the relief of the paint."""
        unit = self.canvas.unit
        cos, sin = math.cos(self.lean), math.sin(self.lean)
        slope = np.zeros_like(value)
        slope[:, 1:-1] = (value[:, 2:] - value[:, :-2]) * np.float32(cos * unit * 0.055)
        slope[1:-1] += (value[2:] - value[:-2]) * np.float32(sin * unit * 0.055)
        shade = 1.0 + np.clip(slope, -0.55, 0.45) * np.float32(0.75)
        gloss = np.clip(slope - 0.22, 0.0, 0.6) ** 2 * np.float32(2.0)
        for channel in range(3):
            plane = sheet[channel]
            plane *= shade
            plane += (1.0 - plane) * gloss * np.float32(self.palette.light[channel])
        return np.clip(sheet, 0, 1, out=sheet)
