"""A skyline at dusk: lit windows, a low moon, reflections in dark water."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from kaimedia.sandbox.drawing.canvas import TURN, Moment, Plane, disc, halo, lay, screen, smooth, tint
from kaimedia.sandbox.drawing.noise import sample, tile
from kaimedia.sandbox.drawing.palette import Color, blend, ramp, shift
from kaimedia.sandbox.drawing.scenes.base import Scene
from kaimedia.sandbox.drawing.stars import Stars

_LAMPS = 24  # windows switch in this many groups
_OVERSAMPLE = 2


class City(Scene):
    """Three rows of towers, paler with distance; windows go on and off, the water breaks their light."""

    favorites = ("cobalt", "sunset", "nebula", "iris", "magenta", "ember", "dawn", "peacock", "rose")
    video_pixels = 1280 * 720

    def compose(self, rng: np.random.Generator) -> None:
        canvas, tones = self.canvas, self.palette
        self.shore = round(canvas.height * float(rng.uniform(0.74, 0.82)))
        self.moon = (
            canvas.width * float(rng.uniform(0.25, 0.75)),
            self.shore - canvas.unit * float(rng.uniform(0.2, 0.42)),
        )
        self.radius = canvas.unit * float(rng.uniform(0.055, 0.10))
        self.cloud, self.ripple = tile(rng, 256, 2.0), tile(rng, 128, 1.0, 2)
        self.beats = rng.random((_LAMPS, 2))
        self.sky = self._sky(rng)
        self.stars = Stars(canvas, rng, 90, bottom=0.45)
        self.base = self.sky.copy()
        self.lamps = np.zeros((self.shore, canvas.width), dtype=np.float32)
        self.group = np.zeros((self.shore, canvas.width), dtype=np.uint8)
        haze = blend(tones.glow, tones.body, 0.5)
        for layer, share in enumerate((0.42, 0.74, 1.0)):
            color = blend(haze, shift(tones.deep, lightness=-0.07), share)
            self._row(rng, layer, color)
        self.lit: Color = shift(blend(tones.light, (1.0, 0.80, 0.42), 0.6), lightness=0.02)
        self.cool: Color = blend(tones.accent, tones.light, 0.45)

    def _sky(self, rng: np.random.Generator) -> Plane:
        canvas, tones = self.canvas, self.palette
        table = ramp(
            [
                tones.deep,
                tones.dusk,
                blend(tones.dusk, tones.body, 0.8),
                tones.glow,
                blend(tones.glow, tones.light, 0.45),
            ],
            [0, 0.38, 0.64, 0.9, 1],
        )
        sheet = np.broadcast_to(tint(table, canvas.y[: self.shore] / self.shore), (3, self.shore, canvas.width)).copy()
        bright = blend(tones.light, tones.accent, 0.10)
        glow = halo(canvas, *self.moon, self.radius * 3.2)[: self.shore]
        screen(sheet, bright, glow * np.float32(0.55))
        lay(sheet, bright, disc(canvas, *self.moon, self.radius, edge_px=1.4)[: self.shore])
        rows = canvas.y[: self.shore]
        veil = sample(self.cloud, canvas.x / canvas.unit * 0.22 + 0 * rows, rows / canvas.unit * 1.5 + 0 * canvas.x)
        lay(sheet, blend(tones.body, tones.glow, 0.6), smooth(0.55, 0.95, veil) * np.float32(0.35))
        return sheet

    def _row(self, rng: np.random.Generator, layer: int, color: Color) -> None:
        """Draw one row of towers over the base, and its windows over the lamp planes."""
        canvas = self.canvas
        size = (canvas.width * _OVERSAMPLE, self.shore * _OVERSAMPLE)
        shape, panes, groups = (Image.new("L", size if at == 0 else (canvas.width, self.shore), 0) for at in range(3))
        draws = ImageDraw.Draw(shape), ImageDraw.Draw(panes), ImageDraw.Draw(groups)
        rolls = rng.random((96, 8))
        x, at = -0.02 * rolls[0][0], 0
        while x * canvas.unit < canvas.width and at < len(rolls):
            roll = rolls[at]
            wide = (0.055 + 0.075 * roll[0]) * (0.8 + 0.22 * layer)
            # Towers are taller near the middle and in the farther rows.
            middle = 1.0 - abs(x * canvas.unit / canvas.width - 0.5) * 0.9
            high = (
                (0.16 + 0.34 * roll[1] ** 1.4) * (1.18 - 0.30 * layer) * middle * min(1.3, canvas.height / canvas.unit)
            )
            self._tower(draws, roll, x, wide, high, layer)
            x += wide + (0.012 * roll[2] if roll[3] > 0.8 and layer < 2 else -0.004)
            at += 1
        mask = np.asarray(shape.reduce(_OVERSAMPLE), dtype=np.float32) / 255
        base_line = smooth(0.0, 1.0, np.clip((canvas.y[: self.shore] - self.shore) / (0.28 * canvas.unit) + 1, 0, 1))
        rise = tint(ramp([color, blend(color, self.palette.glow, 0.22 - 0.07 * layer)]), base_line)
        lay(self.base, rise, mask)
        light = np.asarray(panes, dtype=np.float32) / 255
        covered = mask > 0.5
        self.lamps[covered] = light[covered]
        self.group[covered] = np.asarray(groups)[covered]

    def _tower(
        self, draws: tuple[ImageDraw.ImageDraw, ...], roll: Plane, x: float, wide: float, high: float, layer: int
    ) -> None:
        shape, panes, groups = draws
        unit, shore = self.canvas.unit, self.shore
        left, right, top = x * unit, (x + wide) * unit, shore - high * unit
        over = _OVERSAMPLE

        def block(x0: float, y0: float, x1: float, y1: float) -> None:
            # A mast thinner than a pixel is still drawn.
            shape.rectangle((x0 * over, y0 * over, max(x0, x1 - 0.5) * over, y1 * over), fill=255)

        block(left, top, right, shore)
        span, style = right - left, roll[4]
        if style > 0.82:  # stepped crown with a mast
            block(left + span * 0.2, top - span * 0.22, right - span * 0.2, top)
            block(left + span * 0.38, top - span * 0.42, right - span * 0.38, top)
            block(left + span * 0.485, top - span * 0.95, left + span * 0.515, top)
        elif style > 0.62:  # pointed roof
            shape.polygon(
                [
                    (left * over, top * over),
                    ((left + right) / 2 * over, (top - span * 0.42) * over),
                    (right * over, top * over),
                ],
                fill=255,
            )
        elif style > 0.46:  # slanted roof
            shape.polygon(
                [(left * over, top * over), (right * over, (top - span * 0.30) * over), (right * over, top * over)],
                fill=255,
            )
        elif style > 0.30:  # plant room on top
            block(left + span * 0.15, top - span * 0.12, left + span * 0.55, top)
        self._windows(panes, groups, (left, top, right), roll, layer)

    def _windows(
        self,
        panes: ImageDraw.ImageDraw,
        groups: ImageDraw.ImageDraw,
        box: tuple[float, float, float],
        roll: Plane,
        layer: int,
    ) -> None:
        unit = self.canvas.unit
        left, top, right = box
        if layer == 0:
            return
        pitch_x = (0.0115 + 0.005 * roll[5]) * unit * (0.75 + 0.15 * layer)
        pitch_y = pitch_x * (1.1 + 0.5 * roll[6])
        columns = int((right - left - pitch_x * 0.8) / pitch_x)
        rows = int((self.shore - top - pitch_y * 0.8) / pitch_y)
        if pitch_x < 2 or columns < 1:
            return
        margin = (right - left - columns * pitch_x) / 2
        rolls = np.random.default_rng(int(roll[7] * 2**31)).random((200, 60, 3))
        share = 0.24 + 0.34 * roll[1] * (0.6 + 0.2 * layer)
        for row in range(min(rows, 200)):
            floor_lit = rolls[row, 59, 0] < 0.08
            for column in range(min(columns, 59)):
                chance, level, which = rolls[row, column]
                if chance > share and not floor_lit:
                    continue
                x0 = left + margin + (column + 0.22) * pitch_x
                y0 = top + pitch_y * (0.7 + row)
                area = (round(x0), round(y0), round(x0 + pitch_x * 0.52) - 1, round(y0 + pitch_y * 0.50) - 1)
                area = (area[0], area[1], max(area[0], area[2]), max(area[1], area[3]))
                panes.rectangle(area, fill=int((70 + 185 * level) * (0.62 if layer == 1 else 1.0)))
                groups.rectangle(area, fill=1 + int(which * (_LAMPS - 1.001)))

    def draw(self, moment: Moment) -> Plane:
        sheet = self.base.copy()
        self.stars.shine(sheet, moment, below=self.base)
        power = np.zeros(256, dtype=np.float32)
        for at in range(_LAMPS):
            slow = moment.sway(9 + 6 * self.beats[at, 0], TURN * self.beats[at, 1])
            power[at] = 0.25 + 0.75 * min(1.0, max(0.0, (slow + 0.75) * 5.0)) if at else 1.0
        light = self.lamps * power[self.group]
        odd = (self.group % 9 == 4).astype(np.float32)
        for channel in range(3):
            lamp = self.lit[channel] + (self.cool[channel] - self.lit[channel]) * odd
            sheet[channel] += (1.0 - sheet[channel]) * light * lamp * np.float32(0.95)
        return np.concatenate([sheet, self._water(sheet, moment)], axis=1)

    def _water(self, sky: Plane, moment: Moment) -> Plane:
        canvas, tones = self.canvas, self.palette
        rows = canvas.height - self.shore
        depth = np.arange(rows, dtype=np.float32)[:, None]
        near = (depth + 2.0) / rows
        across = canvas.x / canvas.unit * 0.5 / (0.45 + near)
        waves = sample(
            self.ripple,
            across + np.float32(0.12 * moment.sway(9)),
            0.55 * np.log(near + 0.06) - np.float32(moment.turns(9)) + 0 * across,
        )
        push = (waves - 0.5) * canvas.unit
        column = np.clip(canvas.x + push * (0.02 + 0.05 * near), 0, canvas.width - 1).astype(np.int32)
        source = np.clip(self.shore - 1 - depth * 1.6 - push * (0.02 + 0.13 * near), 0, self.shore - 1).astype(np.int32)
        water = np.take(sky.reshape(3, -1), source * canvas.width + column, axis=1)
        dim = 0.66 - 0.26 * near + (waves - 0.5) * np.float32(0.30)
        crest = smooth(0.63, 0.75, waves) * (0.10 + 0.10 * near)
        for channel in range(3):
            water[channel] *= dim
            water[channel] += np.float32(tones.deep[channel] * 0.22) + crest * np.float32(tones.glow[channel])
        return water
