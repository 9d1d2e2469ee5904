"""Result links: where they stand in a record, and the forms they take.

Source: docs.kie.ai, record and callback pages of all families, state of 2026-10.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_CONTAINERS = ("response", "resultJson", "resultInfoJson", "videoInfo", "info", "result")
_KEYS = (
    "resultUrls",
    "result_urls",
    "videoUrls",
    "video_urls",
    "videos",
    "images",
    "works",
    "resultUrl",
    "resultVideoUrl",
    "result_video_url",
    "videoUrl",
    "video_url",
    "resultImageUrl",
    "result_image_url",
    "imageUrls",
    "imageUrl",
    "image_url",
    "fullResultUrls",
    "originUrls",
    "audioUrl",
    "url",
)
# In records of clips these hold the cover picture, never the result.
_COVER_KEYS = frozenset({"images", "resultImageUrl", "result_image_url", "imageUrls", "imageUrl", "image_url"})
_ITEM_KEYS = ("url", "resultUrl", "resource", "videoUrl", "imageUrl")
_LINK = re.compile(r"(?i)https?://[^\s/?#\x00-\x1f\x7f\ud800-\udfff]+[^\s\x00-\x1f\x7f\ud800-\udfff]*")
_BETWEEN_LINKS = re.compile(r"(?i),\s*(?=[\"']?https?://)")


def result_links(record: Mapping[str, Any], *, is_video: bool) -> tuple[str, ...]:
    """The result links of a record, in the provider's order, without repeats; () when there is none yet.

    The first container with a link counts, and in it the first key that yields one.
    """
    for name in _CONTAINERS:
        found = _of_container(record.get(name), is_video=is_video)
        if found:
            return found
    return _of_keys(record, is_video=is_video)


def read_links(value: Any, *, is_video: bool = False) -> tuple[str, ...]:
    """The links in one value: a list, a list of objects, a plain link, or a list written as text."""
    return tuple(dict.fromkeys(_each(value, is_video=is_video)))


def _of_container(value: Any, *, is_video: bool) -> tuple[str, ...]:
    if isinstance(value, str):
        value = _decoded(value)
    if isinstance(value, Mapping):
        return _of_keys(value, is_video=is_video)
    return read_links(value, is_video=is_video)


def _of_keys(container: Mapping[str, Any], *, is_video: bool) -> tuple[str, ...]:
    for key in _KEYS:
        if is_video and key in _COVER_KEYS:
            continue
        found = read_links(container.get(key), is_video=is_video)
        if found:
            return found
    return ()


def _each(value: Any, *, is_video: bool) -> Iterator[str]:
    items = _decoded(value) if isinstance(value, str) else value
    if isinstance(items, str):
        items = _BETWEEN_LINKS.split(items.strip().removeprefix("[").removesuffix("]"))
    if isinstance(items, Mapping):
        items = [items]
    if not isinstance(items, list):
        return
    for item in items:
        link = _of_item(item, is_video=is_video) if isinstance(item, Mapping) else item
        if isinstance(link, str) and _LINK.fullmatch(link := link.strip().strip("\"'")):
            yield link


def _of_item(item: Mapping[str, Any], *, is_video: bool) -> Any:
    for key in _ITEM_KEYS:
        if item.get(key) and not (is_video and key in _COVER_KEYS):
            return item[key]
    return None


def _decoded(text: str) -> Any:
    """JSON held in a text, at most twice over; the text itself when it is none."""
    value: Any = text
    for _ in range(2):
        if not isinstance(value, str):
            break
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            break
    return value
