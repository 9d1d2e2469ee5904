"""Read query parameters of the gallery API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar

from kaimedia.domain import GalleryView, MediaQuery, Modality, Sort
from kaimedia.errors import InvalidRequest

E = TypeVar("E", bound=StrEnum)

MAX_ID = 2**31 - 1
MAX_CHARS = 200
PAGE_ITEMS = 60
MAX_ITEMS = 200
MAX_IN_ARCHIVE = 200_000
_ID = re.compile(r"[0-9]{1,10}")


def read(params: Mapping[str, str]) -> MediaQuery:
    """The media query of a URL; unknown parameters are ignored.

    Raises:
        InvalidRequest: a parameter has an invalid value.
    """
    first, last = _day(params, "from"), _day(params, "to")
    collection, batch = params.get("collection"), params.get("batch")
    return MediaQuery(
        media_type=_choice(params, "kind", Modality),
        model=_text(params, "model"),
        favorites_only=_flag(params, "fav"),
        text=_text(params, "q"),
        sort=_choice(params, "sort", Sort) or Sort.NEWEST,
        view=_view(params),
        created_from=_midnight(first) if first else None,
        created_before=_midnight(last + timedelta(days=1)) if last and last < date.max else None,
        tag=_text(params, "tag"),
        collection_id=one_id(collection, "collection") if collection else None,
        batch_id=one_id(batch, "batch") if batch else None,
        limit=_limit(params),
    )


def _view(params: Mapping[str, str]) -> GalleryView:
    name = "shelf" if "shelf" in params else "view"  # pages of earlier versions that are still open say “shelf”
    return _choice(params, name, GalleryView) or GalleryView.FINISHED


def one_id(text: str | None, field: str = "id") -> int:
    """The id in a text.

    Raises:
        InvalidRequest: it is not an id.
    """
    if text is None or not _ID.fullmatch(text) or not 0 < int(text) <= MAX_ID:
        raise InvalidRequest(f"“{field}” must be a number from 1 to {MAX_ID}.", field=field)
    return int(text)


def many_ids(text: str | None, max_ids: int) -> list[int]:
    """The distinct ids in a text like "3,1,2", in that order.

    Raises:
        InvalidRequest: there are none or too many, or one is not an id.
    """
    parts = text.split(",", max_ids) if text else []
    if not 0 < len(parts) <= max_ids:
        raise InvalidRequest(f"“ids” must have 1 to {max_ids:,} items.", field="ids")
    return list(dict.fromkeys(one_id(part, "ids") for part in parts))


def _limit(params: Mapping[str, str]) -> int:
    text = params.get("limit", str(PAGE_ITEMS))
    if not _ID.fullmatch(text) or not 0 < int(text) <= MAX_ITEMS:
        raise InvalidRequest(f"“limit” must be a number from 1 to {MAX_ITEMS}.", field="limit")
    return int(text)


def _choice(params: Mapping[str, str], name: str, kind: type[E]) -> E | None:
    text = params.get(name)
    if not text:
        return None
    try:
        return kind(text)
    except ValueError as error:
        raise InvalidRequest(f"“{name}” must be one of {', '.join(kind)}.", field=name) from error


def _flag(params: Mapping[str, str], name: str) -> bool:
    text = params.get(name, "")
    if text not in ("", "0", "1"):
        raise InvalidRequest(f"“{name}” must be 1 or 0.", field=name)
    return text == "1"


def _text(params: Mapping[str, str], name: str) -> str | None:
    """The text without NUL characters, which databases cannot store; None if it is empty."""
    text = params.get(name, "").replace("\x00", "").strip()
    if len(text) > MAX_CHARS:
        raise InvalidRequest(f"“{name}” must have at most {MAX_CHARS} characters.", field=name)
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise InvalidRequest(f"“{name}” must be text.", field=name)
    return text or None


def _day(params: Mapping[str, str], name: str) -> date | None:
    text = params.get(name)
    if not text:
        return None
    try:
        if len(text) != 10:
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidRequest(f"“{name}” must be a day like 2026-03-31.", field=name) from error


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
