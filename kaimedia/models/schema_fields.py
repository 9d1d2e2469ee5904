"""One field of a schema as an entry of the catalog's data files; what is not understood is None, never guessed."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from kaimedia.domain import Modality
from kaimedia.models.catalogue.labels import FIELDS
from kaimedia.models.catalogue.market import RATIOS
from kaimedia.models.params import LARGEST_NUMBER
from kaimedia.models.schema_node import MOST_VALUES, Node

ASPECT_NAMES = ("aspect_ratio", "image_size", "ratio", "size")
# Names that a request has for something else.
RESERVED = frozenset(
    {"model", "prompt", "references", "aspect_ratio", "duration", "duration_s", "variants", "n_variants", "enhance"}
) | frozenset({"is_enhance", "image_url", "image_media_id", "image_upload_id"})
_RATIO = re.compile(r"[1-9][0-9]*:[1-9][0-9]*|auto")
_MOST_CHARS = 100_000
_FINEST_STEP = 1e-9  # values are rounded to nine places
_WHOLE = re.compile(r"-?[0-9]{1,4}")


def prompt(node: Node) -> dict[str, Any] | None:
    """The prompt."""
    if node.type != "string" or node.values:
        return None
    found: dict[str, Any] = {"is": "prompt"}
    if most := node.count("maxLength"):
        found["max_chars"] = min(most, _MOST_CHARS)
    if (least := node.count("minLength")) and least <= found.get("max_chars", least):
        found["min_chars"] = least
    return found


def aspect_ratio(node: Node) -> dict[str, Any] | None:
    """A choice of which all values are ratios, or names of ratios, and none is meant by two of them."""
    if node.type != "string" or len(node.values) < 2:
        return None
    ratios = [RATIOS.get(value, value) for value in node.values]
    if not all(map(_RATIO.fullmatch, ratios)) or len(set(ratios)) < len(ratios):
        return None
    return {"is": "aspect_ratio", "values": list(node.values), **_default(node)}


def duration(node: Node, modality: Modality) -> dict[str, Any] | None:
    """The length of a video: a choice of whole seconds, as numbers or text, or a range of them."""
    if modality is not Modality.VIDEO:
        return None
    values: Sequence[Any] = node.values
    if not values and node.type in ("integer", "number"):
        low, high = node.number("minimum"), node.number("maximum")
        if low is None or high is None or not 0 <= high - low < MOST_VALUES:
            return None
        values = range(math.ceil(low), math.floor(high) + 1)
    lengths = [value for value in values if _WHOLE.fullmatch(str(value))]
    is_usable = any(int(length) > 0 for length in lengths) and len(lengths) == len(set(map(int, lengths)))
    if not is_usable or len(lengths) < len(values):
        return None
    default = node.keywords.get("default")
    return {"is": "duration", "values": lengths, **({"default": default} if default in lengths else {})}


def param(name: str, node: Node, *, is_required: bool) -> dict[str, Any] | None:
    """A field of the model's own."""
    if name in RESERVED:
        return None
    kinds = {
        "string": _text,
        "integer": _number,
        "number": _number,
        "boolean": _flag,
        "array": _list,
    }
    found = _choice(node) if node.values and node.type != "boolean" else None
    if found is None and node.type in kinds and not node.values:
        found = kinds[node.type](node)
    elif found is None and node.type == "boolean":
        found = _flag(node)
    if found is None:
        return None
    if not (name in FIELDS and FIELDS[name].help) and node.text:
        found["help"] = node.text
    if is_required and found["kind"] == "objects" and "default" not in found:
        found["default"] = []
    return {"is": "param", **found}


def _default(node: Node) -> dict[str, Any]:
    default = node.keywords.get("default")
    return {"default": default} if node.takes(default) else {}


def _choice(node: Node) -> dict[str, Any] | None:
    if node.type not in ("string", "integer", "number"):
        return None
    return {"kind": "choice", "choices": list(node.values), **_default(node)}


