"""`python -m kaimedia trash`: what was deleted, and emptying it."""

from __future__ import annotations

from argparse import Namespace

from kaimedia.commands.confirmation import confirm
from kaimedia.commands.door import opened
from kaimedia.commands.exits import Exit
from kaimedia.commands.listing import answer_pages, media_documents
from kaimedia.commands.output import answer_json, media_row, moment, say
from kaimedia.domain import MediaQuery, Shelf
from kaimedia.studio import TRASH_KEPT, Studio


def trash(chosen: Namespace) -> Exit:
    """List it, or with `--empty` delete all of it for good, which must be confirmed."""
    with opened(works=False) as house:
        if chosen.empty:
            _empty(house.studio, chosen)
        else:
            _list(house.studio, chosen)
    return Exit.DONE


def _list(studio: Studio, chosen: Namespace) -> None:
    state = studio.trash()
    if state.count and not chosen.json:
        say(f"{state.count:,} deleted, {state.size_bytes:,} bytes. Each stays here for {TRASH_KEPT.days} days.")
    answer_pages(
        chosen,
        lambda cursor: studio.list_media(MediaQuery(shelf=Shelf.TRASH, limit=chosen.limit, cursor=cursor)),
        media_documents(studio),
        media_row,
        size_bytes=state.size_bytes,
        oldest_deleted_at=moment(state.oldest_deleted_at),
        kept_days=TRASH_KEPT.days,
    )


def _empty(studio: Studio, chosen: Namespace) -> None:
    state = studio.trash()
    deleted = 0
    if state.count:
        items = "The one item" if state.count == 1 else f"All {state.count:,} items"
        confirm(
            f"{items} in the trash ({state.size_bytes:,} bytes) will be deleted for good. This can't be undone.", chosen
        )
        deleted = studio.empty_trash()
    if chosen.json:
        answer_json({"deleted": deleted})
    else:
        print(f"{deleted:,} deleted for good." if state.count else "The trash is empty.")
