"""An animated reference image: a slow camera move with a hint of depth and light."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from kaimedia.errors import UnsupportedMedia
from kaimedia.sandbox.drawing.canvas import TURN, Canvas, Moment, Plane
from kaimedia.sandbox.drawing.color_terms import CURATED
from kaimedia.sandbox.drawing.palette import Palette, from_hex
from kaimedia.sandbox.drawing.scenes.base import Scene

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_NODES_X, _NODES_Y = 12, 8


class Reference(Scene):
    """The image cropped to the video's aspect ratio, warped by a mesh whose lower middle is nearest to the viewer."""

    favorites = ("bone",)
    video_pixels = 960 * 540
    image: Image.Image

    @classmethod
    def of(cls, path: Path, canvas: Canvas, seed: int) -> Reference:
        """Raises: UnsupportedMedia when the file is not a readable image."""
        scene = cls.__new__(cls)
        scene.image = _cover(_read(path), canvas.width, canvas.height)
        colors = [from_hex(text) for text in CURATED["bone"].split()]
        Scene.__init__(scene, canvas, Palette(*colors), np.random.default_rng([seed % 2**32, 5]))
        return scene

    def compose(self, rng: np.random.Generator) -> None:
        canvas = self.canvas
        self.heading = float(rng.uniform(0, TURN))
        self.motes = rng.random((26, 6))
        lean = 0.45
        self.sweep = (canvas.u + (canvas.v - 0.5) * lean * canvas.height / canvas.width).astype(np.float32)
        nodes_y, nodes_x = np.mgrid[0 : _NODES_Y + 1, 0 : _NODES_X + 1]
        u, v = nodes_x / _NODES_X, nodes_y / _NODES_Y
        middle = np.exp(-(((u - 0.5) / 0.34) ** 2 + ((v - 0.58) / 0.42) ** 2))
        self.nodes = np.stack([u, v, 0.35 * v + 0.65 * middle], axis=0)

    def draw(self, moment: Moment) -> Plane:
        """Not used by `pixels`, which works on bytes; required by `Scene`."""
        return np.moveaxis(self.pixels(moment).astype(np.float32) / 255, 2, 0)

    def pixels(self, moment: Moment) -> npt.NDArray[np.uint8]:
        frame = np.asarray(self._moved(moment)).astype(np.float32)
        self._light(frame, moment)
        self._dust(frame, moment)
        return np.asarray(np.clip(frame + 0.5, 0, 255), dtype=np.uint8)

    def _moved(self, moment: Moment) -> Image.Image:
        """The image as seen by a camera that moves in and out once while circling slightly."""
        canvas, (u, v, near) = self.canvas, self.nodes
        step = (1 - math.cos(moment.angle(60))) / 2
        angle = moment.angle(60) + self.heading
        zoom = 1.0 + 0.05 * (1 - step) + (0.9 - near) * 0.035 * (1 - step) - 0.11
        x = 0.5 + (u - 0.5) * zoom + 0.012 * math.cos(angle) * (near - 0.4)
        y = 0.5 + (v - 0.5) * zoom + 0.010 * math.sin(angle) * (near - 0.4)
        x, y = x * self.image.width, y * self.image.height
        return self.image.transform(
            (canvas.width, canvas.height), Image.Transform.MESH, self._mesh(x, y), Image.Resampling.BILINEAR
        )

    def _mesh(self, x: npt.NDArray[Any], y: npt.NDArray[Any]) -> list[Any]:
        across = np.round(np.linspace(0, self.canvas.width, _NODES_X + 1)).astype(int)
        down = np.round(np.linspace(0, self.canvas.height, _NODES_Y + 1)).astype(int)
        corners = ((0, 0), (1, 0), (1, 1), (0, 1))  # counter-clockwise from the upper left, as Pillow wants them
        cells: list[Any] = []
        for row in range(_NODES_Y):
            for column in range(_NODES_X):
                box = tuple(int(n) for n in (across[column], down[row], across[column + 1], down[row + 1]))
                quad = [float(axis[row + i, column + j]) for i, j in corners for axis in (x, y)]
                cells.append((box, quad))
        return cells

    def _light(self, frame: Plane, moment: Moment) -> None:
        """A soft band of light that crosses the image once."""
        center = -0.6 + 2.2 * moment.turns(60)
        band = np.exp(-(((self.sweep - center) / 0.16) ** 2)) * np.float32(0.11)
        frame += (255.0 - frame) * band[..., None]

    def _dust(self, frame: Plane, moment: Moment) -> None:
        canvas = self.canvas
        for roll in self.motes:
            rise = (roll[1] - moment.turns(14)) % 1.0
            x = (roll[0] + 0.02 * math.sin(moment.angle(6) + TURN * roll[2])) * canvas.width
            radius = (0.0022 + 0.005 * roll[3]) * canvas.unit
            glow = 0.30 * math.sin(math.pi * rise) * (0.6 + 0.4 * math.sin(moment.angle(3) + TURN * roll[4]))
            _mote(frame, x, rise * canvas.height, radius, glow)


def _mote(frame: Plane, x: float, y: float, radius: float, glow: float) -> None:
    reach = int(radius * 2.5) + 1
    x0, x1 = max(0, int(x) - reach), min(frame.shape[1], int(x) + reach + 1)
    y0, y1 = max(0, int(y) - reach), min(frame.shape[0], int(y) + reach + 1)
    if x0 >= x1 or y0 >= y1:
        return
    across = np.exp(-(((np.arange(x0, x1) + 0.5 - x) / radius) ** 2)).astype(np.float32)
    down = np.exp(-(((np.arange(y0, y1) + 0.5 - y) / radius) ** 2)).astype(np.float32)
    part = frame[y0:y1, x0:x1]
    part += (255.0 - part) * (down[:, None] * across * np.float32(glow))[..., None]


def _read(path: Path) -> Image.Image:
    try:
        with Image.open(path, formats=_FORMATS) as opened:
            opened.draft("RGB", (2048, 2048))
            opened.load()
            turned = ImageOps.exif_transpose(opened)
            return _flat(turned)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise UnsupportedMedia("The reference image cannot be read.") from error


def _flat(image: Image.Image) -> Image.Image:
    """RGB without transparency, on white."""
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        rgba = image.convert("RGBA")
        ground = Image.new("RGB", rgba.size, (255, 255, 255))
        ground.paste(rgba, mask=rgba.getchannel("A"))
        return ground
    return image.convert("RGB")


def _cover(image: Image.Image, width: int, height: int) -> Image.Image:
    """Cropped to the aspect ratio around the middle, slightly larger than needed so that zooming stays sharp."""
    return ImageOps.fit(image, (round(width * 1.12), round(height * 1.12)), Image.Resampling.LANCZOS)
