"""What a scene is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from kaimedia.sandbox.brush import Canvas, Moment, Plane, to_bytes
from kaimedia.sandbox.noise import dither
from kaimedia.sandbox.palette import Palette


class Scene(ABC):
    """One subject, composed once, drawn at any moment of its loop.

    The composition must not depend on the canvas size, so that a clip drawn small shows the same picture.
    """

    favourites: ClassVar[tuple[str, ...]]
    """Names of palettes, the best first."""
    film_pixels: ClassVar[int] = 854 * 480
    """How many pixels a frame of a clip may have before it is scaled up."""

    def __init__(self, canvas: Canvas, palette: Palette, rng: np.random.Generator, text: str = "") -> None:
        """`text` is the prompt, for scenes that show it."""
        self.canvas = canvas
        self.palette = palette
        self.text = text
        self.compose(rng)

    @abstractmethod
    def compose(self, rng: np.random.Generator) -> None:
        """Draw the lots and prepare what does not move."""

    @abstractmethod
    def draw(self, moment: Moment) -> Plane:
        """Colour planes (3, height, width), 0-1, float32."""

    @cached_property
    def _dither(self) -> Plane:
        return dither(self.canvas.width, self.canvas.height)

    def pixels(self, moment: Moment) -> npt.NDArray[np.uint8]:
        """The moment as bytes (height, width, 3)."""
        return to_bytes(self.draw(moment), self._dither)
