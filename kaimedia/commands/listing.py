"""`python -m kaimedia list`: what was asked for, or the gallery."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from kaimedia.commands import dates
from kaimedia.commands.collections import named_collection
from kaimedia.commands.door import opened
from kaimedia.commands.exits import Exit
from kaimedia.commands.output import answer_json, media_document, media_row, say, task_document, task_row
from kaimedia.domain import Media, MediaQuery, Modality, Page, Shelf, Sort, Status, Task
from kaimedia.errors import InvalidRequest
from kaimedia.studio import Studio

T = TypeVar("T")

_OF_TASKS = ("status",)
_OF_MEDIA = (
    *("view", "type", "model", "search", "favorites", "tag", "collection", "since", "until", "oldest", "longest"),
)


def listing(chosen: Namespace) -> Exit:
    """One page, or with `--all` every page."""
    strangers = _OF_MEDIA if chosen.what == "tasks" else _OF_TASKS
    for name in strangers:
        if getattr(chosen, name):
            raise InvalidRequest(f"--{name} is not for {chosen.what}.", field=name)
    with opened(works=False) as house:
        if chosen.what == "tasks":
            answer_pages(
                chosen, lambda cursor: _tasks(house.studio, chosen, cursor), _task_documents(house.studio), task_row
            )
        else:
            query = _query(house.studio, chosen)
            answer_pages(
                chosen,
                lambda cursor: house.studio.list_media(replace(query, cursor=cursor)),
                media_documents(house.studio),
                media_row,
            )
    return Exit.DONE


def answer_pages(
    chosen: Namespace,
    read: Callable[[str | None], Page[T]],
    documents: Callable[[Page[T]], list[dict[str, Any]]],
    row: Callable[[T], str],
    **more: Any,
) -> None:
    """Print one page, or with `--all` every page; `more` is what the JSON document holds beside the items."""
    items: list[dict[str, Any]] = []
    page = None
    for page in _pages(chosen, read):
        if chosen.json:
            items += documents(page)
        else:
            for item in page.items:
                print(row(item))
    assert page is not None
    if chosen.json:
        answer_json({"items": items, "next_cursor": page.next_cursor, "total": page.total, **more})
    elif page.next_cursor:
        say(f"{page.total} in all; more: --cursor {page.next_cursor}")
    elif not page.total:
        say("Nothing there.")


def _pages(chosen: Namespace, read: Callable[[str | None], Page[T]]) -> Iterator[Page[T]]:
    cursor = chosen.cursor
    while True:
        page = read(cursor)
        yield page
        cursor = page.next_cursor
        if cursor is None or not chosen.all:
            return


def _tasks(studio: Studio, chosen: Namespace, cursor: str | None) -> Page[Task]:
    status = Status(chosen.status) if chosen.status else None
    return studio.tasks(status=status, limit=chosen.limit, cursor=cursor)


def _query(studio: Studio, chosen: Namespace) -> MediaQuery:
    return MediaQuery(
        media_type=Modality(chosen.type) if chosen.type else None,
        model=chosen.model,
        favorites_only=chosen.favorites,
        words=chosen.search,
        shelf=Shelf(chosen.view) if chosen.view else Shelf.FINISHED,
        created_from=dates.since(chosen.since) if chosen.since is not None else None,
        created_before=dates.until(chosen.until) if chosen.until is not None else None,
        tag=chosen.tag or None,
        collection_id=named_collection(studio, chosen.collection).id if chosen.collection is not None else None,
        sort=Sort.OLDEST if chosen.oldest else Sort.LONGEST if chosen.longest else Sort.NEWEST,
        limit=chosen.limit,
    )


def _task_documents(studio: Studio) -> Callable[[Page[Task]], list[dict[str, Any]]]:
    def documents(page: Page[Task]) -> list[dict[str, Any]]:
        media = studio.media_of_tasks([task.task_id for task in page.items])
        return [task_document(task, media.get(task.task_id, [])) for task in page.items]

    return documents


def media_documents(studio: Studio) -> Callable[[Page[Media]], list[dict[str, Any]]]:
    """Makes a page's documents, with tags."""

    def documents(page: Page[Media]) -> list[dict[str, Any]]:
        tags = studio.tags_of([item.id for item in page.items])
        return [media_document(item, tags.get(item.id, ())) for item in page.items]

    return documents
