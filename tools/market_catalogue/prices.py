"""The price of one id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tools.market_catalogue.names import Names


def price_of(entry: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The price of one id: rows by our names, and what their credits are for."""
    price = entry["price"]
    times = price["times"] or ""
    has_count = any(field["is"] == "variants" for field in names.by_name.values())
    if price["unit"] == "per second":
        has_length = any(field["is"] == "duration" for field in names.by_name.values())
        unit = "second" if times.startswith("duration") and has_length else "input_second"
    elif price["unit"] == "per image":
        unit = "image" if has_count or entry["output"]["count"] == 1 else "generation"
    else:
        unit = {"per megapixel": "megapixel", "per output layer": "layer"}.get(price["unit"], "generation")
    found: dict[str, Any] = {"unit": unit, "as_of": price["as_of"]}
    found["rows"] = [{"when": names.conditions(row["when"]), "credits": row["credits"]} for row in price["table"]]
    if "reference video" in times:
        found["adds_input_seconds"] = True
    extras = [each for each in price.get("extras") or () if each["per"].endswith(" item")]
    if extras:
        found["extras"] = [
            {"role": names.key(each["per"].removesuffix(" item")), "free": each["after"], "credits": each["credits"]}
            for each in extras
        ]
    if price.get("confirmed"):
        found["confirmed"] = price["confirmed"]
    if price.get("note"):
        found["note"] = price["note"]
    return found
