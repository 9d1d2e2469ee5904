"""`/api/tags`: the tags of the gallery. They are put on and taken off by `PATCH /api/media`."""

from __future__ import annotations

from fastapi import APIRouter

from kaimedia.api.parameters import CurrentStudio
from kaimedia.api.schemas import Out

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
