"""Lights out of focus."""

from __future__ import annotations

import math

import numpy as np

from kaimedia.sandbox.drawing.canvas import TURN, Moment, Plane, enlarge, tint, vignette
from kaimedia.sandbox.drawing.noise import tile, window
from kaimedia.sandbox.drawing.palette import Color, ramp, shift
from kaimedia.sandbox.drawing.scenes.base import Scene


class Bokeh(Scene):
    """Soft discs with brighter rims, in three depths, rising slowly over a blurred ground."""

    favorites = ("rose", "gold", "nebula", "cobalt", "ember", "peacock", "magenta", "lagoon")
    video_pixels = 720 * 405

    def compose(self, rng: np.random.Generator) -> None:
        canvas, tones = self.canvas, self.palette
        wide, high = canvas.width / canvas.unit, canvas.height / canvas.unit
        small_w, small_h = max(8, canvas.width // 8), max(8, canvas.height // 8)
        cloud = window(tile(rng, 128, 3.0), small_w, small_h, across=wide * 0.6, down=high * 0.6)
        table = ramp([shift(tones.deep, lightness=-0.05), tones.deep, tones.dusk, tones.body], [0, 0.28, 0.62, 1])
        self.ground = enlarge(tint(table, cloud), canvas.width, canvas.height)
        self.shade = vignette(canvas, 0.55)
        strong = shift(tones.glow, chroma=1.25)
        self.colors: list[Color] = [tones.body, strong, strong, tones.light, tones.accent]
        count = int(74 * min(wide * high, 2.0))
        rolls = rng.random((160, 9))
        order = np.argsort(rolls[:, 2])
        # The rolls have a fixed count, so that the aspect ratio only decides how many lights are visible.
        self.rolls = rolls[order][:: max(1, 160 // count)]
        self.band = float(rng.uniform(-0.6, 0.6))
        self.center = float(rng.uniform(0.35, 0.65))

    def draw(self, moment: Moment) -> Plane:
        sheet = self.ground.copy()
        for roll in self.rolls:
            self._light(sheet, roll, moment)
        sheet *= self.shade
        return sheet

    def _light(self, sheet: Plane, roll: Plane, moment: Moment) -> None:
        canvas = self.canvas
        depth = roll[2]
        radius = (0.018 + 0.085 * depth**1.6 + 0.012 * roll[6]) * canvas.unit
        margin = radius / canvas.height
        rise = (roll[1] - moment.turns(60) * (1 if roll[8] > 0.5 else 0) + 0.03 * moment.sway(9, TURN * roll[4])) % 1.0
        y = (rise * (1 + 2 * margin) - margin) * canvas.height
        lean = 0.30 * (roll[0] - 0.5) + self.band * (rise - 0.5)
        x = (self.center + lean * 1.0 + (roll[0] - 0.5) * 0.75 + 0.02 * moment.sway(8, TURN * roll[5])) * canvas.width
        level = (0.22 + 0.66 * roll[3] ** 1.5) * (1 - 0.50 * depth) * (0.8 + 0.2 * moment.sway(4, TURN * roll[7]))
        color = self.colors[int(roll[6] * 4.999)]
        x0, x1 = max(0, int(x - radius) - 2), min(canvas.width, math.ceil(x + radius) + 2)
        y0, y1 = max(0, int(y - radius) - 2), min(canvas.height, math.ceil(y + radius) + 2)
        if x0 >= x1 or y0 >= y1:
            return
        away = np.sqrt((canvas.x[:, x0:x1] - x) ** 2 + (canvas.y[y0:y1] - y) ** 2)
        blur = max(1.0, (0.0015 + 0.010 * abs(roll[2] - 0.35)) * canvas.unit)
        mask = np.clip((radius - away) / blur + 0.5, 0, 1)
        rim = np.exp(-(((away - radius + blur) / max(1.2, radius * 0.09)) ** 2)) * np.float32(0.26)
        light = mask * (0.62 + 0.30 * (away / radius) ** 2 + rim) * np.float32(level)
        for channel in range(3):
            part = sheet[channel, y0:y1, x0:x1]
            part += (1.0 - np.minimum(part, 1.0)) * light * np.float32(color[channel])
