"""`/api/tags`: the tags of the gallery. `PATCH /api/media` adds and removes them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from kaimedia.api.parameters import ONE_LINE, CurrentStudio
from kaimedia.api.schemas import Matched, Out

router = APIRouter(prefix="/tags", tags=["tags"])


class TagOut(Out):
    """A tag and how many gallery items have it."""

    name: str
    count: int


class Tags(Out):
    """All tags of the gallery, the most used first."""

    items: list[TagOut]


@router.get("")
def list_tags(studio: CurrentStudio) -> Tags:
    """All tags of the gallery with their number of items, the most used first."""
    return Tags(items=[TagOut(name=name, count=count) for name, count in studio.collections.tags()])


@router.delete("")
def remove_tag(
    studio: CurrentStudio,
    name: Annotated[str, Query(min_length=1, max_length=40, pattern=ONE_LINE, description="Case does not matter.")],
) -> Matched:
    """Remove a tag from every item that has it, including the trash. The items stay."""
    return Matched(matched=studio.collections.remove_tag(name))
