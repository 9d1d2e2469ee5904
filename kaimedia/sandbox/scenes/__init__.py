"""The scenes the sandbox can draw, one per file."""

from __future__ import annotations

from kaimedia.sandbox.scenes.aurora import Aurora
from kaimedia.sandbox.scenes.base import Scene
from kaimedia.sandbox.scenes.bokeh import Bokeh
from kaimedia.sandbox.scenes.city import City
from kaimedia.sandbox.scenes.clouds import Clouds
from kaimedia.sandbox.scenes.dunes import Dunes
from kaimedia.sandbox.scenes.flow import Flow
from kaimedia.sandbox.scenes.flower import Flower
from kaimedia.sandbox.scenes.forest import Forest
from kaimedia.sandbox.scenes.glass import Glass
from kaimedia.sandbox.scenes.ink import Ink
from kaimedia.sandbox.scenes.neon import Neon
from kaimedia.sandbox.scenes.paper import Paper
from kaimedia.sandbox.scenes.planet import Planet
from kaimedia.sandbox.scenes.poster import Poster
from kaimedia.sandbox.scenes.reef import Reef
from kaimedia.sandbox.scenes.ridges import Ridges
from kaimedia.sandbox.scenes.spheres import Spheres
from kaimedia.sandbox.scenes.waves import Waves

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
