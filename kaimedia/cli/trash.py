"""`python -m kaimedia trash`: list or empty the trash."""

from __future__ import annotations

from argparse import Namespace

from kaimedia.cli.confirmation import confirm
from kaimedia.cli.exits import Exit
from kaimedia.cli.listing import answer_pages, media_documents
from kaimedia.cli.output import answer_json, media_row, moment, say
from kaimedia.cli.runner import open_app
from kaimedia.domain import GalleryView, MediaQuery
from kaimedia.studio import TRASH_RETENTION, Studio


def trash(args: Namespace) -> Exit:
    """List it, or with `--empty` delete everything in it permanently, after confirmation."""
    with open_app(runs_tasks=False) as context:
        if args.empty:
            _empty(context.studio, args)
        else:
            _list(context.studio, args)
    return Exit.DONE


def _list(studio: Studio, args: Namespace) -> None:
    state = studio.trash.state()
    if state.count and not args.json:
        say(
            f"{state.count:,} in the trash, {state.size_bytes:,} bytes. "
            f"Items are permanently deleted after {TRASH_RETENTION.days} days."
        )
    answer_pages(
        args,
        lambda cursor: studio.gallery.page(MediaQuery(view=GalleryView.TRASH, limit=args.limit, cursor=cursor)),
        media_documents(studio),
        media_row,
        size_bytes=state.size_bytes,
        oldest_deleted_at=moment(state.oldest_deleted_at),
        kept_days=TRASH_RETENTION.days,
    )


def _empty(studio: Studio, args: Namespace) -> None:
    state = studio.trash.state()
    deleted = 0
    if state.count:
        items = "The item" if state.count == 1 else f"All {state.count:,} items"
        confirm(
            f"{items} in the trash ({state.size_bytes:,} bytes) will be permanently deleted. This can't be undone.",
            args,
        )
        deleted = studio.trash.empty()
    if args.json:
        answer_json({"deleted": deleted})
    else:
        print(f"{deleted:,} permanently deleted." if state.count else "The trash is empty.")
