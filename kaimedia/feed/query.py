"""The words of an address as what is asked of the studio."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar

from kaimedia.domain import MediaQuery, Modality, Shelf, Sort
from kaimedia.errors import InvalidRequest

E = TypeVar("E", bound=StrEnum)

MAX_ID = 2**31 - 1
MAX_CHARS = 200
PAGE_ITEMS = 60
MOST_ITEMS = 200
MOST_IN_ARCHIVE = 200_000
_ID = re.compile(r"[0-9]{1,10}")


def read(words: Mapping[str, str]) -> MediaQuery:
    """The query an address names; words it does not know are passed over.

    Raises:
        InvalidRequest: naming the word whose value cannot be read.
    """
    first, last = _day(words, "from"), _day(words, "to")
    collection = words.get("collection")
    return MediaQuery(
        media_type=_choice(words, "kind", Modality),
        model=_text(words, "model"),
        favorites_only=_flag(words, "fav"),
        words=_text(words, "q"),
        sort=_choice(words, "sort", Sort) or Sort.NEWEST,
        shelf=_choice(words, "shelf", Shelf) or Shelf.FINISHED,
        created_from=_midnight(first) if first else None,
        created_before=_midnight(last + timedelta(days=1)) if last and last < date.max else None,
        tag=_text(words, "tag"),
        collection_id=one_id(collection, "collection") if collection else None,
        limit=_limit(words),
    )


def one_id(given: str | None, field: str = "id") -> int:
    """The id in a text.

    Raises:
        InvalidRequest: it is none.
    """
    if given is None or not _ID.fullmatch(given) or not 0 < int(given) <= MAX_ID:
        raise InvalidRequest(f"“{field}” must be a number from 1 to {MAX_ID}.", field=field)
    return int(given)


def many_ids(given: str | None, most: int) -> list[int]:
    """The ids in a text like "3,1,2", each once, in that order.

    Raises:
        InvalidRequest: there is none, one too many, or one that is no id.
    """
    parts = given.split(",", most) if given else []
    if not 0 < len(parts) <= most:
        raise InvalidRequest(f"“ids” must name 1 to {most:,} items.", field="ids")
    return list(dict.fromkeys(one_id(part, "ids") for part in parts))


def _limit(words: Mapping[str, str]) -> int:
    given = words.get("limit", str(PAGE_ITEMS))
    if not _ID.fullmatch(given) or not 0 < int(given) <= MOST_ITEMS:
        raise InvalidRequest(f"“limit” must be a number from 1 to {MOST_ITEMS}.", field="limit")
    return int(given)


def _choice(words: Mapping[str, str], name: str, kind: type[E]) -> E | None:
    given = words.get(name)
    if not given:
        return None
    try:
        return kind(given)
    except ValueError as error:
        raise InvalidRequest(f"“{name}” must be one of {', '.join(kind)}.", field=name) from error


def _flag(words: Mapping[str, str], name: str) -> bool:
    given = words.get(name, "")
    if given not in ("", "0", "1"):
        raise InvalidRequest(f"“{name}” must be 1 or 0.", field=name)
    return given == "1"


def _text(words: Mapping[str, str], name: str) -> str | None:
    """Without what databases cannot hold; None for nothing."""
    given = words.get(name, "").replace("\x00", "").strip()
    if len(given) > MAX_CHARS:
        raise InvalidRequest(f"“{name}” must have at most {MAX_CHARS} characters.", field=name)
    if any("\ud800" <= sign <= "\udfff" for sign in given):
        raise InvalidRequest(f"“{name}” must be text.", field=name)
    return given or None


def _day(words: Mapping[str, str], name: str) -> date | None:
    given = words.get(name)
    if not given:
        return None
    try:
        if len(given) != 10:
            raise ValueError(given)
        return date.fromisoformat(given)
    except ValueError as error:
        raise InvalidRequest(f"“{name}” must be a day like 2026-03-31.", field=name) from error


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
