"""`/api/unsaved`: results that the provider made and that are not saved here yet."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import Field

from kaimedia.api.parameters import CurrentStudio, TaskId
from kaimedia.api.schemas import Out, TaskOut
from kaimedia.domain import utc_now
from kaimedia.studio import Unsaved, left_text

router = APIRouter(prefix="/unsaved", tags=["unsaved"])


class UnsavedOut(Out):
    """One task that is generated and not saved."""

    task: TaskOut
    link_until: datetime = Field(description="Until when the provider's link is expected to work.")
    kept_until: datetime = Field(description="Until when the provider keeps the result.")
    is_being_fetched: bool = Field(description="The app still tries by itself.")
    text: str = Field(description="The time left, as a sentence.")

    @classmethod
    def of(cls, unsaved: Unsaved) -> UnsavedOut:
        """The result with the names of the API."""
        return cls(
            task=TaskOut.of(unsaved.task, ()),
            link_until=unsaved.link_until,
            kept_until=unsaved.kept_until,
            is_being_fetched=unsaved.is_being_fetched,
            text=left_text(unsaved, utc_now()),
        )


class UnsavedList(Out):
    """Generated, not saved yet; those that the provider deletes first come first."""

    items: list[UnsavedOut]


class Fetching(Out):
    """How many results are fetched now."""

    fetching: int


@router.get("")
def list_unsaved(studio: CurrentStudio) -> UnsavedList:
    """Tasks that the provider has finished and whose results are not saved, with the time left; at most 200."""
    return UnsavedList(items=[UnsavedOut.of(each) for each in studio.rescue.unsaved.list()])


@router.post("/all/fetch")  # before the route with an id
def fetch_all(studio: CurrentStudio) -> Fetching:
    """Try to save all of them now. Free."""
    return Fetching(fetching=studio.rescue.unsaved.fetch_all())


@router.post("/{task_id}/fetch")
def fetch_one(studio: CurrentStudio, task_id: TaskId) -> TaskOut:
    """Try to save the result of one task now. Free."""
    task = studio.rescue.unsaved.fetch(task_id)
    return TaskOut.of(task, studio.gallery.of_task(task.task_id))
