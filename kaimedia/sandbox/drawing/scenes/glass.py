"""A stained-glass window: leaded cells with light behind them."""

from __future__ import annotations

import math

import numpy as np

from kaimedia.sandbox.drawing.canvas import TURN, Moment, Plane, lay, resize, smooth, tint
from kaimedia.sandbox.drawing.noise import sample, tile, window
from kaimedia.sandbox.drawing.palette import blend, ramp
from kaimedia.sandbox.drawing.scenes.base import Scene


class Glass(Scene):
    """Voronoi cells whose points move slowly; each pane has its own tone, bubbles and beveled edge."""

    favorites = ("cobalt", "peacock", "rose", "sunset", "nebula", "gold", "lagoon", "candy", "forest")
    video_pixels = 720 * 405

    def compose(self, rng: np.random.Generator) -> None:
        canvas, tones = self.canvas, self.palette
        across = float(rng.uniform(9.0, 13.5))
        self.step = canvas.unit / across
        self.columns = math.ceil(canvas.width / self.step) + 4
        self.rows = math.ceil(canvas.height / self.step) + 4
        # Rolls are made for a field of fixed size, so that a small canvas gets the same panes.
        field = rng.random((64, 64, 6))
        self.rolls = field[: self.rows, : self.columns]
        self.focus = (float(rng.uniform(0.25, 0.75)), float(rng.uniform(0.2, 0.8)))
        self.cloud = tile(rng, 128, 2.3)
        self.lean = float(rng.uniform(0.6, 1.5))
        self.table = ramp([tones.deep, tones.dusk, tones.body, tones.glow, tones.light], [0, 0.24, 0.55, 0.84, 1])
        self.accent = tones.accent
        wide, high = canvas.width / canvas.unit, canvas.height / canvas.unit
        seeds = tile(rng, 256, 1.1, 6)
        self.texture = (window(seeds, canvas.width, canvas.height, across=wide, down=high) - 0.5) * np.float32(0.16)
        self.lead = blend(tones.deep, (0.02, 0.02, 0.03), 0.75)

    def _points(self, moment: Moment) -> tuple[Plane, Plane]:
        """The current positions of the panes' points, in pixels, (rows, columns)."""
        rolls = self.rolls
        row, column = np.mgrid[0 : rolls.shape[0], 0 : rolls.shape[1]]
        angle = moment.angle(8) + TURN * rolls[..., 2]
        # Every other row is offset by half a pane, so that a little scatter is enough to hide the grid.
        x = (column - 2 + 0.5 * (row % 2) + 0.17 + 0.66 * rolls[..., 0] + 0.10 * np.cos(angle)) * self.step
        y = (row - 2 + 0.17 + 0.66 * rolls[..., 1] + 0.10 * np.sin(angle)) * self.step
        return x.astype(np.float32), y.astype(np.float32)

    def _cells(self, x: Plane, y: Plane) -> tuple[Plane, Plane, Plane]:
        """For every pixel: its pane's index, the squared distance to that pane's point, and to the second nearest."""
        canvas = self.canvas
        row = (canvas.y / self.step).astype(np.int32) + 2
        first = np.full((canvas.height, canvas.width), np.inf, dtype=np.float32)
        second, owner = first.copy(), np.zeros(first.shape, dtype=np.int32)
        wide = x.shape[1]
        for down in (-1, 0, 1):
            column = np.floor(canvas.x / self.step - 0.5 * ((row + down) % 2)).astype(np.int32) + 2
            for side in (-1, 0, 1):
                index = (row + down) * wide + (column + side)
                far = (canvas.x - x.ravel()[index]) ** 2
                far += (canvas.y - y.ravel()[index]) ** 2
                closer = far < first
                np.minimum(second, np.maximum(first, far), out=second)
                np.copyto(owner, index, where=closer)
                np.minimum(first, far, out=first)
        return owner, first, second

    def draw(self, moment: Moment) -> Plane:
        canvas = self.canvas
        x, y = self._points(moment)
        owner, first, second = self._cells(x, y)
        level, warm = self._panes(x, y, moment)
        # Half the difference of the two distances is close to the distance from the seam.
        seam = (np.sqrt(second) - np.sqrt(first)) * np.float32(0.5)
        inner = smooth(0.0, 0.30 * self.step, seam)
        tone = level.ravel()[owner] + self.texture + (inner - 0.75) * np.float32(0.20)
        sheet = tint(self.table, tone)
        lay(sheet, self.accent, warm.ravel()[owner] * (0.55 + 0.45 * inner))
        thick = max(0.8, 0.0042 * canvas.unit)
        bevel = np.clip(1.0 - np.abs(seam - thick * 2.1) / (thick * 0.9), 0, 1) * np.float32(0.22)
        for channel in range(3):
            sheet[channel] += (1 - sheet[channel]) * bevel * np.float32(self.palette.light[channel])
        lay(sheet, self.lead, np.clip(thick + 0.5 - seam, 0.0, 1.0))
        sheet *= self._backlight(moment)
        return sheet

    def _panes(self, x: Plane, y: Plane, moment: Moment) -> tuple[Plane, Plane]:
        """Tone of each pane and how much of the accent it takes."""
        canvas, rolls = self.canvas, self.rolls
        u, v = x / canvas.width, y / canvas.height
        away = np.hypot(
            (u - self.focus[0]) * self.lean * canvas.width / canvas.unit,
            (v - self.focus[1]) * canvas.height / canvas.unit,
        )
        field = sample(self.cloud, x / canvas.unit * 0.4, y / canvas.unit * 0.4)
        shimmer = 0.05 * np.sin(moment.angle(4) + TURN * rolls[..., 3])
        level = 0.88 - 0.72 * np.minimum(away, 1.05) + 0.55 * (field - 0.5) + 0.30 * (rolls[..., 4] - 0.5) + shimmer
        warm = np.where((rolls[..., 5] > 0.87) & (away > 0.12), 0.78, 0.0)
        return level.astype(np.float32), warm.astype(np.float32)

    def _backlight(self, moment: Moment) -> Plane:
        """The sun moves behind the window."""
        canvas = self.canvas
        x = self.focus[0] + 0.07 * math.cos(moment.angle(10))
        y = self.focus[1] + 0.05 * math.sin(moment.angle(10))
        wide, high = max(2, canvas.width // 8), max(2, canvas.height // 8)
        u = np.linspace(0, 1, wide, dtype=np.float32)[None, :]
        v = np.linspace(0, 1, high, dtype=np.float32)[:, None]
        light = 0.78 + 0.36 * np.exp(-(((u - x) / 0.36) ** 2 + ((v - y) / 0.36) ** 2))
        return resize(light, canvas.width, canvas.height)
