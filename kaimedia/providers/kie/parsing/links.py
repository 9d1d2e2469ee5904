"""Result links: where they are in a record, and the forms they take.

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
# In records of videos these hold the cover image, never the result.
_COVER_KEYS = frozenset({"images", "resultImageUrl", "result_image_url", "imageUrls", "imageUrl", "image_url"})
_ITEM_KEYS = ("url", "resultUrl", "resource", "videoUrl", "imageUrl", "downloadUrl", "download_url", "fileUrl", "uri")
_LINK = re.compile(r"(?i)https?://[^\s/?#\x00-\x1f\x7f\ud800-\udfff]+[^\x00-\x1f\x7f\ud800-\udfff]*")
_BETWEEN_LINKS = re.compile(r"(?i)(?:,|\s)\s*(?=[\"']?https?://)")
_BREAKS = str.maketrans("", "", "\t\r\n")
_MAX_DEPTH = 8
# Parts of names (lower case, letters only) whose links are not results: inputs, extras beside a result, callbacks.
_NOT_RESULT = re.compile(
    "input|param|request|refer|thumb|cover|poster|preview|snapshot|callback|webhook|mask|frame|startimage|endimage|"
    "originimage|originvideo|tailimage|sourceimage|sourcevideo|sourceurl|avatar|icon|logo|prompt|error|fail|msg|message|"
    "config|meta|docs"
)


def result_links(record: Mapping[str, Any], *, is_video: bool) -> tuple[str, ...]:
    """The result links of a record, in the provider's order, without duplicates; () when there are none yet.

    The first container with a link counts, and within it the first key that yields one. If no known name leads to
    a link, any link counts unless its name is that of an input or of something that accompanies the result.
    """
    for name in _CONTAINERS:
        found = _of_container(record.get(name), is_video=is_video)
        if found:
            return found
    return _of_keys(record, is_video=is_video) or tuple(dict.fromkeys(_by_shape(record, is_video=is_video)))


def holds_unreadable_result(record: Mapping[str, Any]) -> bool:
    """Whether a record without a readable link still has a value where results are expected."""
    places = [record, *(value for name in _CONTAINERS if isinstance(value := _decoded(record.get(name)), Mapping))]
    values = [place.get(key) for place in places for key in _KEYS]
    texts = [value for name in _CONTAINERS if isinstance(value := _decoded(record.get(name)), str)]
    return any(_has_text(value) for value in (*values, *texts))


def read_links(value: Any, *, is_video: bool = False) -> tuple[str, ...]:
    """The links in one value: a list, a list of objects, a single link, or a list written as text."""
    return tuple(dict.fromkeys(_each(value, is_video=is_video)))


def _of_container(value: Any, *, is_video: bool) -> tuple[str, ...]:
    value = _decoded(value)
    if isinstance(value, Mapping):
        by_shape = _by_shape(value, is_video=is_video)
        return _of_keys(value, is_video=is_video) or tuple(dict.fromkeys(by_shape)) or _masks(value.get("resultObject"))
    return read_links(value, is_video=is_video)


def _masks(value: Any) -> tuple[str, ...]:
    """The results of models that find subjects or regions: masks, which elsewhere accompany a result."""
    value = _decoded(value)
    if not isinstance(value, Mapping):
        return ()
    segments = value.get("segments")
    regions = segments if isinstance(segments, list) else []
    of_regions = [region.get("maskUrl") for region in regions if isinstance(region, Mapping)]
    return read_links(value.get("mask_urls")) or read_links(of_regions)


def _of_keys(container: Mapping[str, Any], *, is_video: bool) -> tuple[str, ...]:
    for key in _KEYS:
        if is_video and key in _COVER_KEYS:
            continue
        found = read_links(container.get(key), is_video=is_video)
        if found:
            return found
    return ()


def _each(value: Any, *, is_video: bool, depth: int = 0) -> Iterator[str]:
    value = _decoded(value)
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, str):
        for part in _BETWEEN_LINKS.split(value.strip().removeprefix("[").removesuffix("]")):
            link = part.strip().strip("\"'").translate(_BREAKS)
            if _LINK.fullmatch(link):
                yield link
    elif isinstance(value, Mapping):
        yield from _of_item(value, is_video=is_video, depth=depth)
    elif isinstance(value, list):
        for item in value:
            yield from _each(item, is_video=is_video, depth=depth + 1)


def _of_item(item: Mapping[str, Any], *, is_video: bool, depth: int) -> Iterator[str]:
    """The link of an object: under one of the usual names, else anywhere inside it."""
    for key in _ITEM_KEYS:
        if is_video and key in _COVER_KEYS:
            continue
        found = tuple(_each(item.get(key), is_video=is_video, depth=depth + 1))
        if found:
            yield from found
            return
    yield from _by_shape(item, is_video=is_video, depth=depth + 1)


def _by_shape(container: Mapping[str, Any], *, is_video: bool, depth: int = 0) -> Iterator[str]:
    """Links under names that do not rule them out as results."""
    if depth > _MAX_DEPTH:
        return
    for key, value in container.items():
        if _NOT_RESULT.search(_letters(key)) or (is_video and key in _COVER_KEYS):
            continue
        value = _decoded(value)
        if isinstance(value, Mapping):
            yield from _by_shape(value, is_video=is_video, depth=depth + 1)
        else:
            yield from _each(value, is_video=is_video, depth=depth + 1)


def _letters(key: Any) -> str:
    return "".join(character for character in str(key).lower() if character.isalpha())


def _has_text(value: Any) -> bool:
    value = _decoded(value)
    if isinstance(value, Mapping):
        return any(_has_text(each) for each in value.values())
    if isinstance(value, list):
        return any(_has_text(each) for each in value)
    return isinstance(value, str) and bool(value.strip())


def _decoded(value: Any) -> Any:
    """The value decoded from JSON text, at most twice; the value itself if it is not JSON text."""
    for _ in range(2):
        if not isinstance(value, str) or not value.lstrip().startswith(("{", "[", '"')):
            break
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            break
    return value
