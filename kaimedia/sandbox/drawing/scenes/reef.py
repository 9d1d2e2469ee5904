"""Light under water: rays from above, bubbles, weed, a school of fish."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

from kaimedia.sandbox.drawing.canvas import TURN, Moment, Plane, lay, screen, smooth, tint
from kaimedia.sandbox.drawing.noise import along, curve, sample, tile
from kaimedia.sandbox.drawing.palette import blend, ramp, shift
from kaimedia.sandbox.drawing.scenes.base import Scene


class Reef(Scene):
    """Blue that deepens downwards, fans of light that shift, silhouettes in three depths."""

    favorites = ("lagoon", "cobalt", "jade", "polar", "peacock", "nebula", "glacier", "opal")
    video_pixels = 576 * 324

    def compose(self, rng: np.random.Generator) -> None:
        canvas, tones = self.canvas, self.palette
        self.x = canvas.width * float(rng.uniform(0.3, 0.7))
        self.y = -canvas.unit * float(rng.uniform(0.18, 0.45))
        table = ramp(
            [tones.light, tones.glow, tones.body, blend(tones.dusk, tones.body, 0.4), tones.dusk, tones.deep],
            [0, 0.10, 0.34, 0.55, 0.75, 1],
        )
        away = np.sqrt((canvas.x - self.x) ** 2 * np.float32(0.55) + (canvas.y - self.y) ** 2)
        self.away = away / np.float32(canvas.height - self.y)
        cloud = tile(rng, 256, 2.2)
        wobble = sample(cloud, canvas.x / canvas.unit * 0.4 + 0 * canvas.y, canvas.y / canvas.unit * 0.4 + 0 * canvas.x)
        self.ground = tint(table, np.clip(self.away * 1.12 - 0.22, 0, 1) + (wobble - 0.5) * np.float32(0.06))
        self.angle = np.arctan2(canvas.x - self.x, canvas.y - self.y) * np.float32(1 / TURN)
        self.beams = [curve(rng, 512, 0.7, 5), curve(rng, 512, 0.7, 8)]
        self.net = tile(rng, 256, 1.6, 3)
        self.rolls = rng.random((70, 5))
        self.school = rng.random((30, 5))
        self.heading = float(rng.choice([-1, 1]))
        self.depth = float(rng.uniform(0.38, 0.62))
        self.floor = [curve(rng, 512, 1.5, 2) for _ in range(3)]
        self.weeds = rng.random((3, 26, 5))

    def draw(self, moment: Moment) -> Plane:
        sheet = self.ground.copy()
        self._rays(sheet, moment)
        self._fish(sheet, moment)
        for layer in range(3):
            self._bed(sheet, layer, moment)
        self._bubbles(sheet, moment)
        return sheet

    def _rays(self, sheet: Plane, moment: Moment) -> None:
        light = np.zeros_like(self.away)
        for line, pace, wide in zip(self.beams, (9, 7), (1.6, 2.3), strict=True):
            drift = np.float32(0.025 * moment.sway(pace, wide))
            beam = along(line, self.angle * np.float32(wide) + drift)
            light += np.clip(beam + np.float32(0.12 + 0.10 * moment.sway(5, wide)), 0, 1) * np.float32(0.62)
        light *= np.clip(1.05 - self.away, 0, 1) ** 1.2
        screen(sheet, blend(self.palette.light, self.palette.glow, 0.35), np.clip(light, 0, 1) * np.float32(0.62))
        self._surface(sheet, moment)

    def _surface(self, sheet: Plane, moment: Moment) -> None:
        """The water surface from below: a net of light that narrows towards the top."""
        canvas = self.canvas
        rows = slice(0, max(2, int(canvas.height * 0.24)))
        near = 1.0 - canvas.v[rows] / 0.24
        stretch = 0.45 + 1.6 * (1 - near)
        across = (canvas.x - self.x) / canvas.unit * np.float32(0.9) / stretch
        down = np.float32(0.30) * np.log(0.12 + 1 - near)
        one = sample(self.net, across + np.float32(moment.turns(60)) + 0 * down, down * 2 + 0 * across)
        two = sample(
            self.net, across * 1.1 - np.float32(moment.turns(60)) + 0 * down, down * 2 + np.float32(0.4) + 0 * across
        )
        net = np.clip(1.0 - np.abs(one - two) * 7.0, 0, 1) ** 2 * np.clip(near, 0, 1) ** 1.3
        screen(sheet[:, rows], self.palette.light, net * np.float32(0.55))

    def _fish(self, sheet: Plane, moment: Moment) -> None:
        """A school that swims through once per loop."""
        canvas = self.canvas
        over = 3
        mask = Image.new("L", (canvas.width, canvas.height), 0)
        width = canvas.width
        for x0, y0, size, beat, far in self.school:
            along_way = (moment.turns(60) + 0.42 * x0 + 0.25) % 1.0
            x = (-0.15 + 1.3 * (along_way if self.heading > 0 else 1 - along_way)) * width
            y = (self.depth + (y0 - 0.5) * 0.28 + 0.012 * moment.sway(4, TURN * beat)) * canvas.height
            length = (0.018 + 0.030 * size**2) * canvas.unit
            wag = math.sin(moment.angle(0.8) + TURN * beat) * 0.22
            fish = _fish_shape(length * over, wag, self.heading).resize(
                (max(1, round(length * 2.2)), max(1, round(length * 1.1))), Image.Resampling.BOX
            )
            shade = fish.point([round(v * (0.55 + 0.35 * far)) for v in range(256)])
            mask.paste(255, (round(x - length), round(y - length * 0.5)), shade)
        dark = blend(self.palette.dusk, self.palette.deep, 0.6)
        plane = np.asarray(mask, dtype=np.float32) * np.float32(1 / 255)
        rows = np.flatnonzero(plane.any(axis=1))
        if len(rows):
            part = slice(int(rows[0]), int(rows[-1]) + 1)
            lay(sheet[:, part], dark, plane[part])

    def _bed(self, sheet: Plane, layer: int, moment: Moment) -> None:
        """Rock and weed, the nearest darkest."""
        canvas, tones = self.canvas, self.palette
        depth = (layer + 1) / 3
        line = along(self.floor[layer], canvas.x / canvas.unit * 0.30 + 0.31 * layer)
        rise = (0.20 - 0.055 * layer + 0.075 * line) * canvas.height * (1.0 if layer < 2 else 0.75)
        crest = np.asarray(canvas.height - rise, dtype=np.float32)
        start = int(canvas.height * 0.45)
        rows = canvas.y[start:]
        mask = np.clip(rows - crest + 0.5, 0.0, 1.0)
        weeds = Image.new("L", (canvas.width * 2, (canvas.height - start) * 2), 0)
        self._weeds(ImageDraw.Draw(weeds), layer, crest[0], start, moment)
        mask = np.maximum(mask, np.asarray(weeds.reduce(2), dtype=np.float32) / 255)
        color = blend(blend(tones.body, tones.dusk, 0.6), shift(tones.deep, lightness=-0.03), depth)
        lay(sheet[:, start:], color, mask * np.float32(0.72 + 0.25 * depth))

    def _weeds(self, draw: ImageDraw.ImageDraw, layer: int, crest: Plane, start: int, moment: Moment) -> None:
        canvas = self.canvas
        for x0, tall, beat, wide, lean in self.weeds[layer]:
            x = x0 * canvas.width
            foot = float(crest[min(canvas.width - 1, int(x))]) + 4 - start
            high = (0.05 + 0.17 * tall**2) * canvas.unit * (0.6 + 0.25 * layer)
            thick = (0.004 + 0.006 * wide) * canvas.unit * (0.6 + 0.3 * layer)
            left, right = [], []
            for step in range(11):
                at = step / 10
                sway = math.sin(moment.angle(4) + TURN * beat - at * 2.6) * 0.12 + (lean - 0.5) * 0.4
                cx, cy = x + sway * at * at * high, foot - at * high
                half = thick * (1 - at**1.5) * (1 + 0.25 * math.sin(at * 14))
                left.append((2 * (cx - half), 2 * cy))
                right.append((2 * (cx + half), 2 * cy))
            draw.polygon(left + right[::-1], fill=255)

    def _bubbles(self, sheet: Plane, moment: Moment) -> None:
        canvas = self.canvas
        for x0, y0, size, beat, pace in self.rolls:
            rise = (y0 - moment.turns(60) * (1 if pace < 0.6 else 2)) % 1.0
            x = (x0 + 0.012 * moment.sway(3, TURN * beat) * (1 - rise)) * canvas.width
            radius = (0.002 + 0.010 * size**4) * canvas.unit
            y = rise * (canvas.height + 4 * radius) - 2 * radius
            self._bubble(sheet, x, y, max(radius, 0.8), 0.25 + 0.4 * size)

    def _bubble(self, sheet: Plane, x: float, y: float, radius: float, level: float) -> None:
        canvas, reach = self.canvas, int(radius) + 2
        x0, x1 = max(0, int(x) - reach), min(canvas.width, int(x) + reach + 1)
        y0, y1 = max(0, int(y) - reach), min(canvas.height, int(y) + reach + 1)
        if x0 >= x1 or y0 >= y1:
            return
        dx, dy = canvas.x[:, x0:x1] - x, canvas.y[y0:y1] - y
        away = np.sqrt(dx * dx + dy * dy) / radius
        inside = np.clip((1 - away) * radius + 0.5, 0, 1)
        shine = smooth(0.5, 0.1, np.sqrt((dx + 0.35 * radius) ** 2 + (dy + 0.35 * radius) ** 2) / radius)
        screen(sheet[:, y0:y1, x0:x1], self.palette.light, inside * (0.18 + 0.7 * away**4 + shine) * np.float32(level))


def _fish_shape(length: float, wag: float, heading: float) -> Image.Image:
    """A fish as a mask of 2.2 by 1.1 lengths."""
    wide, high = max(6, round(length * 2.2)), max(3, round(length * 1.1))
    shape = Image.new("L", (wide, high), 0)
    draw = ImageDraw.Draw(shape)
    middle = high / 2
    draw.ellipse((wide * 0.30, high * 0.26, wide * 0.98, high * 0.74), fill=255)
    tail = middle + wag * high * 0.6
    draw.polygon(
        [
            (wide * 0.40, middle),
            (wide * 0.04, tail - high * 0.34),
            (wide * 0.13, tail),
            (wide * 0.04, tail + high * 0.34),
        ],
        fill=255,
    )
    draw.polygon([(wide * 0.50, high * 0.32), (wide * 0.62, high * 0.08), (wide * 0.74, high * 0.32)], fill=255)
    return shape if heading > 0 else shape.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
