"""From OpenAI's `size` to what our models take: a ratio, and a resolution where they have one."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from kaimedia.errors import InvalidRequest
from kaimedia.models.params import Param
from kaimedia.models.spec import ModelSpec

AUTO = "auto"
_SIZE = re.compile(r"([1-9]\d{1,4})x([1-9]\d{1,4})")
_RATIO = re.compile(r"(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)")
_KILO = re.compile(r"(\d+(?:\.\d+)?)K")
# A tier covers sizes up to this many times its own square: OpenAI's usual 1536x1024 and 1792x1024 are 1K elsewhere.
_COVERS = 1.4
_PARAMS = ("resolution", "image_resolution", "size")


def read_size(text: str | None) -> tuple[int, int] | None:
    """Width and height in pixels, None for "auto" or nothing.

    Raises:
        InvalidRequest: it is neither that nor like "1024x1024".
    """
    if text is None or text == AUTO:
        return None
    found = _SIZE.fullmatch(text)
    if found is None:
        raise InvalidRequest(
            f"“{text[:40]}” is not a size.", field="size", next_step="Use WIDTHxHEIGHT, like 1024x1024, or “auto”."
        )
    return int(found[1]), int(found[2])


def nearest_ratio(ratios: Iterable[str], size_px: tuple[int, int]) -> str:
    """Of a model's aspect ratios the one closest to a size; "" if it has none with numbers."""
    wanted = math.log(size_px[0] / size_px[1])
    distances = {
        ratio: abs(math.log(float(found[1]) / float(found[2])) - wanted)
        for ratio in ratios
        if (found := _RATIO.fullmatch(ratio))
    }
    return min(distances, key=distances.__getitem__, default="")


def resolution(spec: ModelSpec, size_px: tuple[int, int]) -> dict[str, str]:
    """The model's resolution for a size, as a parameter: the smallest that covers it, else its largest."""
    param, tiers = _tiers(spec)
    if param is None:
        return {}
    side_px = math.sqrt(size_px[0] * size_px[1])
    covering = [tier for tier, px in tiers if px * _COVERS >= side_px]
    return {param.name: covering[0] if covering else tiers[-1][0]}


def _tiers(spec: ModelSpec) -> tuple[Param | None, list[tuple[str, float]]]:
    """The parameter with choices like "2K", and those choices with their side in pixels, from the smallest on."""
    for param in filter(None, map(spec.param, _PARAMS)):
        found = [(choice, _KILO.fullmatch(str(choice))) for choice in param.choices]
        tiers = sorted(((str(choice), float(m[1]) * 1024) for choice, m in found if m), key=lambda tier: tier[1])
        if tiers:
            return param, tiers
    return None, []
