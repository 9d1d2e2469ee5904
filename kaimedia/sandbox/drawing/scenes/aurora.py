"""Northern lights over a lake."""

from __future__ import annotations

import numpy as np

from kaimedia.sandbox.drawing.canvas import TURN, Moment, Plane, lay, tint
from kaimedia.sandbox.drawing.noise import along, curve, sample, tile
from kaimedia.sandbox.drawing.palette import blend, ramp, shift
from kaimedia.sandbox.drawing.scenes.base import Scene
from kaimedia.sandbox.drawing.stars import Stars


class Aurora(Scene):
    """Curtains of light with fine vertical rays, a black ridge, still water that mirrors it all."""

    favorites = ("aurora", "polar", "peacock", "nebula", "ultraviolet", "lagoon")
    video_pixels = 720 * 405

    def compose(self, rng: np.random.Generator) -> None:
        canvas, tones = self.canvas, self.palette
        self.shore = round(canvas.height * float(rng.uniform(0.70, 0.80)))
        self.curtains = [
            (curve(rng, 512, 1.9), curve(rng, 2048, 0.55, 6), rng.random(6)) for _ in range(int(rng.integers(3, 5)))
        ]
        self.ripple = tile(rng, 128, 1.2)
        self.stars = Stars(canvas, rng, 170, bottom=self.shore / canvas.height)
        peaks = curve(rng, 1024, 1.35, 2)
        self.lift = float(rng.uniform(0.5, 1.0))
        reach = canvas.width / canvas.unit
        crest = 0.075 + 0.075 * self.lift * along(peaks, canvas.u * 0.35 * reach)
        crest = crest + 0.006 * along(curve(rng, 2048, 0.5, 40), canvas.u * 0.3 * reach)
        self.crest = self.shore - np.maximum(crest, 0.012) * canvas.unit
        sky = ramp(
            [shift(tones.deep, lightness=-0.01), tones.deep, tones.dusk, blend(tones.dusk, tones.body, 0.5)],
            [0.0, 0.25, 0.8, 1.0],
        )
        self.sky = np.broadcast_to(tint(sky, canvas.y[: self.shore] / self.shore), (3, self.shore, canvas.width)).copy()
        self.land = np.clip(canvas.y[: self.shore] - self.crest + 0.5, 0.0, 1.0)
        fine = canvas.width / canvas.unit
        self.fade = ramp(
            [
                blend(tones.glow, tones.light, 0.45),
                tones.glow,
                blend(tones.body, tones.glow, 0.4),
                blend(tones.accent, tones.body, 0.3),
                tones.accent,
            ],
            [0.0, 0.12, 0.4, 0.75, 1.0],
        )
        self.fine = fine

    def _curtain(self, sheet: Plane, moment: Moment, which: int) -> None:
        canvas = self.canvas
        fold, rays, rolls = self.curtains[which]
        sway = 0.028 * np.sin(canvas.u * TURN * (1.2 + rolls[0]) + moment.angle(8) + TURN * rolls[1])
        sway = sway + 0.012 * np.sin(canvas.u * TURN * (3 + 2 * rolls[2]) - moment.angle(5) + TURN * rolls[3])
        line = (
            0.30 + 0.17 * which / len(self.curtains) + 0.13 * along(fold, canvas.u * 0.55 * self.fine + rolls[4] + sway)
        )
        foot = (line + sway) * canvas.height * (self.shore / canvas.height) / 0.75
        drift = 0.010 * moment.sway(10, TURN * rolls[5])
        streak = 0.55 + 0.45 * along(rays, canvas.u * 0.30 * self.fine + rolls[1] + drift + sway * 0.3)
        wave = 0.60 + 0.40 * np.sin(canvas.u * TURN * (1.1 + rolls[2]) - moment.angle(6) + TURN * rolls[5])
        above = (foot - canvas.y[: self.shore]) / (canvas.height * (0.20 + 0.14 * rolls[3]) * (0.6 + 0.7 * streak))
        rise = np.clip(above, 0.0, 1.0) * 1.0
        # The lower edge is crisp, the top melts away.
        edge = np.clip(above * np.float32(14.0) + 0.9, 0.0, 1.0)
        light = edge * (1.0 - rise) ** 2 * (streak * wave * np.float32(1.25))
        light += np.exp(-np.abs(above) * np.float32(7.0)) * (wave * np.float32(0.30))
        color = tint(self.fade, rise)
        for channel in range(3):
            sheet[channel] += (1.0 - sheet[channel]) * np.minimum(light, 1.0) * color[channel]

    def draw(self, moment: Moment) -> Plane:
        tones = self.palette
        sky = self.sky.copy()
        self.stars.shine(sky, moment)
        for which in range(len(self.curtains)):
            self._curtain(sky, moment, which)
        lay(sky, shift(tones.deep, lightness=-0.09, chroma=0.7), self.land)
        np.clip(sky, 0.0, 1.0, out=sky)
        return np.concatenate([sky, self._water(sky, moment)], axis=1)

    def _water(self, sky: Plane, moment: Moment) -> Plane:
        """The sky upside down, stretched and broken by ripples that grow towards the viewer."""
        canvas, tones = self.canvas, self.palette
        rows = canvas.height - self.shore
        depth = np.arange(rows, dtype=np.float32)[:, None]
        near = (depth + 2.0) / rows
        across = canvas.x / canvas.unit
        waves = sample(
            self.ripple, across * 0.35 + 0 * depth, 0.55 * np.log(near + 0.03) - moment.turns(7) + 0 * across
        )
        push = (waves - 0.5) * (0.02 + 0.10 * near) * canvas.unit
        source = np.clip(self.shore - 1 - depth * 2.1 - push, 0, self.shore - 1).astype(np.int32)
        column = np.broadcast_to(np.arange(canvas.width, dtype=np.int32), source.shape)
        water = np.take(sky.reshape(3, -1), source * canvas.width + column, axis=1)
        dim = 0.80 - 0.30 * near + (waves - 0.5) * np.float32(0.35)
        for channel in range(3):
            water[channel] *= dim
            water[channel] += np.float32(tones.deep[channel] * 0.25)
        return water
