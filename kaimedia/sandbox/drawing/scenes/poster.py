"""A poster of geometric tiles, after the Bauhaus."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kaimedia.sandbox.drawing.canvas import TURN, Moment, Plane
from kaimedia.sandbox.drawing.noise import tile, window
from kaimedia.sandbox.drawing.palette import Color, blend
from kaimedia.sandbox.drawing.scenes.base import Scene
from kaimedia.sandbox.drawing.scenes.motifs import LARGE, MOTIFS, Motif

_FIELD = 24  # random values are drawn for this many columns and rows, however many of them are visible


@dataclass(frozen=True)
class _Tile:
    x: int
    y: int
    side: int
    motif: Motif
    inks: tuple[Color, Color, Color]
    turn: int
    starts: float
    stays: float
    swing: int


class Poster(Scene):
    """Flat tiles in six inks on a grid, a few of them large; in a video they turn by quarters."""

    favorites = ("bauhaus", "primary", "clay", "candy", "peacock", "ukiyo", "cobalt", "rose", "autumn")
    video_pixels = 1280 * 720

    def compose(self, rng: np.random.Generator) -> None:
        canvas, tones = self.canvas, self.palette
        across = int(rng.integers(4, 7))
        self.side = canvas.unit / across
        paper = blend(tones.light, tones.glow, 0.12)
        ink = blend(tones.deep, (0.03, 0.03, 0.05), 0.3)
        self.inks: list[Color] = [ink, tones.dusk, tones.body, tones.glow, paper, tones.accent]
        rolls = rng.random((_FIELD, _FIELD, 10))
        self.tiles = self._plan(rolls)
        grain = window(
            tile(rng, 256, 0.35),
            canvas.width,
            canvas.height,
            across=2.0 * canvas.width / canvas.unit,
            down=2.0 * canvas.height / canvas.unit,
        )
        self.grain = 1.0 + (grain - 0.5) * np.float32(0.085)
        self.rest: dict[tuple[int, int], Plane] = {}

    def _plan(self, rolls: Plane) -> list[_Tile]:
        """Lay out the tiles row by row: some two by two, the rest single."""
        columns = max(1, math.ceil(self.canvas.width / self.side - 0.02))
        rows = max(1, math.ceil(self.canvas.height / self.side - 0.02))
        taken: set[tuple[int, int]] = set()
        tiles: list[_Tile] = []
        for row in range(rows):
            for column in range(columns):
                roll = rolls[row % _FIELD, column % _FIELD]
                block = {(row + i, column + j) for i in (0, 1) for j in (0, 1)}
                fits = row + 1 < rows and column + 1 < columns and not block & taken
                if (row, column) in taken:
                    continue
                size = 2 if fits and roll[9] < 0.13 else 1
                taken |= block if size == 2 else {(row, column)}
                tiles.append(self._tile(row, column, size, roll))
        return tiles

    def _tile(self, row: int, column: int, size: int, roll: Plane) -> _Tile:
        left, top = round(column * self.side), round(row * self.side)
        side = max(round((column + size) * self.side) - left, round((row + size) * self.side) - top)
        kinds = LARGE if size == 2 else MOTIFS
        ground = int(roll[1] * 5.999)
        # Inks at least two apart in the list contrast; adjacent ones might not.
        ink = (ground + 2 + int(roll[2] * 2.999)) % 6
        second = next(at for at in ((ink + 2) % 6, (ink + 3) % 6, (ink + 4) % 6) if at not in (ground, ink))
        inks = (self.inks[ground], self.inks[ink], self.inks[second])
        motif = kinds[int(roll[0] * (len(kinds) - 0.001))]
        return _Tile(
            left,
            top,
            side,
            motif,
            inks,
            int(roll[3] * 3.999),
            0.02 + 0.38 * float(roll[4]),
            0.12 + 0.18 * float(roll[5]),
            int(roll[6] * 2.999) - 1,
        )

    def draw(self, moment: Moment) -> Plane:
        sheet = self.canvas.planes()
        for at, one in enumerate(self.tiles):
            turned = one.turn + self._swing(one, moment)
            key = (at, round(turned * 1000))
            image = self.rest.get(key)
            if image is None:
                image = self._render(one, turned)
                if abs(turned - round(turned)) < 1e-6:
                    self.rest[key] = image
            part = sheet[:, one.y : one.y + one.side, one.x : one.x + one.side]
            part[:] = image[:, : part.shape[1], : part.shape[2]]
        sheet *= self.grain
        return sheet

    @staticmethod
    def _swing(one: _Tile, moment: Moment) -> float:
        """Quarter turns so far: forward, a pause, and back."""
        since = moment.turns(60) - one.starts
        length = min(0.14, 0.9 / moment.length_s)

        def ease(passed: float) -> float:
            share = min(1.0, max(0.0, passed / length))
            return share * share * share * (share * (share * 6 - 15) + 10)

        return one.swing * (ease(since) - ease(since - one.stays - length))

    def _render(self, one: _Tile, turned: float) -> Plane:
        step = (np.arange(one.side, dtype=np.float32) + np.float32(0.5)) / np.float32(one.side) - np.float32(0.5)
        cos, sin = math.cos(turned * TURN / 4), math.sin(turned * TURN / 4)
        if abs(turned - round(turned)) < 1e-6:
            cos, sin = round(cos), round(sin)
        u = step[None, :] * np.float32(cos) + step[:, None] * np.float32(sin) + np.float32(0.5)
        v = step[:, None] * np.float32(cos) - step[None, :] * np.float32(sin) + np.float32(0.5)
        image = np.empty((3, one.side, one.side), dtype=np.float32)
        for channel in range(3):
            image[channel] = one.inks[0][channel]
        for mask, slot in one.motif(u, v, float(one.side)):
            for channel in range(3):
                plane = image[channel]
                plane += (np.float32(one.inks[slot][channel]) - plane) * mask
        return image
