"""The tools every scene draws with: a canvas, a moment in time, and strokes on (3, height, width) planes.

The color axis comes first, not last, so that numpy works on whole planes instead of groups of three values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from kaimedia.sandbox.drawing.palette import RAMP_STEPS, Color, Ramp

Plane = npt.NDArray[Any]
TURN = 2 * math.pi


@dataclass(frozen=True)
class Moment:
    """A point in time in a video that loops."""

    time_s: float
    length_s: float

    def turns(self, period_s: float) -> float:
        """How many periods have passed; a whole number at the end of the video, so that it loops."""
        return self.time_s / self.length_s * max(1, round(self.length_s / period_s))

    def angle(self, period_s: float) -> float:
        """`turns` in radians."""
        return TURN * self.turns(period_s)

    def sway(self, period_s: float, offset: float = 0.0) -> float:
        """-1 to 1 and back."""
        return math.sin(self.angle(period_s) + offset)


@dataclass(frozen=True)
class Canvas:
    """The drawing size in pixels, and its coordinates."""

    width: int
    height: int

    @property
    def unit(self) -> int:
        """The shorter side: the unit for radii and strokes."""
        return min(self.width, self.height)

    @cached_property
    def x(self) -> Plane:
        """(1, width) pixel centers."""
        return np.arange(self.width, dtype=np.float32)[None, :] + np.float32(0.5)

    @cached_property
    def y(self) -> Plane:
        """(height, 1) pixel centers."""
        return np.arange(self.height, dtype=np.float32)[:, None] + np.float32(0.5)

    @cached_property
    def u(self) -> Plane:
        """(1, width), 0 left to 1 right."""
        return self.x / self.width

    @cached_property
    def v(self) -> Plane:
        """(height, 1), 0 top to 1 bottom."""
        return self.y / self.height

    @cached_property
    def across(self) -> Plane:
        """(1, width), 0 in the middle, in units."""
        return (self.x - self.width / 2) / self.unit

    @cached_property
    def down(self) -> Plane:
        """(height, 1), 0 in the middle, in units."""
        return (self.y - self.height / 2) / self.unit

    def planes(self, color: Color = (0.0, 0.0, 0.0)) -> Plane:
        """A new sheet filled with one color."""
        sheet = np.empty((3, self.height, self.width), dtype=np.float32)
        for channel in range(3):
            sheet[channel] = color[channel]
        return sheet


def smooth(low: float, high: float, value: Plane) -> Plane:
    """0 below `low`, 1 above `high`, soft between; `low` may be the larger one."""
    share = np.clip((value - low) * (1.0 / (high - low)), 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)


def tint(table: Ramp, value: Plane) -> Plane:
    """Color planes from a ramp; `value` 0-1 is clipped."""
    index = np.clip(value * (RAMP_STEPS - 1), 0, RAMP_STEPS - 1).astype(np.int32)
    return np.stack([np.take(channel, index) for channel in table])


def lay(sheet: Plane, color: Color | Plane, mask: Plane) -> None:
    """Paint `color` over the sheet through `mask` (0-1), which must have the sheet's size."""
    for channel in range(3):
        plane = sheet[channel]
        plane += (color[channel] - plane) * mask


def add(sheet: Plane, color: Color, light: Plane) -> None:
    """Add light of one color."""
    for channel in range(3):
        sheet[channel] += light * np.float32(color[channel])


def screen(sheet: Plane, color: Color, light: Plane) -> None:
    """Add light without overexposing: bright areas gain less."""
    for channel in range(3):
        plane = sheet[channel]
        plane += (1.0 - plane) * (light * np.float32(color[channel]))


def resize(plane: Plane, width: int, height: int) -> Plane:
    """One float plane, resized."""
    image = Image.fromarray(np.ascontiguousarray(plane, dtype=np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))


def enlarge(sheet: Plane, width: int, height: int) -> Plane:
    """Color planes, resized; for images without fine detail."""
    return np.stack([resize(plane, width, height) for plane in sheet])


def disc(canvas: Canvas, x: float, y: float, radius: float, edge_px: float = 1.0) -> Plane:
    """Mask of a circle; center and radius in pixels."""
    distance = np.sqrt((canvas.x - x) ** 2 + (canvas.y - y) ** 2)
    return np.clip((radius - distance) / edge_px + 0.5, 0.0, 1.0)


def halo(canvas: Canvas, x: float, y: float, radius: float) -> Plane:
    """Light that falls off around a point: 1 in the middle, about a third at `radius` pixels."""
    squared = ((canvas.x - x) ** 2 + (canvas.y - y) ** 2) * np.float32(1.0 / (radius * radius))
    return 1.0 / (1.0 + squared * (1.0 + squared))


def vignette(canvas: Canvas, strength: float = 0.35) -> Plane:
    """Factor that darkens the corners."""
    squared = (canvas.u - 0.5) ** 2 + (canvas.v - 0.5) ** 2
    return 1.0 - squared * np.float32(2 * strength)


def to_bytes(sheet: Plane, noise: Plane, out: npt.NDArray[np.uint8] | None = None) -> npt.NDArray[np.uint8]:
    """Planes 0-1 to (height, width, 3) bytes, dithered."""
    _, height, width = sheet.shape
    pixels = np.empty((height, width, 3), dtype=np.uint8) if out is None else out
    for channel in range(3):
        plane = sheet[channel] * np.float32(255.0)
        plane += noise
        np.clip(plane, 0.0, 255.0, out=plane)
        pixels[..., channel] = plane
    return pixels
