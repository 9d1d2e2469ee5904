"""Color palettes: six roles each, chosen by the words of a prompt, blended in OKLab."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from kaimedia.sandbox.drawing.color_terms import BODY, CURATED, GROUPS, HUES, LIGHT_SOURCES, MOODS

Color = tuple[float, float, float]
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
    """Six colors, sRGB 0-1: the first five go from dark to light, `accent` contrasts with them."""

    deep: Color
    dusk: Color
    body: Color
    glow: Color
    light: Color
    accent: Color

    @property
    def tones(self) -> tuple[Color, ...]:
        """The five tones from dark to light."""
        return (self.deep, self.dusk, self.body, self.glow, self.light)


def from_hex(text: str) -> Color:
    """`1a2b3c` as sRGB 0-1."""
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return (red, green, blue)


def to_oklab(colors: Sequence[Color]) -> npt.NDArray[Any]:
    """(n, 3) sRGB 0-1 to (n, 3) OKLab."""
    rgb = np.asarray(colors, dtype=np.float64)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T)


def from_oklab(lab: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """(n, 3) OKLab to (n, 3) sRGB, clipped to 0-1."""
    lms = (lab @ np.linalg.inv(_TO_LAB).T) ** 3
    linear = np.clip(lms @ np.linalg.inv(_TO_LMS).T, 0.0, 1.0)
    return np.asarray(np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055))


def from_polar(lightness: float, chroma: float, hue_deg: float) -> Color:
    """OKLCH to sRGB, clipped to 0-1."""
    angle = math.radians(hue_deg)
    lab = np.array([[lightness, chroma * math.cos(angle), chroma * math.sin(angle)]])
    red, green, blue = from_oklab(lab)[0]
    return (float(red), float(green), float(blue))


def ramp(colors: Sequence[Color], stops: Sequence[float] | None = None) -> Ramp:
    """A lookup table (3, RAMP_STEPS), float32, that blends the colors without gray in between."""
    lab = to_oklab(colors)
    at = np.linspace(0.0, 1.0, len(colors)) if stops is None else np.asarray(stops, dtype=np.float64)
    steps = np.linspace(0.0, 1.0, RAMP_STEPS)
    blended = np.stack([np.interp(steps, at, lab[:, axis]) for axis in range(3)], axis=1)
    return np.asarray(from_oklab(blended).T, dtype=np.float32)


def blend(first: Color, second: Color, share: float) -> Color:
    """`share` 0 gives the first color, 1 the second."""
    lab = to_oklab([first, second])
    red, green, blue = from_oklab((lab[0] * (1 - share) + lab[1] * share)[None])[0]
    return (float(red), float(green), float(blue))


def shift(color: Color, *, lightness: float = 0.0, chroma: float = 1.0, hue_deg: float = 0.0) -> Color:
    """Adjust one color: lightness is added (0-1 scale), chroma multiplied, hue rotated."""
    light, a, b = to_oklab([color])[0]
    hue = math.degrees(math.atan2(b, a)) + hue_deg
    return from_polar(min(1.0, max(0.0, light + lightness)), math.hypot(a, b) * chroma, hue)


def choose(prompt_terms: Sequence[str], favorites: Sequence[str], seed: int, variant: int) -> Palette:
    """The palette of one variant: the colors the prompt names, else one of the scene's favorites.

    Consecutive variants never get the same palette.
    """
    hues, accent_hue = _named_hues(prompt_terms)
    rng = np.random.default_rng([seed, variant, 77])
    group = next((GROUPS[word] for word in prompt_terms if word in GROUPS), None)
    if hues:
        palette = _from_hues(hues, seed, variant, rng)
    else:
        names = sorted(group, key=lambda name: name not in favorites) if group else list(favorites)
        palette = _curated(names[(seed + variant) % len(names)], rng)
    if accent_hue is not None:
        palette = replace(
            palette, accent=from_polar(0.64 + 0.2 * _yellowness(accent_hue[0]), max(accent_hue[1], 0.02), accent_hue[0])
        )
    return _in_mood(palette, [MOODS[word] for word in prompt_terms if word in MOODS])


def _named_hues(words: Sequence[str]) -> tuple[list[tuple[float, float]], tuple[float, float] | None]:
    """Hues for the whole image, and the one that applies only to a sun or a moon."""
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
    # Yellow leaves no room for a hue sweep: its lighter tones would turn green, its darker ones brown.
    sweep += (12.0 + 5.0 * turn - sweep) * yellow
    tones = [
        from_polar(level + lift + 0.10 * yellow * strength, chroma * strength, hue + sweep * min(lean, 1.0 - yellow))
        for level, strength, lean in BODY
    ]
    rest = [other for other in hues if other[0] != hue]
    if len(rest) > 1:
        tones[1] = from_polar(0.42 + 0.25 * _yellowness(rest[1][0]), rest[1][1], rest[1][0])
    if rest:
        accent = from_polar(0.66 + 0.20 * _yellowness(rest[0][0]), rest[0][1], rest[0][0])
    else:
        accent = from_polar(0.74, min(0.15, chroma + 0.03), hue + (165.0, 60.0, -75.0, 120.0)[turn])
    return Palette(*[*tones, accent])


def _yellowness(hue_deg: float) -> float:
    """1 at yellow, falling to 0 at orange and green."""
    return math.exp(-(((hue_deg - 92.0) / 22.0) ** 2))


def _curated(name: str, rng: np.random.Generator) -> Palette:
    turn = float(rng.uniform(-7, 7))
    colors = [shift(from_hex(text), hue_deg=turn) for text in CURATED[name].split()]
    return Palette(*colors)


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