def _text(node: Node) -> dict[str, Any]:
    most = node.count("maxLength")
    found: dict[str, Any] = {"kind": "text"}
    if most:
        found["max_chars"] = min(most, _MOST_CHARS)
    default = _default(node)
    return found | (default if len(default.get("default", "")) <= found.get("max_chars", _MOST_CHARS) else {})


def _flag(node: Node) -> dict[str, Any]:
    default = node.keywords.get("default")
    return {"kind": "flag", **({"default": default} if isinstance(default, bool) else {})}


def _number(node: Node) -> dict[str, Any] | None:
    """A number within its bounds; a choice of one where these leave one, None where they leave none."""
    is_whole = node.type == "integer"
    low, high = _bounds(node, is_whole=is_whole)
    if (-LARGEST_NUMBER if low is None else low) > (LARGEST_NUMBER if high is None else high):
        return None
    if low is not None and low == high:
        return {"kind": "choice", "choices": [low], **({"default": low} if node.number("default") == low else {})}
    found: dict[str, Any] = {"kind": "number"}
    bounds: Mapping[str, float | None] = {"minimum": low, "maximum": high}
    found |= {name: bound for name, bound in bounds.items() if bound is not None}
    if is_whole:
        found["whole"] = True
    step = _step(node, is_whole=is_whole)
    if step is not None and _is_multiple(low or 0, step):
        found["step"] = step
    default = node.number("default") if node.takes(node.keywords.get("default")) else None
    if default is None or (low is not None and default < low) or (high is not None and default > high):
        return found
    if abs(default) > LARGEST_NUMBER or ("step" in found and not _is_multiple(default - (low or 0), found["step"])):
        return found
    return found | {"default": default}


def _bounds(node: Node, *, is_whole: bool) -> tuple[float | None, float | None]:
    """The lowest and the highest value, within what any field takes; None where there is none."""
    low, high = node.number("minimum"), node.number("maximum")
    above, below = node.number("exclusiveMinimum"), node.number("exclusiveMaximum")
    if low is None and above is not None:
        low = math.floor(above) + 1 if is_whole else above
    if high is None and below is not None:
        high = math.ceil(below) - 1 if is_whole else below
    if low is not None:
        low = max(math.ceil(low) if is_whole else low, -LARGEST_NUMBER)
    if high is not None:
        high = min(math.floor(high) if is_whole else high, LARGEST_NUMBER)
    return low, high


def _step(node: Node, *, is_whole: bool) -> float | None:
    """None for none, and for one that no field keeps to: finer than values are rounded, or a fraction of a whole."""
    step = node.number("multipleOf")
    if step is None or not _FINEST_STEP <= step <= LARGEST_NUMBER:
        return None
    if not is_whole:
        return step
    return int(step) if step == int(step) and step != 1 else None


def _is_multiple(value: float, step: float) -> bool:
    return abs(value / step - round(value / step)) < 1e-6


def _list(node: Node) -> dict[str, Any] | None:
    items = node.items
    found: dict[str, Any] = {}
    for keyword, name in (("minItems", "min_items"), ("maxItems", "max_items")):
        if (count := node.count(keyword)) is not None:
            found[name] = count
    if items is None:
        return None
    if items.type in ("string", "integer"):
        whole = {"whole": True} if items.type == "integer" else {}
        return {"kind": "list", **whole, **found}
    if items.type == "array" and items.items is not None and items.items.type in ("integer", "number"):
        return {"kind": "objects", **found}
    properties = items.keywords.get("properties")
    if items.type == "object" and isinstance(properties, Mapping) and properties:
        texts = {str(name): _about(schema) for name, schema in properties.items()}
        return {"kind": "objects", "item": texts, **found}
    return None


def _about(schema: Any) -> str:
    found = schema.get("description") if isinstance(schema, Mapping) else None
    return " ".join(found.split())[:100] if isinstance(found, str) else ""
