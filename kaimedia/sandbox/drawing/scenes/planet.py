"""A gas giant with rings, adrift in a nebula."""

from __future__ import annotations

import math

import numpy as np

from kaimedia.sandbox.drawing.canvas import TURN, Canvas, Moment, Plane, add, halo, screen, smooth, tint
from kaimedia.sandbox.drawing.noise import along, curve, sample, tile, window
from kaimedia.sandbox.drawing.palette import blend, ramp, shift
from kaimedia.sandbox.drawing.scenes.base import Scene
from kaimedia.sandbox.drawing.stars import Stars


class Planet(Scene):
    """A banded, rotating globe; rings in front of and behind it, with mutual shadows; drifting stars."""

    favorites = ("nebula", "desert", "polar", "jade", "rose", "gold", "iris", "glacier", "ember")
    video_pixels = 1280 * 720

    def compose(self, rng: np.random.Generator) -> None:
        canvas, tones = self.canvas, self.palette
        self.radius = canvas.unit * float(rng.uniform(0.20, 0.29))
        self.x = canvas.width * float(rng.uniform(0.40, 0.60))
        self.y = canvas.height * float(rng.uniform(0.42, 0.58))
        self.lean = float(rng.choice([-1, 1]) * rng.uniform(0.12, 0.5))
        self.open = float(rng.uniform(0.14, 0.34))
        self.sun = float(rng.choice([-1, 1]))
        self.near = Stars(canvas, rng, 60, size=1.35)
        self.far = self._nebula(rng)
        Stars(canvas, rng, 320, size=0.8).shine(self.far, Moment(0, 8))
        self.cloud, self.bands, self.gaps = tile(rng, 256, 1.9, 2), curve(rng, 1024, 0.9, 3), curve(rng, 1024, 1.0, 5)
        self.surface = ramp([tones.dusk, tones.body, blend(tones.body, tones.glow, 0.6), tones.glow, tones.light])
        self.rings = ramp([blend(tones.dusk, tones.body, 0.4), blend(tones.body, tones.light, 0.45), tones.light])
        self.inner, self.outer = 1.32, float(rng.uniform(2.0, 2.35))
        self._globe()
        self._ring_layers()
        self.moon = (float(rng.uniform(0, TURN)), float(rng.uniform(0.045, 0.075)), float(rng.uniform(2.6, 3.0)))

    def _nebula(self, rng: np.random.Generator) -> Plane:
        canvas, tones = self.canvas, self.palette
        wide, high = canvas.width / canvas.unit, canvas.height / canvas.unit
        first, second = tile(rng, 256, 2.1), tile(rng, 256, 2.2)
        gas = window(first, canvas.width, canvas.height, across=wide * 0.55, down=high * 0.55)
        veil = window(second, canvas.width, canvas.height, across=wide * 0.7, down=high * 0.7)
        ground = shift(tones.deep, lightness=-0.07)
        table = ramp(
            [ground, blend(ground, tones.dusk, 0.55), blend(tones.dusk, tones.body, 0.45), tones.body],
            [0.0, 0.5, 0.85, 1.0],
        )
        thick = smooth(0.38, 0.95, gas) * (0.35 + 0.75 * smooth(0.3, 0.75, veil))
        sheet = tint(table, thick * np.float32(0.9))
        lift = smooth(0.55, 0.9, veil) * smooth(0.3, 0.7, gas)
        screen(sheet, tones.accent, lift * np.float32(0.28))
        return sheet

    def _globe(self) -> None:
        """Normals and light of the globe, on its own small canvas."""
        reach = math.ceil(self.radius + 2)
        self.box = (round(self.x) - reach, round(self.y) - reach)
        side = Canvas(2 * reach, 2 * reach)
        nx = (side.x + self.box[0] - self.x) / np.float32(self.radius)
        ny = (side.y + self.box[1] - self.y) / np.float32(self.radius)
        squared = nx * nx + ny * ny
        nz = np.sqrt(np.clip(1.0 - squared, 0.0, 1.0))
        self.body = np.clip((1.0 - np.sqrt(squared)) * np.float32(self.radius) + 0.5, 0.0, 1.0)
        cos, sin = math.cos(self.lean), math.sin(self.lean)
        east, north = nx * cos + ny * sin, ny * cos - nx * sin
        tilt = math.asin(self.open)
        up = north * math.cos(tilt) - nz * math.sin(tilt)
        depth = nz * math.cos(tilt) + north * math.sin(tilt)
        self.latitude = np.arcsin(np.clip(up, -1, 1)) * np.float32(1 / math.pi) + np.float32(0.5)
        self.longitude = np.arctan2(east, depth) * np.float32(1 / TURN)
        light = nx * np.float32(0.72 * self.sun) - ny * np.float32(0.42) + nz * np.float32(0.42)
        self.light = smooth(-0.08, 0.85, light)
        # The rings cast a thin shadow on the lit side.
        shade = np.abs(up - 0.20 * self.open - 0.05) * np.float32(9.0)
        self.light *= 1.0 - 0.45 * np.exp(-shade * shade) * (nz > 0)
        self.rim = (1.0 - nz) ** 3 * smooth(-0.25, 0.7, light)

    def _ring_layers(self) -> None:
        canvas, cos, sin = self.canvas, math.cos(self.lean), math.sin(self.lean)
        dx, dy = canvas.x - self.x, canvas.y - self.y
        east = (dx * cos + dy * sin) / np.float32(self.radius)
        north = (dy * cos - dx * sin) / np.float32(self.radius)
        far = np.sqrt(east**2 + (north / np.float32(self.open)) ** 2)
        share = (far - self.inner) / (self.outer - self.inner)
        edge = np.float32(self.open * self.radius * (self.outer - self.inner) * 0.5)
        inside = np.clip(share * edge + 0.5, 0, 1) * np.clip((1 - share) * edge + 0.5, 0, 1)
        line = along(self.gaps, np.clip(share, 0, 1) * 0.5)
        density = np.clip(0.62 + 0.5 * line, 0.06, 0.95) * (1 - 0.85 * np.exp(-(((share - 0.63) / 0.035) ** 2)))
        back = (north < 0).astype(np.float32)
        shadow = self._shadow(east, north)
        self.ring_color = tint(self.rings, 0.30 + 0.45 * density + 0.22 * line) * (1.0 - 0.86 * shadow)
        cover = inside * density
        self.ring_back, self.ring_front = cover * back, cover * (1 - back)

    def _shadow(self, east: Plane, north: Plane) -> Plane:
        """The part of the rings in the globe's shadow."""
        cos, sin = math.cos(self.lean), math.sin(self.lean)
        x, y, z = 0.72 * self.sun, -0.42, 0.42
        size = math.sqrt(x * x + y * y + z * z)
        to_east, to_north, to_eye = (x * cos + y * sin) / size, (y * cos - x * sin) / size, z / size
        depth = north * np.float32(math.sqrt(1 - self.open**2) / self.open)
        facing = east * to_east + north * to_north + depth * to_eye
        away = np.sqrt(np.maximum(east**2 + north**2 + depth**2 - facing**2, 0.0))
        return smooth(1.10, 0.82, away) * (facing < 0)

    def draw(self, moment: Moment) -> Plane:
        canvas, tones = self.canvas, self.palette
        sheet = self.far.copy()
        self.near.shine(
            sheet, moment, x=0.012 * canvas.width * moment.sway(10), y=0.006 * canvas.width * moment.sway(10)
        )
        screen(sheet, tones.glow, halo(canvas, self.x, self.y, self.radius * 1.05) * np.float32(0.22))
        self._over(sheet, self.ring_back)
        self._moon(sheet, moment)
        self._paint_globe(sheet, moment)
        self._over(sheet, self.ring_front)
        return sheet

    def _over(self, sheet: Plane, mask: Plane) -> None:
        rows = np.flatnonzero(mask.any(axis=1))
        if not len(rows):
            return
        part = slice(rows[0], rows[-1] + 1)
        for channel in range(3):
            plane = sheet[channel, part]
            plane += (self.ring_color[channel, part] - plane) * mask[part]

    def _paint_globe(self, sheet: Plane, moment: Moment) -> None:
        turn = np.float32(moment.turns(24))
        swirl = sample(self.cloud, self.longitude * 2 + turn, self.latitude * 1.6)
        fine = sample(self.cloud, self.longitude * 4 + turn * 2 + swirl * 0.25, self.latitude * 5.0 + swirl * 0.2)
        band = along(self.bands, self.latitude * 0.55 + (swirl - 0.5) * 0.030 + (fine - 0.5) * 0.012)
        face = tint(self.surface, 0.50 + 0.40 * band + (fine - 0.5) * 0.42 + (swirl - 0.5) * 0.2)
        face *= 0.025 + 0.985 * self.light
        add(face, self.palette.light, self.rim * np.float32(0.35))
        left, top = self.box
        x0, y0 = max(0, left), max(0, top)
        x1, y1 = min(self.canvas.width, left + face.shape[2]), min(self.canvas.height, top + face.shape[1])
        part = sheet[:, y0:y1, x0:x1]
        cut = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
        part += (face[:, cut[0], cut[1]] - part) * self.body[cut]

    def _moon(self, sheet: Plane, moment: Moment) -> None:
        """A small companion on a wide, flat orbit."""
        phase, size, orbit = self.moon
        angle = phase + 0.30 * moment.sway(60)
        radius = size * self.canvas.unit
        x = self.x + math.cos(angle) * orbit * self.radius * 0.8
        y = self.y + math.sin(angle) * orbit * self.radius * self.open * 1.4 - 0.9 * self.radius
        reach = math.ceil(radius) + 2
        x0, x1 = max(0, int(x) - reach), min(self.canvas.width, int(x) + reach)
        y0, y1 = max(0, int(y) - reach), min(self.canvas.height, int(y) + reach)
        if x0 >= x1 or y0 >= y1:
            return
        nx = (self.canvas.x[:, x0:x1] - x) / radius
        ny = (self.canvas.y[y0:y1] - y) / radius
        squared = nx * nx + ny * ny
        nz = np.sqrt(np.clip(1 - squared, 0, 1))
        light = smooth(-0.05, 0.9, nx * (0.72 * self.sun) - ny * 0.42 + nz * 0.42)
        crater = 0.75 + 0.5 * (sample(self.cloud, nx * 0.3 + 0 * ny, ny * 0.3 + 0 * nx) - 0.5)
        mask = np.clip((1 - np.sqrt(squared)) * radius + 0.5, 0, 1)
        color = blend(self.palette.light, self.palette.accent, 0.25)
        for channel in range(3):
            part = sheet[channel, y0:y1, x0:x1]
            part += (color[channel] * (0.03 + light * crater) - part) * mask
