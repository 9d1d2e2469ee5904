"""Seeded random shapes: clouds that tile, closed curves, dither."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Plane = npt.NDArray[Any]


def tile(rng: np.random.Generator, size: int = 256, slope: float = 1.8, lowest: float = 1.0) -> Plane:
    """A square cloud, float32 0-1, seamless across all four edges.

    Args:
        slope: how fast fine detail fades; 1 is rough, 3 is soft.
        lowest: the lowest frequency in it, in waves per tile.
    """
    spectrum = np.fft.rfft2(rng.standard_normal((size, size)))
    down = np.fft.fftfreq(size)[:, None] * size
    across = np.fft.rfftfreq(size)[None, :] * size
    radius = np.hypot(down, across)
    weight = np.where(radius >= lowest * 0.99, np.maximum(radius, 0.5) ** -slope, 0.0)
    cloud = np.fft.irfft2(spectrum * weight, s=(size, size))
    # Ranking would flatten the peaks; scaling by about five standard deviations keeps them and still fills 0-1.
    return np.asarray(np.clip(cloud / (cloud.std() * 5.2) + 0.5, 0.0, 1.0), dtype=np.float32)


def curve(rng: np.random.Generator, length: int = 1024, slope: float = 1.2, lowest: int = 1) -> Plane:
    """A closed curve of `length` samples, float32, mean 0, largest deviation 1."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    waves = np.arange(len(spectrum), dtype=np.float64)
    weight = np.where(waves >= lowest, np.maximum(waves, 1.0) ** -slope, 0.0)
    line = np.fft.irfft(spectrum * weight, n=length)
    return np.asarray(line / np.abs(line).max(), dtype=np.float32)


def along(line: Plane, at: Plane) -> Plane:
    """Sample a closed curve at positions in turns (1.0 is once around), with linear interpolation."""
    length = len(line)
    where = (at * length) % length
    left = where.astype(np.int32) % length
    share = (where - np.floor(where)).astype(np.float32)
    right = (left + 1) % length
    return np.asarray(line[left] * (1 - share) + line[right] * share, dtype=np.float32)


def sample(cloud: Plane, across: Plane, down: Plane) -> Plane:
    """Sample a tile at positions in turns, with bilinear interpolation; the positions broadcast."""
    size = cloud.shape[0]
    column, row = across * size, down * size
    left, top = np.floor(column), np.floor(row)
    share_x, share_y = column - left, row - top
    mask = size - 1  # sizes are powers of two, so a bit mask wraps at the edge
    x0, y0 = left.astype(np.int32) & mask, top.astype(np.int32) & mask
    x1, y1 = (x0 + 1) & mask, ((y0 + 1) & mask) * size
    y0 = y0 * size
    flat = cloud.ravel()
    upper = flat[y0 + x0]
    upper += (flat[y0 + x1] - upper) * share_x
    lower = flat[y1 + x0]
    lower += (flat[y1 + x1] - lower) * share_x
    lower -= upper
    lower *= share_y
    upper += lower
    return np.asarray(upper)


def window(
    cloud: Plane, width: int, height: int, *, across: float, down: float, x: float = 0.0, y: float = 0.0
) -> Plane:
    """A rectangle of the tile, `across` by `down` turns large from (x, y) turns, scaled to width x height pixels."""
    size = cloud.shape[0]
    x, y = x % 1.0, y % 1.0
    repeats_x, repeats_y = int(np.ceil(x + across + 0.05)), int(np.ceil(y + down + 0.05))
    sheet = Image.fromarray(np.tile(cloud, (repeats_y, repeats_x)))
    box = (x * size, y * size, (x + across) * size, (y + down) * size)
    return np.asarray(sheet.resize((width, height), Image.Resampling.BICUBIC, box=box))


def dither(width: int, height: int) -> Plane:
    """Triangular noise of one 8-bit step, always the same; it prevents banding in gradients."""
    rng = np.random.default_rng(20)
    return (rng.random((height, width), dtype=np.float32) + rng.random((height, width), dtype=np.float32)) - 0.5
