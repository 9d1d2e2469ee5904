"""A flower of layered petals, seen from above."""

from __future__ import annotations

import numpy as np

from kaimedia.sandbox.drawing.canvas import TURN, Moment, Plane, halo, screen, tint
from kaimedia.sandbox.drawing.noise import curve
from kaimedia.sandbox.drawing.palette import blend, ramp, shift
from kaimedia.sandbox.drawing.scenes.base import Scene

VEINS = 4096


class Flower(Scene):
    """Rings of petals from the rim inwards; each shades the one below; the rings breathe against each other."""

    favorites = ("rose", "jade", "blossom", "nebula", "gold", "cobalt", "clay", "lavender", "ember")
    video_pixels = 640 * 360

    def compose(self, rng: np.random.Generator) -> None:
        canvas, tones = self.canvas, self.palette
        self.x = canvas.width * float(rng.uniform(0.38, 0.62))
        self.y = canvas.height * float(rng.uniform(0.42, 0.58))
        self.reach = canvas.unit * float(rng.uniform(0.50, 0.66))
        self.petals = int(rng.integers(6, 10))
        self.rings = int(rng.integers(7, 9))
        self.point = float(rng.uniform(0.0, 0.8))
        self.rolls = rng.random((12, 4))
        self.veins = curve(rng, VEINS, 0.75, 4) * np.float32(0.085)
        self.table = ramp(
            [shift(tones.deep, lightness=-0.05), tones.deep, tones.dusk, tones.body, tones.glow, tones.light],
            [0, 0.14, 0.36, 0.62, 0.86, 1.0],
        )
        self.heart = blend(tones.accent, tones.light, 0.25)
        self.ground = self._ground()
        dx, dy = canvas.x - np.float32(self.x), canvas.y - np.float32(self.y)
        self.far = np.sqrt(dx * dx + dy * dy) / np.float32(self.reach)
        self.angle = np.arctan2(dy, dx) * np.float32(1 / TURN)

    def _ground(self) -> Plane:
        canvas, tones = self.canvas, self.palette
        dark = shift(tones.deep, lightness=-0.09)
        sheet = canvas.planes(dark)
        screen(
            sheet,
            blend(tones.dusk, tones.body, 0.3),
            halo(canvas, self.x, self.y, self.reach * 1.25) * np.float32(0.55),
        )
        return sheet

    def draw(self, moment: Moment) -> Plane:
        canvas = self.canvas
        pixels = self.ground.reshape(3, -1).copy()
        sizes = [self._size(ring, moment) for ring in range(self.rings)]
        for ring, size in enumerate(sizes):
            # The next ring hides everything inside it; beyond its tips there is only a shadow.
            hidden = 0.74 * sizes[ring + 1] if ring + 1 < self.rings else 0.0
            where = np.flatnonzero((self.far > hidden) & (self.far < size * 1.16))
            if not len(where):
                continue
            far, angle = self.far.take(where), self.angle.take(where)
            spin = 0.382 * ring + 0.010 * moment.sway(8, ring * 0.8)
            part = pixels.take(where, axis=1)
            for side in (0, 1):
                self._ring(part, far, angle, ring, side, size * (1.0 if side == 0 else 0.94), spin)
            pixels[:, where] = part
        sheet: Plane = pixels.reshape(3, canvas.height, canvas.width)
        glow = halo(canvas, self.x, self.y, self.reach * 0.085) * np.float32(0.95)
        screen(sheet, self.heart, glow)
        return sheet

    def _size(self, ring: int, moment: Moment) -> float:
        depth = ring / (self.rings - 1)
        return float((1.0 - depth) ** 0.86 * 0.90 + 0.105) * (1.0 + 0.022 * moment.sway(5, -ring * 0.6))

    def _ring(self, part: Plane, far: Plane, angle: Plane, ring: int, side: int, size: float, spin: float) -> None:
        """Every other petal of one ring; the two halves overlap each other."""
        depth = ring / (self.rings - 1)
        count = self.petals
        turn = angle * np.float32(count) + np.float32(spin * count + 0.5 * side)
        sector = turn - np.floor(turn) - np.float32(0.5)
        across = np.abs(sector) * np.float32(2.0 / 1.28)
        # Outline: round at the tip, with a notch or a point depending on the kind of flower.
        squared = across * across
        inside = np.clip(1.0 - squared * (0.35 + 0.65 * across), 0.0, 1.0)
        outline = np.float32(size) * (0.50 + 0.50 * np.sqrt(inside) - np.float32(0.06 * self.point) * across)
        gap = outline - far
        edge = np.clip(gap * np.float32(self.reach) + 0.5, 0, 1) * np.clip((1.0 - across) * far * 60.0, 0, 1)
        along_petal = np.clip(far / np.maximum(outline, 1e-3), 0, 1)
        first_vein = np.float32(VEINS * (0.5 + self.rolls[ring, 0]))
        streak = sector * (0.75 + 0.35 * far) * np.float32(VEINS * 0.4) + first_vein
        vein = np.take(self.veins, streak.astype(np.int32) & (VEINS - 1))
        rim = np.exp(gap * np.float32(-34.0 / size)) * np.float32(0.17)
        tone = 0.07 + 0.16 * depth + 0.53 * along_petal * along_petal - 0.17 * squared + rim + vein + 0.10 * sector
        # The area under a petal's edge gets its shadow.
        shadow = np.exp(np.minimum(gap, 0.0) * np.float32(16.0 / size)) * np.clip((1.02 - across) * 3.7, 0.0, 1.0)
        color = tint(self.table, tone)
        for channel in range(3):
            plane = part[channel]
            plane *= 1.0 - 0.62 * shadow
            plane += (color[channel] - plane) * edge
