"""A neon sun over an endless grid."""

from __future__ import annotations

import math

import numpy as np

from kaimedia.sandbox.drawing.canvas import TURN, Moment, Plane, add, halo, lay, screen, smooth, tint
from kaimedia.sandbox.drawing.noise import along, curve
from kaimedia.sandbox.drawing.palette import blend, ramp, shift
from kaimedia.sandbox.drawing.scenes.base import Scene
from kaimedia.sandbox.drawing.stars import Stars


class Neon(Scene):
    """Striped sun, black ridges with a lit rim, a grid that comes towards the viewer."""

    favorites = ("magenta", "ultraviolet", "nebula", "sunset", "ember", "polar", "peacock")
    video_pixels = 1120 * 630

    def compose(self, rng: np.random.Generator) -> None:
        canvas, tones = self.canvas, self.palette
        self.horizon = round(canvas.height * float(rng.uniform(0.56, 0.66)))
        self.sun_x = canvas.width * float(rng.choice([0.5, rng.uniform(0.34, 0.66)]))
        self.radius = canvas.unit * float(rng.uniform(0.23, 0.31))
        self.sun_y = self.horizon - self.radius * float(rng.uniform(0.35, 0.85))
        self.valley = self.sun_x / canvas.width + float(rng.uniform(-0.04, 0.04))
        self.peaks = [curve(rng, 1024, 1.5, 3) for _ in range(2)]
        self.lift = float(rng.uniform(0.7, 1.2))
        self.columns = float(rng.uniform(5.0, 8.0))
        self.edge = shift(tones.accent, lightness=0.05)
        self.stars = Stars(canvas, rng, 150, bottom=0.5)
        self.back = self._back()
        self.floor = self._floor()

    def _back(self) -> Plane:
        """Sky, sun and ridges: everything that does not move."""
        canvas, tones = self.canvas, self.palette
        height = self.horizon
        table = ramp(
            [tones.deep, blend(tones.deep, tones.dusk, 0.6), tones.dusk, tones.body, tones.glow],
            [0.0, 0.4, 0.68, 0.9, 1.0],
        )
        sky = np.broadcast_to(tint(table, canvas.y / height), (3, canvas.height, canvas.width)).copy()
        screen(sky, tones.glow, halo(canvas, self.sun_x, self.sun_y, self.radius * 1.25) * np.float32(0.75))
        self._sun(sky)
        for layer, line in enumerate(self.peaks):
            self._ridge(sky, line, layer)
        return sky

    def _sun(self, sky: Plane) -> None:
        canvas, tones = self.canvas, self.palette
        distance = np.sqrt((canvas.x - self.sun_x) ** 2 + (canvas.y - self.sun_y) ** 2)
        mask = np.clip(self.radius - distance + 0.5, 0.0, 1.0)
        level = (canvas.y - self.sun_y + self.radius) / (2 * self.radius)
        for stripe in range(7):
            at = 0.50 + stripe * 0.075
            half = 0.006 + stripe * 0.0032
            cut = np.clip((half - np.abs(level - at)) * 2 * self.radius + 0.5, 0.0, 1.0)
            mask = mask * (1.0 - cut)
        face = tint(ramp([tones.light, blend(tones.light, tones.glow, 0.55), tones.glow]), level)
        lay(sky, face, mask)

    def _ridge(self, sky: Plane, line: Plane, layer: int) -> None:
        canvas, tones = self.canvas, self.palette
        away = np.abs(canvas.u - self.valley) * max(1.0, canvas.width / canvas.height)
        shape = smooth(0.10 + 0.1 * layer, 0.75, away) * self.lift * (0.36 - 0.08 * layer)
        rough = 0.62 + 0.38 * along(line, canvas.u * 0.45 * canvas.width / canvas.unit + 0.37 * layer)
        crest = self.horizon + 1.0 - shape * rough * canvas.unit
        below = canvas.y - crest
        color = blend(tones.deep, tones.dusk, 0.30 if layer == 0 else 0.0)
        lay(sky, shift(color, lightness=-0.04), np.clip(below + 0.5, 0.0, 1.0))
        steep = np.sqrt(1.0 + np.gradient(crest[0]) ** 2)[None, :].astype(np.float32)
        reach = np.abs(below) / steep
        width = max(1.0, canvas.unit * 0.0022)
        rim = np.clip(width - reach + 0.5, 0.0, 1.0) + 0.35 * np.exp(reach * np.float32(-90.0 / canvas.unit))
        rim = rim * smooth(0.0, 0.04 * canvas.unit, self.horizon - crest)
        screen(sky, self.edge, np.clip(rim, 0, 1) * np.float32(0.5 if layer == 0 else 0.9))

    def _floor(self) -> Plane:
        """The ground without its lines: a dark plane with the sun's sheen."""
        canvas, tones = self.canvas, self.palette
        depth = (canvas.y[self.horizon :] - self.horizon) / max(1, canvas.height - self.horizon)
        table = ramp([tones.body, tones.dusk, blend(tones.deep, tones.dusk, 0.35), tones.deep], [0, 0.06, 0.3, 1])
        floor = np.broadcast_to(tint(table, depth), (3, *self.back[0, self.horizon :].shape)).copy()
        sheen = np.exp(-(((canvas.x - self.sun_x) / (self.radius * (0.55 + depth * 0.9))) ** 2)) * (1 - depth) ** 1.5
        screen(floor, tones.glow, sheen * np.float32(0.55))
        return floor

    def _grid(self, moment: Moment) -> Plane:
        """Brightness of the grid's lines; a minimum width in pixels makes far lines fade, not flicker."""
        canvas = self.canvas
        fall = canvas.y[self.horizon :] - self.horizon
        eye = 0.30 * canvas.unit
        near = eye * 1.15 / fall
        walk = near + moment.turns(0.8)
        step = near / fall
        width = np.clip(0.0024 * canvas.unit * (0.55 + fall / canvas.unit * 4.0), 0.7, None)
        rows = (0.5 - np.abs(walk % 1.0 - 0.5)) / step
        rows = np.clip(width - rows + 0.5, 0.0, 1.0) * np.clip(0.9 / step, 0.0, 1.0)
        scale = self.columns / (fall * 2.6)
        side = (canvas.x - self.sun_x) * scale
        # Far to the side the lines are almost horizontal, so their width is measured across them, not along the row.
        lean = np.sqrt(1.0 + ((canvas.x - self.sun_x) / fall) ** 2)
        lines = (0.5 - np.abs((side + 0.5) % 1.0 - 0.5)) / (scale * lean)
        lines = np.clip(width * 0.9 - lines + 0.5, 0.0, 1.0) * np.clip(0.16 / scale / lean, 0.0, 1.0)
        return np.asarray(np.maximum(lines, rows))

    def draw(self, moment: Moment) -> Plane:
        tones = self.palette
        sheet = self.back.copy()
        self.stars.shine(sheet, moment, below=self.back)
        floor = self.floor.copy()
        lines = self._grid(moment)
        lay(floor, blend(tones.glow, tones.light, 0.15), lines * np.float32(0.9))
        sheet[:, self.horizon :] = floor
        pulse = 0.10 + 0.035 * math.sin(TURN * moment.turns(2.5))
        line = np.exp(-np.abs(self.canvas.y - self.horizon) * np.float32(70.0 / self.canvas.unit))
        add(sheet, tones.glow, np.broadcast_to(line * np.float32(pulse * 4), sheet[0].shape))
        return sheet
