"""`python -m kaimedia list`: the tasks, or the gallery."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from kaimedia.cli import dates
from kaimedia.cli.collections import named_collection
from kaimedia.cli.exits import Exit
from kaimedia.cli.output import answer_json, media_document, media_row, say, task_document, task_row
from kaimedia.cli.runner import open_app
from kaimedia.domain import GalleryView, Media, MediaQuery, Modality, Page, Sort, Status, Task
from kaimedia.errors import InvalidRequest
from kaimedia.studio import Studio

T = TypeVar("T")

_OF_TASKS = ("status",)
_OF_MEDIA = (
    *(
        "view",
        "type",
        "model",
        "search",
        "favorites",
        "tag",
        "collection",
        "batch",
        "since",
        "until",
        "oldest",
        "longest",
    ),
)


def listing(args: Namespace) -> Exit:
    """One page, or with `--all` every page."""
    not_allowed = _OF_MEDIA if args.what == "tasks" else _OF_TASKS
    for name in not_allowed:
        if getattr(args, name):
            raise InvalidRequest(f"--{name} does not apply to {args.what}.", field=name)
    with open_app(runs_tasks=False) as context:
        if args.what == "tasks":
            answer_pages(
                args, lambda cursor: _tasks(context.studio, args, cursor), _task_documents(context.studio), task_row
            )
        else:
            query = _query(context.studio, args)
            answer_pages(
                args,
                lambda cursor: context.studio.gallery.page(replace(query, cursor=cursor)),
                media_documents(context.studio),
                media_row,
            )
    return Exit.DONE


def answer_pages(
    args: Namespace,
    read: Callable[[str | None], Page[T]],
    documents: Callable[[Page[T]], list[dict[str, Any]]],
    row: Callable[[T], str],
    **more: Any,
) -> None:
    """Print one page, or with `--all` every page; `more` is added to the JSON document."""
    items: list[dict[str, Any]] = []
    page = None
    for page in _pages(args, read):
        if args.json:
            items += documents(page)
        else:
            for item in page.items:
                print(row(item))
    assert page is not None
    if args.json:
        answer_json({"items": items, "next_cursor": page.next_cursor, "total": page.total, **more})
    elif page.next_cursor:
        say(f"{page.total} total; next page: --cursor {page.next_cursor}")
    elif not page.total:
        say("Nothing found.")


def _pages(args: Namespace, read: Callable[[str | None], Page[T]]) -> Iterator[Page[T]]:
    cursor = args.cursor
    while True:
        page = read(cursor)
        yield page
        cursor = page.next_cursor
        if cursor is None or not args.all:
            return


def _tasks(studio: Studio, args: Namespace, cursor: str | None) -> Page[Task]:
    status = Status(args.status) if args.status else None
    return studio.tasks.page(status=status, limit=args.limit, cursor=cursor)


def _query(studio: Studio, args: Namespace) -> MediaQuery:
    return MediaQuery(
        media_type=Modality(args.type) if args.type else None,
        model=args.model,
        favorites_only=args.favorites,
        text=args.search,
        view=GalleryView(args.view) if args.view else GalleryView.FINISHED,
        created_from=dates.since(args.since) if args.since is not None else None,
        created_before=dates.until(args.until) if args.until is not None else None,
        tag=args.tag or None,
        collection_id=named_collection(studio, args.collection).id if args.collection is not None else None,
        batch_id=args.batch,
        sort=Sort.OLDEST if args.oldest else Sort.LONGEST if args.longest else Sort.NEWEST,
        limit=args.limit,
    )


def _task_documents(studio: Studio) -> Callable[[Page[Task]], list[dict[str, Any]]]:
    def documents(page: Page[Task]) -> list[dict[str, Any]]:
        media = studio.gallery.of_tasks([task.task_id for task in page.items])
        return [task_document(task, media.get(task.task_id, [])) for task in page.items]

    return documents


def media_documents(studio: Studio) -> Callable[[Page[Media]], list[dict[str, Any]]]:
    """A function that makes a page's documents, with tags."""

    def documents(page: Page[Media]) -> list[dict[str, Any]]:
        tags = studio.collections.tags_of([item.id for item in page.items])
        return [media_document(item, tags.get(item.id, ())) for item in page.items]

    return documents
