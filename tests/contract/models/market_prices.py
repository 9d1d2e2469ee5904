"""The price of a `createTask` body by the data set of the provider's models alone, without the product's catalog."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

Span = tuple[float, float | None]  # from, to (None: no limit known)

# Of the sizes that the provider only names. It does not say whether part of a megapixel counts as a whole one.
NAMED_PX = {
    "square_hd": 1024 * 1024,
    "portrait_4_3": 768 * 1024,
    "portrait_16_9": 576 * 1024,
    "landscape_4_3": 1024 * 768,
    "landscape_16_9": 1024 * 576,
}
VIDEOS, SOUNDS = ("video_url", "video_urls"), ("audio_url", "audio_urls")


def price(
    entry: Mapping[str, Any], given: Mapping[str, Any], lengths: Mapping[str, float], at: datetime
) -> Span | None:
    """Credits for the `input` of a body; None where the list has no number.

    `lengths` are the seconds of links, without those that are not known.
    """
    params = {param["name"]: param for param in entry["params"]}
    values = {name: given.get(name, param.get("default")) for name, param in params.items()}
    rates = list(_rates(entry, values, params, at))
    known = [rate for rate, _ in rates if rate is not None]
    if not known:
        return None
    highest = None if any(is_open for _, is_open in rates) else max(known)
    units = _units(entry, values, params, lengths)
    extras = sum(_extra(each, values, params) for each in entry["price"].get("extras") or ())
    high = None if highest is None or units[1] is None else round(highest * units[1] + extras, 4)
    if highest == 0:
        return extras, extras
    return round(min(known) * units[0] + extras, 4), high


def _rates(
    entry: Mapping[str, Any], values: Mapping[str, Any], params: Mapping[str, Any], at: datetime
) -> Iterator[tuple[float | None, bool]]:
    """The credits of the rows that may apply, and whether more may be charged."""
    has_video = any(values[name] for name, param in params.items() if param["type"] in VIDEOS or name == "video_list")
    for place, row in enumerate(entry["price"]["table"]):
        is_sure = True
        for key, wanted in row["when"].items():
            fact = has_video if key == "has_video_input" else values.get(key)
            if fact is None:
                is_sure = False
            elif fact != wanted:
                break
        else:
            yield _row(entry["price"], place, row, at)
            if is_sure:
                return


def _row(price: Mapping[str, Any], place: int, row: Mapping[str, Any], at: datetime) -> tuple[float | None, bool]:
    note = price.get("note") or ""
    if found := re.search(r"dated offer until (\S+) (\S+) UTC, undiscounted (\S+) and (\S+)", note):
        end = datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=UTC)
        later = [float(text) for pair in (found[3], found[4]) for text in pair.split("/")]
        return (row["credits"] if at < end else later[place]), False
    found = re.search(r"(\d+p) is an offer until (\d+)-(\d+)-(\d+)$", note)
    if found and row["when"].get("resolution") == found[1]:
        end = datetime(int(found[2]), int(found[3]), int(found[4]), 23, 59, 59, tzinfo=UTC)
        return row["credits"], at >= end
    return row["credits"], row["credits"] is None


def _units(
    entry: Mapping[str, Any], values: Mapping[str, Any], params: Mapping[str, Any], lengths: Mapping[str, float]
) -> Span:
    times = entry["price"]["times"] or ""
    if times in ("", "max_images", "num_images", "n"):
        return (int(values[times] or 1) if times else 1,) * 2
    if times == "output count":
        return 1, entry["output"].get("count_max")
    if times == "num_frames / frames_per_second":
        return (values["num_frames"] / values["frames_per_second"],) * 2
    if times.startswith("output megapixels"):
        return _megapixels(values)
    return _billed_seconds(times, values, params, lengths)


def _megapixels(values: Mapping[str, Any]) -> Span:
    if "image_size" not in values:
        return 0, None
    count, exact = int(values.get("num_images") or 1), NAMED_PX[values["image_size"]] / 2**20
    return exact * count, math.ceil(exact) * count


def _billed_seconds(
    times: str, values: Mapping[str, Any], params: Mapping[str, Any], lengths: Mapping[str, float]
) -> Span:
    if times == "audio seconds":
        return _seconds(values, params, SOUNDS, lengths)
    if not times.startswith("duration"):
        if int(values.get("duration") or 0) > 0:
            return (int(values["duration"]),) * 2
        return _seconds(values, params, VIDEOS, lengths)
    low, high = _length(values["duration"], params["duration"])
    if "reference video" in times and any(values[name] for name, param in params.items() if param["type"] in VIDEOS):
        more = _seconds(values, params, VIDEOS, lengths)
        return low + more[0], None if more[1] is None else high + more[1]
    return low, high


def _length(value: Any, param: Mapping[str, Any]) -> tuple[int, int]:
    if int(value) > 0:
        return int(value), int(value)
    positive = [int(each) for each in param.get("values", ()) if int(each) > 0]
    return (min(positive), max(positive)) if positive else (param["min"], param["max"])


def _seconds(
    values: Mapping[str, Any], params: Mapping[str, Any], types: tuple[str, ...], lengths: Mapping[str, float]
) -> Span:
    low, high = 0.0, 0.0
    for name, param in params.items():
        if param["type"] not in types or not values[name]:
            continue
        links = values[name] if isinstance(values[name], list) else [values[name]]
        known, missing = sum(lengths.get(link, 0) for link in links), sum(link not in lengths for link in links)
        low += known + missing * (param.get("min_item_s") or 0)
        limits = [known + missing * param["max_item_s"]] if param.get("max_item_s") else []
        limits += [param["max_total_s"]] if param.get("max_total_s") else []
        high += max(min(limits, default=math.inf), known) if missing else known
    return low, None if math.isinf(high) else high


def _extra(extra: Mapping[str, Any], values: Mapping[str, Any], params: Mapping[str, Any]) -> float:
    if extra["per"] == "input image":
        names = [name for name, param in params.items() if param["type"] in ("image_url", "image_urls")]
    else:
        names = [extra["per"].removesuffix(" item")]
    count = sum(len(value) if isinstance(value := values[name] or (), list | tuple) else 1 for name in names)
    return extra["credits"] * max(0, count - extra["after"])
