"""Desert dunes: one side in light, the other in shadow, ripples of sand."""

from __future__ import annotations

import math

import numpy as np

from kaimedia.sandbox.drawing.canvas import TURN, Moment, Plane, disc, halo, lay, resize, screen, smooth, tint
from kaimedia.sandbox.drawing.noise import along, curve, sample, tile
from kaimedia.sandbox.drawing.palette import blend, ramp
from kaimedia.sandbox.drawing.scenes.base import Scene


class Dunes(Scene):
    """Five dunes whose crests run down towards the viewer; a low sun; sand that blows off the crests."""

    favorites = ("desert", "clay", "sunset", "dawn", "rose", "lavender", "gold", "iris", "bone")
    video_pixels = 960 * 540

    def compose(self, rng: np.random.Generator) -> None:
        canvas, tones = self.canvas, self.palette
        self.horizon = float(rng.uniform(0.36, 0.46))
        self.side = float(rng.choice([-1, 1]))
        self.sun_x = canvas.width * (0.5 + self.side * float(rng.uniform(0.12, 0.34)))
        self.sun_y = canvas.height * self.horizon - canvas.unit * float(rng.uniform(0.06, 0.20))
        self.radius = canvas.unit * float(rng.uniform(0.05, 0.085))
        self.count = 5
        self.rolls = rng.random((self.count, 6))
        self.broad = [curve(rng, 512, 2.3) for _ in range(self.count)]
        self.cloud, self.grains = tile(rng, 256, 2.0), tile(rng, 256, 0.4)
        self.bright = ramp([blend(tones.body, tones.glow, 0.75), tones.glow, blend(tones.glow, tones.light, 0.6)])
        self.shade = ramp(
            [
                blend(tones.body, tones.glow, 0.35),
                blend(tones.dusk, tones.body, 0.45),
                tones.dusk,
                blend(tones.deep, tones.dusk, 0.35),
            ]
        )
        self.still = self._still()

    def _sky(self) -> Plane:
        canvas, tones = self.canvas, self.palette
        top = blend(tones.accent, tones.dusk, 0.35)
        table = ramp([top, blend(top, tones.glow, 0.5), tones.glow, tones.light], [0, 0.4, 0.75, 1])
        sheet = np.broadcast_to(tint(table, canvas.v / (self.horizon + 0.06)), (3, canvas.height, canvas.width)).copy()
        screen(sheet, tones.light, halo(canvas, self.sun_x, self.sun_y, self.radius * 3.2) * np.float32(0.7))
        lay(sheet, blend(tones.light, (1, 1, 1), 0.5), disc(canvas, self.sun_x, self.sun_y, self.radius, edge_px=1.5))
        return sheet

    def _still(self) -> Plane:
        sheet = self._sky()
        for layer in range(self.count):
            self._dune(sheet, layer)
        return sheet

    def _crest(self, layer: int) -> Plane:
        canvas, rolls = self.canvas, self.rolls[layer]
        depth = layer / (self.count - 1)
        line = along(self.broad[layer], canvas.x / canvas.unit * (0.34 - 0.12 * depth) + rolls[0])
        high = (0.055 + 0.150 * depth) * canvas.unit
        base = canvas.height * (self.horizon + 0.02 + (0.80 - self.horizon) * depth**1.25)
        return np.asarray(base - line * high, dtype=np.float32)

    def _dune(self, sheet: Plane, layer: int) -> None:
        canvas, tones, rolls = self.canvas, self.palette, self.rolls[layer]
        depth = layer / (self.count - 1)
        crest = self._crest(layer)
        start = max(0, int(crest.min()) - 2)
        if start >= canvas.height:
            return
        part, rows = sheet[:, start:], canvas.y[start:]
        below = rows - crest
        scale = np.float32(1 / canvas.unit)
        far = np.maximum(below, 0.0) * scale
        # The edge between light and shadow leaves the crest at its peak and winds down towards the viewer.
        u = canvas.x * scale
        bend = 0.10 * np.sin(far * np.float32(9.0 - 4 * depth) + np.float32(TURN * rolls[1]))
        peak = np.float32((0.22 + 0.56 * rolls[2]) * canvas.width / canvas.unit)
        edge = (u - peak) * np.float32(self.side) - bend - far * np.float32((rolls[3] - 0.5) * 1.6)
        slope = np.gradient(resize(crest, max(4, canvas.width // 24), 1)[0]) / 24
        slope = resize(slope[None, :], canvas.width, 1) * np.float32(self.side)
        lit_side = smooth(-0.16, 0.16, -slope + 0.05)
        blur = 0.004 + 0.16 * far  # crisp at the crest, soft where the slope flattens out
        share = np.clip(edge / blur + 0.5, 0.0, 1.0)
        light = np.clip(share * 0.8 + 0.35 * lit_side * np.exp(-far * np.float32(9.0)), 0, 1)
        ripple = self._ripples(u, rows * scale, far, depth)
        tone_lit = tint(self.bright, 0.75 - far * np.float32(1.0) - 0.30 * depth + ripple * np.float32(1.0))
        tone_dark = tint(self.shade, 0.12 + depth * 0.62 + far * np.float32(0.55) - ripple * np.float32(0.8))
        color = tone_dark + (tone_lit - tone_dark) * light
        haze = blend(tones.light, tones.glow, 0.5)
        veil = np.float32(0.42 * (1 - depth) ** 1.5)
        cover = np.clip(below + 0.5, 0.0, 1.0)
        for channel in range(3):
            color[channel] += (haze[channel] - color[channel]) * veil
            part[channel] += (color[channel] - part[channel]) * cover
        rim = np.exp(-np.abs(below - 1.0) * np.float32(700.0) * scale) * lit_side
        screen(part, tones.light, np.clip(rim, 0, 1) * np.float32(0.45))

    def _ripples(self, u: Plane, v: Plane, far: Plane, depth: float) -> Plane:
        """Fine waves in the sand, closer together with distance, and its grain."""
        bent = sample(self.cloud, u * np.float32(0.55) + 0 * v, v * np.float32(1.1) + 0 * u)
        rate = 230.0 - 120.0 * depth
        waves = np.sin((v * 1.5 + u * np.float32(0.30 * self.side) + bent * np.float32(0.34)) * np.float32(rate))
        strength = (0.06 + 0.13 * depth) * np.clip(far * 9.0, 0, 1) * (0.3 + 1.2 * np.abs(bent - 0.4))
        grain = sample(self.grains, u * 2.0 + 0 * v, v * 2.0 + 0 * u) - np.float32(0.5)
        return np.asarray(waves * strength + grain * np.float32(0.05) + (bent - 0.5) * np.float32(0.30))

    def draw(self, moment: Moment) -> Plane:
        canvas, tones = self.canvas, self.palette
        sheet = self.still.copy()
        blow = blend(tones.light, tones.glow, 0.3)
        for layer in range(1, self.count):
            crest = self._crest(layer)
            depth = layer / (self.count - 1)
            high = (0.020 + 0.05 * depth) * canvas.unit
            start, stop = max(0, int(crest.min() - high * 2.5)), min(canvas.height, int(crest.max() + high))
            if start >= stop:
                continue
            rows = canvas.y[start:stop]
            above = crest - rows
            way = np.float32(moment.turns(60) * (2 if layer % 2 else 1) * self.side)
            across = canvas.x / canvas.unit * np.float32(0.7) - way + 0 * rows
            wisp = sample(
                self.cloud, across, rows / canvas.unit * np.float32(2.2) + np.float32(0.3 * layer) + 0 * across
            )
            fade = np.where(above > 0, np.exp(-above / np.float32(high)), np.exp(above / np.float32(high * 0.10)))
            lay(sheet[:, start:stop], blow, smooth(0.45, 0.9, wisp) * fade * np.float32(0.60))
        pulse = 0.06 + 0.03 * math.sin(moment.angle(5))
        screen(sheet, tones.light, halo(canvas, self.sun_x, self.sun_y, self.radius * 4.5) * np.float32(pulse))
        return sheet
