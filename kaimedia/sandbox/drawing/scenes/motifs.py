"""The shapes on a poster's tiles.

Each function takes the tile's coordinates (0-1, possibly rotated) and the number of pixels per tile, and returns masks,
each with the slot of the ink that fills it: 0 is the ground, 1 the ink, 2 the second ink.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kaimedia.sandbox.drawing.canvas import Plane

Layers = list[tuple[Plane, int]]
Motif = Callable[[Plane, Plane, float], Layers]


def _fill(inside: Plane, side: float) -> Plane:
    """Mask from a distance that is positive inside."""
    return np.asarray(np.clip(inside * np.float32(side) + 0.5, 0.0, 1.0))


def _round(u: Plane, v: Plane, x: float, y: float, radius: float, side: float) -> Plane:
    return _fill(radius - np.sqrt((u - x) ** 2 + (v - y) ** 2), side)


def disc(u: Plane, v: Plane, side: float) -> Layers:
    """One large circle."""
    return [(_round(u, v, 0.5, 0.5, 0.40, side), 1)]


def target(u: Plane, v: Plane, side: float) -> Layers:
    """A circle in a circle in a circle."""
    return [(_round(u, v, 0.5, 0.5, size, side), slot) for size, slot in ((0.44, 1), (0.28, 0), (0.15, 2))]


def arcs(u: Plane, v: Plane, side: float) -> Layers:
    """A rainbow around one corner."""
    return [(_round(u, v, 0, 0, size, side), slot) for size, slot in ((0.98, 1), (0.76, 0), (0.54, 2), (0.30, 0))]


def quarter(u: Plane, v: Plane, side: float) -> Layers:
    """A quarter of a circle that fills the tile."""
    return [(_round(u, v, 0, 0, 1.0, side), 1)]


def stripes(u: Plane, v: Plane, side: float) -> Layers:
    """Five bars."""
    return [(_fill(0.25 / 5 - np.abs((u * 5) % 1.0 - 0.5) / 5 + 0 * v, side), 1)]


def dots(u: Plane, v: Plane, side: float) -> Layers:
    """Four by four dots."""
    near = np.sqrt(((u * 4) % 1.0 - 0.5) ** 2 + ((v * 4) % 1.0 - 0.5) ** 2) / 4
    return [(_fill(0.066 - near, side), 1)]


def bowls(u: Plane, v: Plane, side: float) -> Layers:
    """Two half circles, one above the other."""
    upper = np.minimum(_round(u, v, 0.5, 0.0, 0.5, side), _fill(v, side))
    lower = np.minimum(_round(u, v, 0.5, 0.5, 0.5, side), _fill(v - 0.5, side))
    return [(upper, 1), (lower, 2)]


def triangle(u: Plane, v: Plane, side: float) -> Layers:
    """Half of the tile along its diagonal."""
    return [(_fill((u - v) * np.float32(0.7071), side), 1)]


def peak(u: Plane, v: Plane, side: float) -> Layers:
    """A triangle on the ground with a dot over it."""
    slope = (v - np.abs(u - 0.5) * 2.0) * np.float32(0.4472)
    return [(_fill(slope, side), 1)]


def leaf(u: Plane, v: Plane, side: float) -> Layers:
    """Where two quarter circles meet."""
    both = np.minimum(_round(u, v, 0, 1, 1.0, side), _round(u, v, 1, 0, 1.0, side))
    return [(both, 1), (_round(u, v, 0.5, 0.5, 0.11, side), 2)]


def petals(u: Plane, v: Plane, side: float) -> Layers:
    """Four quarter circles that leave a star."""
    layers: Layers = []
    for x, y, slot in ((0, 0, 1), (1, 1, 1), (1, 0, 2), (0, 1, 2)):
        layers.append((_round(u, v, x, y, 0.5, side), slot))
    return layers


def stairs(u: Plane, v: Plane, side: float) -> Layers:
    """Steps from the lower left up to the right."""
    height = np.floor(np.clip(u, 0.0, 0.999) * 4 + 1) / 4
    return [(_fill(v - 1.0 + height, side), 1)]


def cross(u: Plane, v: Plane, side: float) -> Layers:
    """A plus with round ends."""
    across = np.minimum(0.36 - np.abs(u - 0.5), 0.12 - np.abs(v - 0.5))
    down = np.minimum(0.12 - np.abs(u - 0.5), 0.36 - np.abs(v - 0.5))
    return [(_fill(np.maximum(across, down), side), 1)]


def waves(u: Plane, v: Plane, side: float) -> Layers:
    """Three bent bars."""
    bent = (v * 3 + 0.28 * np.sin(u * np.float32(2 * np.pi))) % 1.0
    return [(_fill((0.26 - np.abs(bent - 0.5)) / 3.3, side), 1)]


MOTIFS: tuple[Motif, ...] = (
    disc,
    target,
    arcs,
    quarter,
    stripes,
    dots,
    bowls,
    triangle,
    peak,
    leaf,
    petals,
    stairs,
    cross,
    waves,
    arcs,
    quarter,
)
LARGE: tuple[Motif, ...] = (quarter, arcs, target, disc, bowls, leaf)
