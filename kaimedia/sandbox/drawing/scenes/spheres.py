"""Polished spheres on a seamless backdrop, traced ray by ray."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kaimedia.sandbox.drawing.canvas import Moment, Plane, smooth
from kaimedia.sandbox.drawing.palette import blend, shift
from kaimedia.sandbox.drawing.scenes.base import Scene

_LIGHT = np.array([-0.52, 0.78, 0.36], dtype=np.float32) / np.float32(math.sqrt(0.52**2 + 0.78**2 + 0.36**2))
_EYE_HEIGHT, _EYE_BACK = 1.25, 6.2


@dataclass(frozen=True)
class _Ball:
    x: float
    z: float
    radius: float
    color: Plane  # linear RGB
    gloss: float
    lift: float  # how far it floats up in a video
    beat: float


def _linear(color: tuple[float, float, float]) -> Plane:
    return (np.asarray(color, dtype=np.float32) ** np.float32(2.2)).astype(np.float32)


class Spheres(Scene):
    """Soft shadows on the ground, a soft box in every highlight, neighbors mirrored in each other."""

    favorites = ("bone", "lavender", "gold", "sunset", "jade", "blossom", "opal", "glacier", "clay", "candy")
    video_pixels = 576 * 324

    def compose(self, rng: np.random.Generator) -> None:
        canvas, tones = self.canvas, self.palette
        wide, tall = canvas.width / canvas.unit, canvas.height / canvas.unit
        self.wall = _linear(blend(tones.glow, tones.light, 0.35))
        self.floor = _linear(blend(tones.glow, tones.light, 0.12))
        self.sky = _linear(blend(tones.light, (1, 1, 1), 0.6))
        rich = [shift(color, chroma=1.25) for color in (tones.body, tones.glow, tones.accent)]
        colors = [*rich, tones.light, tones.dusk, shift(tones.body, lightness=0.10, chroma=1.2)]
        self.balls = self._place(rng, [_linear(color) for color in colors], wide, tall)
        scale = 0.40 if tall < 1.2 else 0.34
        x = (canvas.x - canvas.width / 2) * np.float32(scale / canvas.unit)
        y = (canvas.height * 0.50 - canvas.y) * np.float32(scale / canvas.unit)
        length = np.sqrt(x * x + y * y + 1.0)
        # The camera looks down a little.
        dip = 0.085
        self.ray = np.stack([x / length, (y - dip) / length + 0 * x, -1.0 / length])
        self.ray /= np.sqrt((self.ray**2).sum(axis=0))

    @staticmethod
    def _place(rng: np.random.Generator, colors: list[Plane], wide: float, tall: float) -> list[_Ball]:
        """One large ball near the middle, smaller ones where there is room."""
        balls: list[_Ball] = []
        order = rng.permutation(len(colors))
        span = 0.95 * min(wide, 1.7) if tall < 1.2 else 0.62
        for at in range(120):
            if len(balls) == (7 if wide > 1.2 else 6):
                break
            radius = float((0.62, 0.42)[len(balls)] if len(balls) < 2 else rng.uniform(0.13, 0.36))
            x = float(rng.uniform(-span, span)) * (0.45 if not balls else 1.0)
            z = float(rng.uniform(-1.5, 1.1)) * (0.5 if not balls else 1.0)
            if any(math.hypot(x - b.x, z - b.z) < (radius + b.radius) * 1.02 + 0.03 for b in balls):
                continue
            color = colors[order[len(balls) % len(order)]]
            gloss, lift = float(rng.choice([0.18, 0.45, 0.85])), float(rng.random())
            balls.append(_Ball(x, z, radius, color, gloss, lift, at * 1.7))
        return sorted(balls, key=lambda ball: ball.z)

    def _centers(self, moment: Moment) -> list[Plane]:
        """The positions of the balls: the small ones bounce gently, all of them sway a little."""
        places = []
        for ball in self.balls:
            reach = ball.lift * (0.30 if ball.radius < 0.4 else 0.05)
            hop = (0.5 - 0.5 * math.cos(moment.angle(4) + ball.beat)) * reach
            x = ball.x + 0.06 * moment.sway(60, ball.beat) - 0.06 * math.sin(ball.beat)
            places.append(np.array([x, ball.radius + hop, ball.z], dtype=np.float32))
        return places

    def draw(self, moment: Moment) -> Plane:
        canvas, ray = self.canvas, self.ray
        centers = self._centers(moment)
        angle = 0.10 * moment.sway(60)
        eye = np.array([math.sin(angle) * 0.8, _EYE_HEIGHT, _EYE_BACK], dtype=np.float32)
        light = self._surroundings(eye[:, None, None], ray, centers, 0.5)
        for at, ball in enumerate(self.balls):
            self._ball(light, eye, ball, centers, at)
        shade = 1.0 - 0.55 * ((canvas.u - 0.5) ** 2 + (canvas.v - 0.45) ** 2)
        light *= shade
        # Compress the highlights, then convert to sRGB.
        return np.asarray(np.sqrt(light / (1.0 + 0.22 * light)) * np.float32(1.045), dtype=np.float32)

    def _surroundings(self, origin: Plane, ray: Plane, centers: list[Plane], edge: float) -> Plane:
        """What a ray hits other than a ball: the backdrop that curves from floor to wall, in light and shadow."""
        down = np.minimum(ray[1], -1e-4)
        far = -origin[1] / down
        x, z = origin[0] + ray[0] * far, origin[2] + ray[2] * far
        on_floor = smooth(9.5, 3.2, np.sqrt(x * x + z * z)) * (ray[1] < -1e-4)
        up = np.clip(ray[1] * 1.6 + 0.35, 0, 1)
        shadow = np.ones_like(on_floor)
        for ball, center in zip(self.balls, centers, strict=True):
            shadow *= self._shadow(ball, center, x, z)
        pool = 0.74 + 0.34 * np.exp(-(((x + 0.5) / 2.6) ** 2) - ((z - 0.1) / 2.8) ** 2)
        lit = on_floor * (pool * shadow - 1.0) + 1.0
        out = np.empty((3, *on_floor.shape), dtype=np.float32)
        for channel in range(3):
            wall = self.wall[channel] * (1.08 - 0.50 * up)
            out[channel] = (wall + (self.floor[channel] - wall) * on_floor) * lit
        return out

    @staticmethod
    def _shadow(ball: _Ball, center: Plane, x: Plane, z: Plane) -> Plane:
        """How much light reaches the floor: a soft cast shadow and a dark contact."""
        throw = center[1] / _LIGHT[1]
        dx = x - (center[0] - _LIGHT[0] * throw)
        dz = z - (center[2] - _LIGHT[2] * throw)
        # The cast ellipse is stretched along the light.
        size = math.hypot(_LIGHT[0], _LIGHT[2])
        along = (dx * (_LIGHT[0] / size) + dz * (_LIGHT[2] / size)) * _LIGHT[1]
        across = dx * (_LIGHT[2] / size) - dz * (_LIGHT[0] / size)
        cast = np.sqrt(along * along + across * across) * np.float32(1 / ball.radius)
        near = ((x - center[0]) ** 2 + (z - center[2]) ** 2) * np.float32(1 / ball.radius**2)
        gap = float(center[1]) - ball.radius
        contact = np.float32(0.62 / (1.0 + 6 * gap)) / (1.0 + near * near * np.float32(7.0))
        soft = 0.16 + 0.9 * gap
        return np.asarray((1.0 - 0.60 * smooth(1.0 + soft, 1.0 - soft - 0.22, cast)) * (1.0 - contact))

    def _ball(self, sheet: Plane, eye: Plane, ball: _Ball, centers: list[Plane], at: int) -> None:
        box = self._box(eye, centers[at], ball.radius)
        if box is None:
            return
        rows, columns = box
        ray = self.ray[:, rows, columns]
        to = (centers[at] - eye)[:, None, None]
        middle = (ray * to).sum(axis=0)
        squared = (to * to).sum() - middle * middle
        inside = ball.radius**2 - squared
        pixel = 0.40 / self.canvas.unit * middle
        mask = np.clip((ball.radius - np.sqrt(np.maximum(squared, 0.0))) / pixel + 0.5, 0.0, 1.0)
        far = middle - np.sqrt(np.maximum(inside, 1e-6))
        point = eye[:, None, None] + ray * far
        normal = (point - centers[at][:, None, None]) / np.float32(ball.radius)
        color = self._shade(ball, centers, at, ray, point, normal)
        part = sheet[:, rows, columns]
        part += (color - part) * mask

    def _shade(self, ball: _Ball, centers: list[Plane], at: int, ray: Plane, point: Plane, normal: Plane) -> Plane:
        facing = -(ray * normal).sum(axis=0)
        back = ray + 2.0 * facing * normal
        seen = self._surroundings(point, back, centers, 0.2)
        for other, center in enumerate(centers):
            if other != at:
                self._mirrored(seen, self.balls[other], center, point, back)
        towards = (normal * _LIGHT[:, None, None]).sum(axis=0)
        diffuse = smooth(-0.30, 1.0, towards) * 0.98
        ground = np.clip(0.5 - 0.5 * normal[1], 0, 1) * np.clip(1.1 - 0.25 * point[1] / ball.radius, 0, 1)
        cover = 1.0 - 0.55 * np.exp(-np.maximum(point[1], 0) * np.float32(3.2 / ball.radius)) * ground
        edge = np.clip(1.0 - facing, 0, 1)
        mirror = ball.gloss * 0.36 + (1 - ball.gloss * 0.36) * (0.03 + 0.62 * edge * edge * edge * edge)
        window = self._softbox(back)
        out = np.empty_like(seen)
        for channel in range(3):
            bounce = self.floor[channel] * ground * np.float32(0.42)
            own = ball.color[channel] * (diffuse * self.sky[channel] + 0.11 + bounce) * cover
            tinted = seen[channel] * (1.0 - 0.45 * ball.gloss * (1.0 - ball.color[channel])) * (0.25 + 0.75 * cover)
            out[channel] = own * (1.0 - mirror) + tinted * mirror + window * (0.55 + 1.2 * mirror)
        return out

    @staticmethod
    def _softbox(back: Plane) -> Plane:
        """The lamp's reflection in every ball: a rounded square at the upper left."""
        towards = (back * _LIGHT[:, None, None]).sum(axis=0)
        side = (back[0] * np.float32(0.55) + back[2] * np.float32(0.80)) - np.float32(0.0)
        up = back[1] - np.float32(0.78) * towards
        square = np.maximum(np.abs(side), np.abs(up) * 1.25)
        return np.asarray(smooth(0.25, 0.15, square) * (towards > 0.4) + 0.16 * smooth(0.80, 1.0, towards))

    def _mirrored(self, seen: Plane, ball: _Ball, center: Plane, point: Plane, back: Plane) -> None:
        """Add one neighboring ball to the reflection."""
        to = center[:, None, None] - point
        middle = (to * back).sum(axis=0)
        squared = (to * to).sum(axis=0) - middle * middle
        mask = smooth(1.03, 0.97, np.sqrt(np.maximum(squared, 0)) / np.float32(ball.radius)) * (middle > 0)
        if not mask.any():
            return
        high = np.clip((point[1] + back[1] * middle - center[1]) / np.float32(ball.radius), -1, 1)
        level = 0.42 + 0.38 * high
        for channel in range(3):
            seen[channel] += (ball.color[channel] * level - seen[channel]) * mask

    def _box(self, eye: Plane, center: Plane, radius: float) -> tuple[slice, slice] | None:
        """The part of the image a ball can be in."""
        ray = self.ray
        to = center - eye
        near = (ray[0] * to[0] + ray[1] * to[1] + ray[2] * to[2]) > math.sqrt(float(to @ to) - (radius * 1.03) ** 2)
        rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
        if not len(rows):
            return None
        return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
