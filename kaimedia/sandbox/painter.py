"""Pictures for the sandbox: drawn from the words of the prompt, the same every time."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from PIL import Image

from kaimedia.sandbox.brush import Canvas, Moment
from kaimedia.sandbox.mark import stamp
from kaimedia.sandbox.palette import choose
from kaimedia.sandbox.scenes import SCENES, Scene
from kaimedia.sandbox.scenes.subjects import HINTS, WORDS

STILL = Moment(time_s=0.0, length_s=8.0)
_PHRASES = {
    "northern lights": "northernlights",
    "black and white": "blackandwhite",
    "black & white": "blackandwhite",
    "golden hour": "sunset",
    "blue hour": "dusk",
    "stained glass": "stainedglass",
}


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
    kind = kind_of(prompt)
    base = _number(prompt)
    palette = choose(words, kind.favourites, (base + seed) % 1_000_003, variant)
    rng = np.random.default_rng([base, seed % 2**32, variant])
    return kind(Canvas(width, height), palette, rng)


def kind_of(prompt: str) -> type[Scene]:
    """The subject that is drawn for this prompt."""
    return pick(words_of(prompt))


def words_of(prompt: str) -> list[str]:
    """Lower-case words in order, plurals cut, known phrases joined."""
    text = prompt.casefold()
    for phrase, word in _PHRASES.items():
        text = text.replace(phrase, f" {word} ")
    return [_singular(word) for word in re.findall(r"[^\W_]+(?:-[^\W_]+)*", text)]


def pick(words: Sequence[str]) -> type[Scene]:
    """The scene that most of the words ask for; an unknown subject gets one by its hash, always the same."""
    parts = [part for word in words for part in ([word, *word.split("-")] if "-" in word else [word])]
    best = max(SCENES, key=lambda kind: _score(kind, parts))
    if _score(best, parts) > 0:
        return best
    return SCENES[_number(" ".join(words)) % len(SCENES)]


def _score(kind: type[Scene], words: Sequence[str]) -> float:
    asked, fitting = _SUBJECTS[kind]
    # Earlier words weigh a little more: a prompt begins with its subject.
    points = sum(3.0 - at * 0.01 for at, word in enumerate(words[:60]) if word in asked)
    return points + sum(1.0 for word in set(words) if word in fitting)


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=4).digest(), "big")


_SUBJECTS = {
    kind: tuple(frozenset(_singular(word) for word in table[kind.__name__.lower()].split()) for table in (WORDS, HINTS))
    for kind in SCENES
}
