"""Mountain ridges, one behind the other, in fog."""

from __future__ import annotations

import numpy as np

from kaimedia.sandbox.drawing.canvas import Moment, Plane, disc, halo, lay, resize, screen, smooth, tint
from kaimedia.sandbox.drawing.noise import along, curve, sample, tile
from kaimedia.sandbox.drawing.palette import blend, ramp, shift
from kaimedia.sandbox.drawing.scenes.base import Scene


class Ridges(Scene):
    """Seven ridges from pale to black, a low sun, fog that moves between them."""

    favorites = ("mist", "dawn", "clay", "lavender", "sunset", "glacier", "forest", "desert", "cobalt")
    video_pixels = 854 * 480

    def compose(self, rng: np.random.Generator) -> None:
        canvas, tones = self.canvas, self.palette
        self.count = int(rng.integers(6, 9))
        self.sun = (canvas.width * float(rng.uniform(0.22, 0.78)), canvas.height * float(rng.uniform(0.20, 0.34)))
        self.radius = canvas.unit * float(rng.uniform(0.05, 0.085))
        self.lines = [curve(rng, 2048, 1.32 + 0.10 * float(rng.random()), 3) for _ in range(self.count)]
        self.offsets = rng.random(self.count)
        self.cloud = tile(rng, 256, 2.0)
        self.haze = blend(tones.light, tones.glow, 0.45)
        self.near = shift(tones.deep, lightness=-0.04)
        self.table = ramp(
            [
                blend(tones.glow, self.haze, 0.3),
                blend(tones.body, tones.glow, 0.35),
                tones.body,
                tones.dusk,
                tones.deep,
                self.near,
            ]
        )
        self.sky = self._sky()

    def _sky(self) -> Plane:
        canvas, tones = self.canvas, self.palette
        table = ramp(
            [blend(tones.body, tones.dusk, 0.35), blend(tones.body, tones.glow, 0.5), tones.glow, self.haze],
            [0, 0.35, 0.7, 1],
        )
        sheet = np.broadcast_to(tint(table, canvas.v / 0.62), (3, canvas.height, canvas.width)).copy()
        warm = blend(tones.light, tones.accent, 0.35)
        screen(sheet, warm, halo(canvas, *self.sun, self.radius * 3.6) * np.float32(0.62))
        lay(sheet, blend(tones.light, (1, 1, 1), 0.45), disc(canvas, *self.sun, self.radius, edge_px=1.5))
        return sheet

    def _clouds(self, sheet: Plane, moment: Moment) -> None:
        """Thin bands of cloud in front of the sun."""
        canvas = self.canvas
        rows = slice(0, int(canvas.height * 0.55))
        across = canvas.x / canvas.unit * 0.30 + np.float32(moment.turns(40) * 1.0)
        veil = sample(self.cloud, across + 0 * canvas.y[rows], canvas.y[rows] / canvas.unit * 1.5 + 0 * canvas.x)
        mask = smooth(0.52, 0.85, veil) * np.sin(np.clip(canvas.v[rows] / 0.55, 0, 1) * np.pi) * np.float32(0.42)
        lay(sheet[:, rows], blend(self.haze, self.palette.light, 0.4), mask)

    def _crest(self, layer: int, moment: Moment) -> Plane:
        canvas = self.canvas
        depth = layer / (self.count - 1)
        pan = 0.012 * (0.3 + depth) * moment.sway(60)
        at = canvas.x / canvas.unit * (0.20 + 0.10 * depth) + self.offsets[layer] + pan
        line = along(self.lines[layer], at)
        # Peaks are sharp, valleys are round.
        peak = np.where(line > 0, line, line * np.float32(0.55))
        high = (0.165 - 0.045 * depth) * canvas.unit * min(1.35, canvas.height / canvas.unit)
        return np.asarray((0.40 + 0.54 * depth**1.08) * canvas.height - peak * high, dtype=np.float32)

    def draw(self, moment: Moment) -> Plane:
        canvas = self.canvas
        sheet = self.sky.copy()
        self._clouds(sheet, moment)
        gap = canvas.height * 0.54 / (self.count - 1)
        for layer in range(self.count):
            depth = layer / (self.count - 1)
            crest = self._crest(layer, moment)
            start = max(0, int(crest.min()) - 2)
            if start >= canvas.height:
                continue
            part = sheet[:, start:]
            below = canvas.y[start:] - crest
            # Fog follows only the broad shape; along every notch it would look like strips.
            sunk = canvas.y[start:] - self._broad(crest)
            fog = np.clip(sunk / (gap * 2.1), 0.0, 1.0) ** 1.25 * np.float32(0.70 * (1 - depth) ** 0.75)
            if layer < self.count - 1:
                fog = fog * self._drift(layer, start, moment)
            tone = tint(self.table, np.clip(depth - fog * (0.32 + 0.3 * depth), 0, 1))
            lay(part, tone, np.clip(below + 0.5, 0.0, 1.0))
        return sheet

    @staticmethod
    def _broad(crest: Plane) -> Plane:
        width = crest.shape[1]
        return resize(resize(crest, max(2, width // 40), 1), width, 1)

    def _drift(self, layer: int, start: int, moment: Moment) -> Plane:
        """Uneven fog, moving."""
        canvas = self.canvas
        rows = canvas.y[start:]
        small_x, small_y = canvas.x[:, ::4], rows[::4]
        way = moment.turns(40) * (1 if layer % 2 else -1)
        across = small_x / canvas.unit * 0.35 + np.float32(way + 0.37 * layer) + 0 * small_y
        thick = sample(self.cloud, across, small_y / canvas.unit * 0.8 + np.float32(0.23 * layer) + 0 * small_x)
        large = np.repeat(np.repeat(thick, 4, axis=0)[: len(rows)], 4, axis=1)[:, : canvas.width]
        return 0.55 + 0.9 * large
