"""A sky full of stars that twinkle."""

from __future__ import annotations

import numpy as np

from kaimedia.sandbox.drawing.canvas import TURN, Canvas, Moment, Plane


class Stars:
    """Points of light, most of them faint; each twinkles at its own rate."""

    def __init__(
        self, canvas: Canvas, rng: np.random.Generator, count: int, *, bottom: float = 1.0, size: float = 1.0
    ) -> None:
        """Args:
        count: stars per square of the shorter side.
        bottom: fraction of the height that is sky.
        """
        rolls = rng.random((int(count * 3.2), 6))
        area = canvas.width * canvas.height / canvas.unit**2
        rolls = rolls[: int(count * min(area, 3.2))]
        self.canvas = canvas
        self.places = rolls[:, :2] * np.array([canvas.width, canvas.height * bottom])
        self.brightness = 0.18 + 0.82 * rolls[:, 2] ** 6
        self.radius = (0.0007 + 0.0016 * rolls[:, 2] ** 8) * canvas.unit * size
        self.phase, self.period_s = rolls[:, 3] * TURN, 2.0 + 4.0 * rolls[:, 4]

    def shine(
        self, sheet: Plane, moment: Moment, *, below: Plane | None = None, x: float = 0.0, y: float = 0.0
    ) -> None:
        """Add the stars to the sheet, moved by (x, y) pixels and wrapped around.

        Args:
            below: a sheet whose bright parts hide the stars.
        """
        width, height = self.canvas.width, self.canvas.height
        for at in range(len(self.places)):
            level = self.brightness[at] * (0.72 + 0.28 * np.sin(moment.angle(self.period_s[at]) + self.phase[at]))
            left, top = (self.places[at][0] + x) % width, (self.places[at][1] + y) % height
            self._point(sheet, below, float(left), float(top), float(self.radius[at]), float(level))

    def _point(self, sheet: Plane, below: Plane | None, x: float, y: float, radius: float, level: float) -> None:
        # A star smaller than a pixel is drawn dimmer, not smaller.
        dim = min(1.0, (radius / 0.65) ** 1.2)
        spread = max(radius, 0.65)
        reach = int(spread * 3) + 1
        x0, x1 = max(0, int(x) - reach), min(self.canvas.width, int(x) + reach + 1)
        y0, y1 = max(0, int(y) - reach), min(sheet.shape[1], int(y) + reach + 1)
        if x0 >= x1 or y0 >= y1:
            return
        across = np.exp(-(((np.arange(x0, x1) + 0.5 - x) / spread) ** 2)).astype(np.float32)
        down = np.exp(-(((np.arange(y0, y1) + 0.5 - y) / spread) ** 2)).astype(np.float32)
        light = down[:, None] * (across * np.float32(level * dim))
        if below is not None:
            light = light * max(0.0, 1.0 - 2.2 * float(below[:, min(int(y), below.shape[1] - 1), int(x)].mean()))
        sheet[:, y0:y1, x0:x1] += light * (1.0 - np.clip(sheet[:, y0:y1, x0:x1], 0, 1))
