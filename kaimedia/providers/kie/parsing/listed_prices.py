"""Read one page of kie.ai's price list."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from kaimedia.domain import ListedPrice
from kaimedia.errors import UnexpectedResponse

_MAX_CHARS = 300


def records(data: Any) -> list[Any]:
    """The rows of a page. Raises UnexpectedResponse when there is no list of them."""
    found = data.get("records") if isinstance(data, Mapping) else None
    if not isinstance(found, list):
        raise UnexpectedResponse("kie.ai's reply has no price list.")
    return found


def read(rows: list[Any]) -> Iterator[ListedPrice]:
    """The rows that have a model's id, a description and a price; what else is listed is left out."""
    for row in rows:
        if isinstance(row, Mapping) and (model_id := _model_id(row.get("anchor"))):
            credits, text, unit = _number(row.get("creditPrice")), row.get("modelDescription"), row.get("creditUnit")
            if credits is not None and isinstance(text, str) and isinstance(unit, str):
                yield ListedPrice(model_id, _line(text), _line(unit), credits)


def _model_id(anchor: Any) -> str:
    """The id in the link to a model's page: its parameter `model`, else the page's own name."""
    if not isinstance(anchor, str) or len(anchor) > _MAX_CHARS:
        return ""
    try:
        parts = urlsplit(anchor)
    except ValueError:  # a broken IPv6 host
        return ""
    given = parse_qs(parts.query).get("model", [])
    return _line(given[0] if given else parts.path.strip("/"))


def _number(value: Any) -> float | None:
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and number > 0 else None


def _line(text: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:_MAX_CHARS]
