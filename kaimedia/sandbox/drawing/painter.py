"""Images for the sandbox, drawn from the prompt and reproducible."""

from __future__ import annotations

import hashlib

import numpy as np
from PIL import Image

from kaimedia.sandbox.drawing.canvas import Canvas, Moment
from kaimedia.sandbox.drawing.palette import choose
from kaimedia.sandbox.drawing.scenes import Scene
from kaimedia.sandbox.drawing.subject import scene_for, terms_of
from kaimedia.sandbox.drawing.watermark import stamp

STILL = Moment(time_s=0.0, length_s=8.0)


def render_image(prompt: str, width: int, height: int, variant: int, seed: int) -> Image.Image:
    """A watermarked RGB image of exactly this size in pixels.

    The same arguments give the same pixels. Another variant has another palette and composition of the same
    subject; another seed starts from another palette and composition.
    """
    scene = stage(prompt, width, height, variant, seed)
    return stamp(Image.fromarray(scene.pixels(STILL)))


def stage(prompt: str, width: int, height: int, variant: int, seed: int) -> Scene:
    """The scene for a prompt, composed for this size and ready to be drawn at any moment."""
    terms = terms_of(prompt)
    kind = scene_for(prompt)
    base = _number(prompt)
    palette = choose(terms, kind.favorites, (base + seed) % 1_000_003, variant)
    rng = np.random.default_rng([base, seed % 2**32, variant])
    return kind(Canvas(width, height), palette, rng, prompt)


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=4).digest(), "big")
