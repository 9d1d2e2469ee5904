"""The scenes the sandbox can draw, one per file."""

from __future__ import annotations

from kaimedia.sandbox.drawing.scenes.aurora import Aurora
from kaimedia.sandbox.drawing.scenes.base import Scene
from kaimedia.sandbox.drawing.scenes.bokeh import Bokeh
from kaimedia.sandbox.drawing.scenes.city import City
from kaimedia.sandbox.drawing.scenes.clouds import Clouds
from kaimedia.sandbox.drawing.scenes.dunes import Dunes
from kaimedia.sandbox.drawing.scenes.flow import Flow
from kaimedia.sandbox.drawing.scenes.flower import Flower
from kaimedia.sandbox.drawing.scenes.forest import Forest
from kaimedia.sandbox.drawing.scenes.glass import Glass
from kaimedia.sandbox.drawing.scenes.ink import Ink
from kaimedia.sandbox.drawing.scenes.neon import Neon
from kaimedia.sandbox.drawing.scenes.paper import Paper
from kaimedia.sandbox.drawing.scenes.planet import Planet
from kaimedia.sandbox.drawing.scenes.poster import Poster
from kaimedia.sandbox.drawing.scenes.reef import Reef
from kaimedia.sandbox.drawing.scenes.ridges import Ridges
from kaimedia.sandbox.drawing.scenes.spheres import Spheres
from kaimedia.sandbox.drawing.scenes.waves import Waves

SCENES: tuple[type[Scene], ...] = (
    Aurora,
    Bokeh,
    City,
    Clouds,
    Dunes,
    Flow,
    Flower,
    Forest,
    Glass,
    Ink,
    Neon,
    Paper,
    Planet,
    Poster,
    Reef,
    Ridges,
    Spheres,
    Waves,
)

__all__ = ["SCENES", "Scene"]
