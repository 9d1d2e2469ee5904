"""`python -m kaimedia delete | undelete | tag | untag | favorite | unfavorite`: actions on gallery items."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import Any

from kaimedia.cli.confirmation import confirm
from kaimedia.cli.exits import Exit
from kaimedia.cli.ids import media_ids
from kaimedia.cli.output import answer_json, media_document
from kaimedia.cli.runner import open_app
from kaimedia.cli.several import Outcomes, run_each
from kaimedia.domain import Media, MediaQuery
from kaimedia.errors import InvalidRequest, NotFound, StaleTransition
from kaimedia.studio import TRASH_RETENTION, Studio, clear_question

_Done = tuple[Media, tuple[str, ...]]


def delete(args: Namespace) -> Exit:
    """Move to the trash, or with `--forever` delete from it; `--forever` and `--all` need confirmation."""
    if _is_for_all(args):
        return _clear(args)
    if not args.forever:
        return for_each_item(
            args, _to_trash, f"moved to the trash for {TRASH_RETENTION.days} days; `undelete` restores it"
        )
    count = len(media_ids(args.ids))
    items = "This item" if count == 1 else f"These {count:,} items"
    confirm(f"{items} will be permanently deleted. This can't be undone.", args)
    return for_each_item(args, _forever, "permanently deleted")


def undelete(args: Namespace) -> Exit:
    """Restore from the trash."""
    if _is_for_all(args):
        with open_app(runs_tasks=False) as context:
            restored = len(context.studio.trash.restore_all())
        return _answer_count(args, "restored", restored, "restored")
    return for_each_item(args, _from_trash, "restored")


def tag(args: Namespace) -> Exit:
    """Add a tag to items."""

    def act(studio: Studio, media_id: int) -> Media:
        item = studio.gallery.get(media_id)
        studio.collections.add_tags([media_id], [args.tag])
        return item

    return for_each_item(args, act, "tagged")


def untag(args: Namespace) -> Exit:
    """Remove a tag from items, or with `--all` from every item."""
    if _is_for_all(args):
        with open_app(runs_tasks=False) as context:
            matched = context.studio.collections.remove_tag(args.tag)
        return _answer_count(args, "matched", matched, "untagged")

    def act(studio: Studio, media_id: int) -> Media:
        item = studio.gallery.get(media_id)
        studio.collections.remove_tags([media_id], [args.tag])
        return item

    return for_each_item(args, act, "untagged")


def favorite(args: Namespace) -> Exit:
    """Mark items as favorites."""
    return for_each_item(args, lambda studio, media_id: _mark(studio, media_id, is_favorite=True), "is a favorite")


def unfavorite(args: Namespace) -> Exit:
    """Remove items from the favorites."""
    return for_each_item(
        args, lambda studio, media_id: _mark(studio, media_id, is_favorite=False), "is no longer a favorite"
    )


def for_each_item(args: Namespace, act: Callable[[Studio, int], Media], outcome: str) -> Exit:
    """Call `act` for each of `args.ids`; print the updated items and the errors."""
    ids = media_ids(args.ids)
    with open_app(runs_tasks=False) as context:
        studio = context.studio

        def done(media_id: int) -> _Done:
            item = act(studio, media_id)
            return item, studio.collections.tags_of([media_id]).get(media_id, ())

        outcomes: Outcomes[int, _Done] = run_each(ids, done)
    return outcomes.answer("items", _document, lambda media_id, _found: f"{media_id}  {outcome}", as_json=args.json)


def _is_for_all(args: Namespace) -> bool:
    """Whether `--all` was typed instead of ids.

    Raises:
        InvalidRequest: both, or neither.
    """
    if bool(args.ids) == args.all:
        what = "either item numbers or --all, not both" if args.all else "item numbers, or --all"
        raise InvalidRequest(f"Give {what}.", field="id", next_step="Nothing was changed.")
    return bool(args.all)


def _clear(args: Namespace) -> Exit:
    if args.forever:
        step = "`python -m kaimedia trash --empty` permanently deletes everything in the trash. Nothing was changed."
        raise InvalidRequest("--all and --forever cannot be combined.", field="all", next_step=step)
    with open_app(runs_tasks=False) as context:
        count = context.studio.gallery.counts(MediaQuery()).all
        if count:
            confirm(clear_question(count), args)
        deleted = len(context.studio.gallery.clear()) if count else 0
    return _answer_count(args, "deleted", deleted, "moved to the trash; `undelete --all` restores everything in it")


def _answer_count(args: Namespace, name: str, count: int, outcome: str) -> Exit:
    if args.json:
        answer_json({name: count})
    else:
        print(f"{count:,} {outcome}" if count else "Nothing to do.")
    return Exit.DONE


def _document(found: _Done) -> dict[str, Any]:
    return media_document(*found)


def _any(studio: Studio, media_id: int) -> Media:
    """An item, even if it is in the trash."""
    found = studio.gallery.by_ids([media_id])
    if not found:
        raise NotFound("There is no such item.")
    return found[0]


def _to_trash(studio: Studio, media_id: int) -> Media:
    item = _any(studio, media_id)
    if studio.gallery.delete([media_id]):
        return item
    if _any(studio, media_id).deleted_at is not None:
        raise StaleTransition(
            "It is already in the trash.",
            next_step=f"`delete --forever {media_id}` deletes it permanently, `undelete {media_id}` restores it.",
        )
    raise StaleTransition(
        "It is still being generated and may be charged.",
        next_step=f"`cancel {item.task_id}`, or wait until it is done.",
    )


def _from_trash(studio: Studio, media_id: int) -> Media:
    _any(studio, media_id)
    if not studio.gallery.restore([media_id]):
        raise StaleTransition("It is not in the trash.", next_step="`python -m kaimedia trash` lists what is.")
    return _any(studio, media_id)


def _forever(studio: Studio, media_id: int) -> Media:
    item = _any(studio, media_id)
    if item.deleted_at is None:
        raise StaleTransition("It is not in the trash.", next_step=f"`delete {media_id}` moves it there first.")
    if not studio.trash.delete_forever([media_id]) and studio.gallery.by_ids([media_id]):
        raise StaleTransition(
            "Its task may still produce a result, so it was not deleted.",
            next_step=f"See `get {item.task_id}`; try again when the task has ended.",
        )
    return item


def _mark(studio: Studio, media_id: int, *, is_favorite: bool) -> Media:
    studio.gallery.get(media_id)
    studio.gallery.set_favorite([media_id], is_favorite)
    return studio.gallery.get(media_id)
