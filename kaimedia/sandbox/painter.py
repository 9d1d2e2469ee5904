"""Pictures for the sandbox: drawn from the words of the prompt, the same every time."""

from __future__ import annotations

import hashlib

import numpy as np
from PIL import Image

from kaimedia.sandbox.brush import Canvas, Moment
from kaimedia.sandbox.mark import stamp
from kaimedia.sandbox.palette import choose
from kaimedia.sandbox.scenes import Scene
from kaimedia.sandbox.subject import scene_for, words_of

STILL = Moment(time_s=0.0, length_s=8.0)


def paint(prompt: str, width: int, height: int, variant: int, seed: int) -> Image.Image:
    """A marked RGB picture of exactly this size in pixels.

    The same arguments give the same pixels. Another variant has another palette and composition of the same
    subject; another seed begins elsewhere.
    """
    scene = stage(prompt, width, height, variant, seed)
    return stamp(Image.fromarray(scene.pixels(STILL)))


def stage(prompt: str, width: int, height: int, variant: int, seed: int) -> Scene:
    """The scene for a prompt, composed for this many pixels and ready to be drawn at any moment."""
    words = words_of(prompt)
    kind = scene_for(prompt)
    base = _number(prompt)
    palette = choose(words, kind.favourites, (base + seed) % 1_000_003, variant)
    rng = np.random.default_rng([base, seed % 2**32, variant])
    return kind(Canvas(width, height), palette, rng, prompt)


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=4).digest(), "big")
