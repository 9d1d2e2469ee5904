"""`/api/tags`: the tags of the gallery. They are put on and taken off by `PATCH /api/media`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from kaimedia.api.parameters import ONE_LINE, CurrentStudio
from kaimedia.api.schemas import Matched, Out

router = APIRouter(prefix="/tags", tags=["tags"])


class TagOut(Out):
    """One tag and the number of items in the gallery that have it."""

    name: str
    count: int


class Tags(Out):
    """Every tag of the gallery, the most used first."""

    items: list[TagOut]


@router.get("")
def list_tags(studio: CurrentStudio) -> Tags:
    """Every tag in the gallery with the number of its items, the most used first."""
    return Tags(items=[TagOut(name=name, count=count) for name, count in studio.tags()])


@router.delete("")
def remove_tag(
    studio: CurrentStudio,
    name: Annotated[str, Query(min_length=1, max_length=40, pattern=ONE_LINE, description="In any case.")],
) -> Matched:
    """Take a tag off every item that has it, also in the trash. The items stay."""
    return Matched(matched=studio.remove_tag(name))
