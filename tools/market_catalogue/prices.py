"""The price of one id."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tools.market_catalogue.names import Names

_SECONDS_OF = {
    "audio seconds": "audio",
    "output seconds (driving video)": "driving_video",
    "output seconds": "source_video",
    "source seconds": "source_video",
}
# "dated offer until 2026-10-07 06:00 UTC, undiscounted 15.5/9 and 33/20": the rows of the table, in their order
_OFFER = re.compile(r"dated offer until ([0-9-]{10}) ([0-9:]{5}) UTC, undiscounted ([0-9./]+) and ([0-9./]+)")
# "1080p is an offer until 2026-10-17": what follows is not published
_PART_OFFER = re.compile(r"([0-9]+p) is an offer until ([0-9-]{10})$")


def price_of(entry: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The price of one id: rows by our names, and what their credits are for."""
    price = entry["price"]
    times = price["times"] or ""
    has_count = any(field["is"] == "variants" for field in names.by_name.values())
    if price["unit"] == "per second":
        has_length = any(field["is"] == "duration" for field in names.by_name.values())
        is_framed = " / " in times
        unit = "second" if is_framed or (times.startswith("duration") and has_length) else "input_second"
    elif price["unit"] == "per image":
        unit = "image" if has_count or entry["output"]["count"] == 1 else "generation"
    else:
        unit = {"per megapixel": "megapixel", "per output layer": "layer"}.get(price["unit"], "generation")
    found: dict[str, Any] = {"unit": unit, "as_of": price["as_of"]}
    found["rows"] = [{"when": names.conditions(row["when"]), "credits": row["credits"]} for row in price["table"]]
    if "reference video" in times:
        found["adds_input_seconds"] = True
    if unit == "input_second":
        found["seconds_of"] = _SECONDS_OF[times]
    if " / " in times:
        found["frames"] = times.split(" / ")
    if unit == "layer" and entry["output"].get("count_max"):
        found["most"] = entry["output"]["count_max"]
    found |= _offers(found["rows"], price.get("note") or "")
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


def _offers(rows: list[dict[str, Any]], note: str) -> dict[str, Any]:
    """The rows after an offer, and those of the offer, as the note gives them; nothing without one."""
    if found := _OFFER.search(note):
        regular = [float(text) if "." in text else int(text) for text in f"{found[3]}/{found[4]}".split("/")]
        later = [{**row, "credits": credits} for row, credits in zip(rows, regular, strict=True)]
        return {"rows": later, "offers": [{"ends_at": f"{found[1]}T{found[2]}:00Z", "rows": rows}]}
    if found := _PART_OFFER.search(note):
        offered = [row for row in rows if row["when"].get("resolution") == found[1]]
        later = [{**row, "credits": None} if row in offered else row for row in rows]
        return {"rows": later, "offers": [{"ends_at": f"{found[2]}T23:59:59Z", "rows": offered}]}
    return {}
