"""Colour harmony: six roles per palette, chosen by the words of a prompt, blended in OKLab."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from kaimedia.sandbox.colour_words import BODY, CURATED, GROUPS, HUES, LIGHT_SOURCES, MOODS

Colour = tuple[float, float, float]
Ramp = npt.NDArray[Any]

RAMP_STEPS = 1024
CURATED_NAMES = frozenset(CURATED)

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


@dataclass(frozen=True)
class Palette:
    """Six colours, sRGB 0-1: the first five run from dark to light, `accent` stands against them."""

    deep: Colour
    dusk: Colour
    body: Colour
    glow: Colour
    light: Colour
    accent: Colour

    @property
    def tones(self) -> tuple[Colour, ...]:
        """The five tones from dark to light."""
        return (self.deep, self.dusk, self.body, self.glow, self.light)


def from_hex(text: str) -> Colour:
    """`1a2b3c` as sRGB 0-1."""
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return (red, green, blue)


def to_oklab(colours: Sequence[Colour]) -> npt.NDArray[Any]:
    """(n, 3) sRGB 0-1 to (n, 3) OKLab."""
    rgb = np.asarray(colours, dtype=np.float64)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T)


def from_oklab(lab: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """(n, 3) OKLab to (n, 3) sRGB, clipped to 0-1."""
    lms = (lab @ np.linalg.inv(_TO_LAB).T) ** 3
    linear = np.clip(lms @ np.linalg.inv(_TO_LMS).T, 0.0, 1.0)
    return np.asarray(np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055))


def from_polar(lightness: float, chroma: float, hue_deg: float) -> Colour:
    """OKLCH to sRGB; chroma is lowered until the colour fits."""
    angle = math.radians(hue_deg)
    lab = np.array([[lightness, chroma * math.cos(angle), chroma * math.sin(angle)]])
    red, green, blue = from_oklab(lab)[0]
    return (float(red), float(green), float(blue))


def ramp(colours: Sequence[Colour], stops: Sequence[float] | None = None) -> Ramp:
    """A look-up table (3, RAMP_STEPS), float32, running through the colours without grey valleys."""
    lab = to_oklab(colours)
    at = np.linspace(0.0, 1.0, len(colours)) if stops is None else np.asarray(stops, dtype=np.float64)
    steps = np.linspace(0.0, 1.0, RAMP_STEPS)
    blended = np.stack([np.interp(steps, at, lab[:, axis]) for axis in range(3)], axis=1)
    return np.asarray(from_oklab(blended).T, dtype=np.float32)


def blend(first: Colour, second: Colour, share: float) -> Colour:
    """`share` 0 gives the first colour, 1 the second."""
    lab = to_oklab([first, second])
    red, green, blue = from_oklab((lab[0] * (1 - share) + lab[1] * share)[None])[0]
    return (float(red), float(green), float(blue))


def shift(colour: Colour, *, lightness: float = 0.0, chroma: float = 1.0, hue_deg: float = 0.0) -> Colour:
    """Move one colour: lightness is added (0-1 scale), chroma multiplied, hue turned."""
    light, a, b = to_oklab([colour])[0]
    hue = math.degrees(math.atan2(b, a)) + hue_deg
    return from_polar(min(1.0, max(0.0, light + lightness)), math.hypot(a, b) * chroma, hue)


def choose(prompt_words: Sequence[str], favourites: Sequence[str], seed: int, variant: int) -> Palette:
    """The palette of one variant: what the words ask for, else one of the scene's favourites.

    Neighbouring variants never get the same palette.
    """
    hues, accent_hue = _asked_hues(prompt_words)
    rng = np.random.default_rng([seed, variant, 77])
    group = next((GROUPS[word] for word in prompt_words if word in GROUPS), None)
    if hues:
        palette = _from_hues(hues, seed, variant, rng)
    else:
        names = sorted(group, key=lambda name: name not in favourites) if group else list(favourites)
        palette = _curated(names[(seed + variant) % len(names)], rng)
    if accent_hue is not None:
        palette = replace(
            palette, accent=from_polar(0.64 + 0.2 * _yellowness(accent_hue[0]), max(accent_hue[1], 0.02), accent_hue[0])
        )
    return _in_mood(palette, [MOODS[word] for word in prompt_words if word in MOODS])


def _asked_hues(words: Sequence[str]) -> tuple[list[tuple[float, float]], tuple[float, float] | None]:
    """Hues for the whole, and the one that belongs to a sun or a moon only."""
    body: list[tuple[float, float]] = []
    accent: tuple[float, float] | None = None
    for at, word in enumerate(words):
        hue = HUES.get(word)
        if hue is None:
            continue
        if at + 1 < len(words) and words[at + 1] in LIGHT_SOURCES:
            accent = hue
        elif hue not in body:
            body.append(hue)
    return body, accent


def _from_hues(hues: list[tuple[float, float]], seed: int, variant: int, rng: np.random.Generator) -> Palette:
    hue, chroma = hues[variant % len(hues)] if len(hues) > 1 and variant % 4 == 3 else hues[0]
    turn = (seed + variant) % 4
    sweep = (32.0, -28.0, 14.0, -50.0)[turn] + float(rng.uniform(-6, 6))
    lift = (0.0, 0.03, -0.035, 0.015)[turn]
    yellow = _yellowness(hue)
    # Yellow has no room to either side: lighter it would turn green, darker it has to turn brown.
    sweep += (12.0 + 5.0 * turn - sweep) * yellow
    tones = [
        from_polar(level + lift + 0.10 * yellow * strength, chroma * strength, hue + sweep * min(lean, 1.0 - yellow))
        for level, strength, lean in BODY
    ]
    others = [other for other in hues if other[0] != hue]
    if len(others) > 1:
        tones[1] = from_polar(0.42 + 0.25 * _yellowness(others[1][0]), others[1][1], others[1][0])
    if others:
        accent = from_polar(0.66 + 0.20 * _yellowness(others[0][0]), others[0][1], others[0][0])
    else:
        accent = from_polar(0.74, min(0.15, chroma + 0.03), hue + (165.0, 60.0, -75.0, 120.0)[turn])
    return Palette(*[*tones, accent])


def _yellowness(hue_deg: float) -> float:
    """1 at yellow, 0 from orange and green on."""
    return math.exp(-(((hue_deg - 92.0) / 22.0) ** 2))


def _curated(name: str, rng: np.random.Generator) -> Palette:
    turn = float(rng.uniform(-7, 7))
    colours = [shift(from_hex(text), hue_deg=turn) for text in CURATED[name].split()]
    return Palette(*colours)


def _in_mood(palette: Palette, moods: Sequence[tuple[float, float]]) -> Palette:
    lift = sum(mood[0] for mood in moods[:2])
    chroma = math.prod(mood[1] for mood in moods[:2])
    if not moods:
        return palette
    weights = (0.5, 0.9, 1.0, 0.8, 0.25)
    tones = [
        shift(tone, lightness=lift * weight, chroma=chroma) for tone, weight in zip(palette.tones, weights, strict=True)
    ]
    return Palette(*[*tones, shift(palette.accent, lightness=lift * 0.3, chroma=chroma)])
