"""`python -m kaimedia delete | undelete | tag | untag | favorite | unfavorite`: what the Gallery can do with items."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import Any

from kaimedia.commands.batch import Batch, each
from kaimedia.commands.confirmation import confirm
from kaimedia.commands.door import opened
from kaimedia.commands.exits import Exit
from kaimedia.commands.ids import media_ids
from kaimedia.commands.output import answer_json, media_document
from kaimedia.domain import Media, MediaQuery
from kaimedia.errors import InvalidRequest, NotFound, StaleTransition
from kaimedia.studio import TRASH_KEPT, Studio, clear_question

_Done = tuple[Media, tuple[str, ...]]


def delete(chosen: Namespace) -> Exit:
    """Into the trash; with `--forever` out of the trash for good, which must be confirmed, as must `--all`."""
    if _is_for_all(chosen):
        return _clear(chosen)
    if not chosen.forever:
        return for_each_item(chosen, _to_trash, f"in the trash for {TRASH_KEPT.days} days; `undelete` brings it back")
    count = len(media_ids(chosen.ids))
    items = "This item" if count == 1 else f"These {count:,} items"
    confirm(f"{items} will be deleted for good. This can't be undone.", chosen)
    return for_each_item(chosen, _forever, "deleted for good")


def undelete(chosen: Namespace) -> Exit:
    """Out of the trash, back into the gallery."""
    if _is_for_all(chosen):
        with opened(works=False) as house:
            restored = len(house.studio.restore_all())
        return _answer_count(chosen, "restored", restored, "back in the gallery")
    return for_each_item(chosen, _from_trash, "back in the gallery")


def tag(chosen: Namespace) -> Exit:
    """Put a tag on items."""

    def act(studio: Studio, media_id: int) -> Media:
        item = studio.media(media_id)
        studio.add_tags([media_id], [chosen.tag])
        return item

    return for_each_item(chosen, act, "tagged")


def untag(chosen: Namespace) -> Exit:
    """Take a tag off items, or with `--all` off every item; one without it stays as it is."""
    if _is_for_all(chosen):
        with opened(works=False) as house:
            matched = house.studio.remove_tag(chosen.tag)
        return _answer_count(chosen, "matched", matched, "had the tag")

    def act(studio: Studio, media_id: int) -> Media:
        item = studio.media(media_id)
        studio.remove_tags([media_id], [chosen.tag])
        return item

    return for_each_item(chosen, act, "does not have the tag any more")


def favorite(chosen: Namespace) -> Exit:
    """Make items favorites."""
    return for_each_item(chosen, lambda studio, media_id: _mark(studio, media_id, is_favorite=True), "is a favorite")


def unfavorite(chosen: Namespace) -> Exit:
    """Make items ordinary again."""
    return for_each_item(chosen, lambda studio, media_id: _mark(studio, media_id, is_favorite=False), "is no favorite")


def for_each_item(chosen: Namespace, act: Callable[[Studio, int], Media], outcome: str) -> Exit:
    """Do `act` for each of `chosen.ids` and answer with the items as they are then, and with what failed."""
    ids = media_ids(chosen.ids)
    with opened(works=False) as house:
        studio = house.studio

        def done(media_id: int) -> _Done:
            item = act(studio, media_id)
            return item, studio.tags_of([media_id]).get(media_id, ())

        batch: Batch[int, _Done] = each(ids, done)
    return batch.answer("items", _document, lambda media_id, _found: f"{media_id}  {outcome}", as_json=chosen.json)


def _is_for_all(chosen: Namespace) -> bool:
    """Whether `--all` was typed instead of ids.

    Raises:
        InvalidRequest: both, or neither.
    """
    if bool(chosen.ids) == chosen.all:
        what = "either the numbers of items or --all, not both" if chosen.all else "the numbers of items, or --all"
        raise InvalidRequest(f"Give {what}.", field="id", next_step="Nothing was changed.")
    return bool(chosen.all)


def _clear(chosen: Namespace) -> Exit:
    if chosen.forever:
        step = "`python -m kaimedia trash --empty` deletes all of the trash for good. Nothing was changed."
        raise InvalidRequest("--all and --forever do not go together.", field="all", next_step=step)
    with opened(works=False) as house:
        count = house.studio.gallery_counts(MediaQuery()).all
        if count:
            confirm(clear_question(count), chosen)
        deleted = len(house.studio.clear_media()) if count else 0
    return _answer_count(chosen, "deleted", deleted, "in the trash; `undelete --all` brings back all that is there")


def _answer_count(chosen: Namespace, name: str, count: int, outcome: str) -> Exit:
    if chosen.json:
        answer_json({name: count})
    else:
        print(f"{count:,} {outcome}" if count else "Nothing there.")
    return Exit.DONE


def _document(found: _Done) -> dict[str, Any]:
    return media_document(*found)


def _any(studio: Studio, media_id: int) -> Media:
    """An item, also one in the trash."""
    found = studio.media_by_ids([media_id])
    if not found:
        raise NotFound("There is no such item.")
    return found[0]


def _to_trash(studio: Studio, media_id: int) -> Media:
    item = _any(studio, media_id)
    if studio.delete_media([media_id]):
        return item
    if _any(studio, media_id).deleted_at is not None:
        raise StaleTransition(
            "It is in the trash already.",
            next_step=f"`delete --forever {media_id}` deletes it for good, `undelete {media_id}` brings it back.",
        )
    raise StaleTransition(
        "It is still being made: it may be paid for.", next_step=f"`cancel {item.task_id}`, or wait until it is done."
    )


def _from_trash(studio: Studio, media_id: int) -> Media:
    _any(studio, media_id)
    if not studio.restore_media([media_id]):
        raise StaleTransition("It is not in the trash.", next_step="`python -m kaimedia trash` lists what is.")
    return _any(studio, media_id)


def _forever(studio: Studio, media_id: int) -> Media:
    item = _any(studio, media_id)
    if item.deleted_at is None:
        raise StaleTransition("It is not in the trash.", next_step=f"`delete {media_id}` puts it there first.")
    if not studio.delete_forever([media_id]) and studio.media_by_ids([media_id]):
        raise StaleTransition(
            "Its task may still yield a result: it is kept.",
            next_step=f"See `get {item.task_id}`; try again once it ended.",
        )
    return item


def _mark(studio: Studio, media_id: int, *, is_favorite: bool) -> Media:
    studio.media(media_id)
    studio.set_favorite([media_id], is_favorite)
    return studio.media(media_id)
