"""The base class of scenes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from kaimedia.sandbox.drawing.canvas import Canvas, Moment, Plane, to_bytes
from kaimedia.sandbox.drawing.noise import dither
from kaimedia.sandbox.drawing.palette import Palette


class Scene(ABC):
    """One subject, composed once, drawn at any moment of its loop.

    The composition must not depend on the canvas size, so that a video drawn small shows the same scene.
    """

    favorites: ClassVar[tuple[str, ...]]
    """Names of palettes, best first."""
    video_pixels: ClassVar[int] = 854 * 480
    """The maximum number of pixels a video frame is drawn with; larger frames are scaled up."""

    def __init__(self, canvas: Canvas, palette: Palette, rng: np.random.Generator, text: str = "") -> None:
        """`text` is the prompt, for scenes that show it."""
        self.canvas = canvas
        self.palette = palette
        self.text = text
        self.compose(rng)

    @abstractmethod
    def compose(self, rng: np.random.Generator) -> None:
        """Make the random choices and prepare everything that does not move."""

    @abstractmethod
    def draw(self, moment: Moment) -> Plane:
        """Color planes (3, height, width), 0-1, float32."""

    @cached_property
    def _dither(self) -> Plane:
        return dither(self.canvas.width, self.canvas.height)

    def pixels(self, moment: Moment) -> npt.NDArray[np.uint8]:
        """The frame at that moment as bytes (height, width, 3)."""
        return to_bytes(self.draw(moment), self._dither)
