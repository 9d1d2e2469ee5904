"""`python -m kaimedia collections`: list, create, rename and delete them, add and remove items."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import Any

from kaimedia.cli.confirmation import confirm
from kaimedia.cli.exits import Exit
from kaimedia.cli.ids import media_ids
from kaimedia.cli.media_actions import for_each_item
from kaimedia.cli.output import answer_json, moment, one_line, say
from kaimedia.cli.runner import open_app
from kaimedia.domain import Collection, Media
from kaimedia.errors import InvalidRequest
from kaimedia.studio import Studio, delete_collection_question


def collections(args: Namespace) -> Exit:
    """Run the chosen action; without one, list all collections."""
    return _ACTIONS[args.action](args)


def named_collection(studio: Studio, name_or_id: str) -> Collection:
    """The collection of that name (ignoring case) or number.

    Raises:
        InvalidRequest: there is none; the next step lists those that exist.
    """
    if found := studio.collections.find(name_or_id):
        return found
    known = studio.collections.all()
    for each in known:
        if str(each.id) == name_or_id.strip():
            return each
    names = ", ".join(f"{each.id} {each.name}" for each in known) or "none"
    raise InvalidRequest(
        f"There is no collection “{name_or_id[:80]}”.", field="collection", next_step=f"The collections are: {names}."
    )


def _list(args: Namespace) -> Exit:
    with open_app(runs_tasks=False) as context:
        found = context.studio.collections.all()
    if args.json:
        answer_json({"items": [_document(each) for each in found]})
    elif not found:
        say("There are no collections. `python -m kaimedia collections create NAME` creates one.")
    else:
        for each in found:
            print(_row(each))
    return Exit.DONE


def _create(args: Namespace) -> Exit:
    ids = media_ids(args.ids)

    def create(studio: Studio) -> Collection:
        for media_id in ids:
            studio.gallery.get(media_id)  # fails before anything is created
        created = studio.collections.create(args.name)
        studio.collections.add(created.id, ids)
        return studio.collections.get(created.id)

    return _one(args, create, "created")


def _rename(args: Namespace) -> Exit:
    def rename(studio: Studio) -> Collection:
        collection_id = named_collection(studio, args.name).id
        studio.collections.rename(collection_id, args.new_name)
        return studio.collections.get(collection_id)

    return _one(args, rename, "renamed")


def _delete(args: Namespace) -> Exit:
    def delete(studio: Studio) -> Collection:
        deleted = named_collection(studio, args.name)
        confirm(delete_collection_question(deleted), args)
        studio.collections.delete(deleted.id)
        return deleted

    return _one(args, delete, "deleted; its items stay in the gallery")


def _add(args: Namespace) -> Exit:
    return _change(args, lambda studio, its_id, ids: studio.collections.add(its_id, ids), "is in")


def _remove(args: Namespace) -> Exit:
    return _change(args, lambda studio, its_id, ids: studio.collections.remove(its_id, ids), "is not in")


def _change(args: Namespace, change: Callable[[Studio, int, list[int]], int], outcome: str) -> Exit:
    def act(studio: Studio, media_id: int) -> Media:
        item = studio.gallery.get(media_id)
        change(studio, named_collection(studio, args.name).id, [media_id])
        return item

    return for_each_item(args, act, f"{outcome} “{one_line(args.name, 80)}”")


def _one(args: Namespace, act: Callable[[Studio], Collection], outcome: str) -> Exit:
    with open_app(runs_tasks=False) as context:
        found = act(context.studio)
    if args.json:
        answer_json(_document(found))
    else:
        print(f"{_row(found)}  {outcome}")
    return Exit.DONE


def _document(collection: Collection) -> dict[str, Any]:
    """As returned by `GET /api/collections/{collection_id}`."""
    return {
        "id": collection.id,
        "name": collection.name,
        "count": collection.count,
        "created_at": moment(collection.created_at),
    }


def _row(collection: Collection) -> str:
    items = "1 item" if collection.count == 1 else f"{collection.count:,} items"
    return f"{collection.id:>4}  {one_line(collection.name, 80)}  {items}"


_ACTIONS: dict[str | None, Callable[[Namespace], Exit]] = {
    None: _list,
    "list": _list,
    "create": _create,
    "rename": _rename,
    "delete": _delete,
    "add": _add,
    "remove": _remove,
}
