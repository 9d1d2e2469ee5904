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
_ITEM_KEYS = ("url", "resultUrl", "resource", "videoUrl", "imageUrl", "downloadUrl", "download_url", "fileUrl", "uri")
_LINK = re.compile(r"(?i)https?://[^\s/?#\x00-\x1f\x7f\ud800-\udfff]+[^\x00-\x1f\x7f\ud800-\udfff]*")
_BETWEEN_LINKS = re.compile(r"(?i)(?:,|\s)\s*(?=[\"']?https?://)")
_BREAKS = str.maketrans("", "", "\t\r\n")
_MOST_DEPTH = 8
# Parts of names, in lower case without anything but letters, under which links are no results: what was sent, what
# goes with a result, whom to call.
_NO_RESULT = re.compile(
    "input|param|request|refer|thumb|cover|poster|preview|snapshot|callback|webhook|mask|frame|startimage|endimage|"
    "originimage|originvideo|tailimage|sourceimage|sourcevideo|sourceurl|avatar|icon|logo|prompt|error|fail|msg|message|"
    "config|meta|docs"
)


def result_links(record: Mapping[str, Any], *, is_video: bool) -> tuple[str, ...]:
    """The result links of a record, in the provider's order, without repeats; () when there is none yet.

    The first container with a link counts, and in it the first key that yields one. Where no known name leads to
    a link, any link counts that does not stand under the name of an input or of something beside the result.
    """
    for name in _CONTAINERS:
        found = _of_container(record.get(name), is_video=is_video)
        if found:
            return found
    return _of_keys(record, is_video=is_video) or tuple(dict.fromkeys(_by_shape(record, is_video=is_video)))


def holds_unreadable_result(record: Mapping[str, Any]) -> bool:
    """Whether something stands where results do in a record without a single link that can be read."""
    places = [record, *(value for name in _CONTAINERS if isinstance(value := _decoded(record.get(name)), Mapping))]
    named = [place.get(key) for place in places for key in _KEYS]
    texts = [value for name in _CONTAINERS if isinstance(value := _decoded(record.get(name)), str)]
    return any(_is_something(value) for value in (*named, *texts))


def read_links(value: Any, *, is_video: bool = False) -> tuple[str, ...]:
    """The links in one value: a list, a list of objects, a plain link, or a list written as text."""
    return tuple(dict.fromkeys(_each(value, is_video=is_video)))


def _of_container(value: Any, *, is_video: bool) -> tuple[str, ...]:
    value = _decoded(value)
    if isinstance(value, Mapping):
        by_shape = _by_shape(value, is_video=is_video)
        return _of_keys(value, is_video=is_video) or tuple(dict.fromkeys(by_shape))
    return read_links(value, is_video=is_video)


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
    if depth > _MOST_DEPTH:
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
    """The link an object stands for: under one of the usual names, else wherever in it a link is."""
    for key in _ITEM_KEYS:
        if is_video and key in _COVER_KEYS:
            continue
        found = tuple(_each(item.get(key), is_video=is_video, depth=depth + 1))
        if found:
            yield from found
            return
    yield from _by_shape(item, is_video=is_video, depth=depth + 1)


def _by_shape(container: Mapping[str, Any], *, is_video: bool, depth: int = 0) -> Iterator[str]:
    """Links under names that do not speak against them."""
    if depth > _MOST_DEPTH:
        return
    for key, value in container.items():
        if _NO_RESULT.search(_letters(key)) or (is_video and key in _COVER_KEYS):
            continue
        value = _decoded(value)
        if isinstance(value, Mapping):
            yield from _by_shape(value, is_video=is_video, depth=depth + 1)
        else:
            yield from _each(value, is_video=is_video, depth=depth + 1)


def _letters(key: Any) -> str:
    return "".join(sign for sign in str(key).lower() if sign.isalpha())


def _is_something(value: Any) -> bool:
    value = _decoded(value)
    if isinstance(value, Mapping):
        return any(_is_something(each) for each in value.values())
    if isinstance(value, list):
        return any(_is_something(each) for each in value)
    return isinstance(value, str) and bool(value.strip())


def _decoded(value: Any) -> Any:
    """JSON held in a text, at most twice over; the value itself when it is none."""
    for _ in range(2):
        if not isinstance(value, str) or not value.lstrip().startswith(("{", "[", '"')):
            break
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            break
    return value
