"""`python -m kaimedia collections`: list them, create, rename and delete one, put items in and take them out."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import Any

from kaimedia.commands.confirmation import confirm
from kaimedia.commands.door import opened
from kaimedia.commands.exits import Exit
from kaimedia.commands.ids import media_ids
from kaimedia.commands.media_actions import for_each_item
from kaimedia.commands.output import answer_json, moment, one_line, say
from kaimedia.domain import Collection, Media
from kaimedia.errors import InvalidRequest
from kaimedia.studio import Studio, remove_collection_question


def collections(chosen: Namespace) -> Exit:
    """Do what was chosen; without an action list them all."""
    return _ACTIONS[chosen.action](chosen)


def named_collection(studio: Studio, named: str) -> Collection:
    """The collection of that name, whatever its case, or of that number.

    Raises:
        InvalidRequest: there is none; says which there are.
    """
    if found := studio.find_collection(named):
        return found
    known = studio.collections()
    for each in known:
        if str(each.id) == named.strip():
            return each
    names = ", ".join(f"{each.id} {each.name}" for each in known) or "none"
    raise InvalidRequest(
        f"There is no collection “{named[:80]}”.", field="collection", next_step=f"The collections are: {names}."
    )


def _list(chosen: Namespace) -> Exit:
    with opened(works=False) as house:
        found = house.studio.collections()
    if chosen.json:
        answer_json({"items": [_document(each) for each in found]})
    elif not found:
        say("There are no collections. `python -m kaimedia collections create NAME` makes one.")
    else:
        for each in found:
            print(_row(each))
    return Exit.DONE


def _create(chosen: Namespace) -> Exit:
    ids = media_ids(chosen.ids)

    def create(studio: Studio) -> Collection:
        for media_id in ids:
            studio.media(media_id)  # before anything is made
        made = studio.make_collection(chosen.name)
        studio.add_to_collection(made.id, ids)
        return studio.collection(made.id)

    return _one(chosen, create, "created")


def _rename(chosen: Namespace) -> Exit:
    def rename(studio: Studio) -> Collection:
        collection_id = named_collection(studio, chosen.name).id
        studio.rename_collection(collection_id, chosen.new_name)
        return studio.collection(collection_id)

    return _one(chosen, rename, "renamed")


def _delete(chosen: Namespace) -> Exit:
    def delete(studio: Studio) -> Collection:
        was = named_collection(studio, chosen.name)
        confirm(remove_collection_question(was), chosen)
        studio.remove_collection(was.id)
        return was

    return _one(chosen, delete, "deleted; its items stay in the gallery")


def _add(chosen: Namespace) -> Exit:
    return _change(chosen, lambda studio, its_id, ids: studio.add_to_collection(its_id, ids), "is in")


def _remove(chosen: Namespace) -> Exit:
    return _change(chosen, lambda studio, its_id, ids: studio.remove_from_collection(its_id, ids), "is not in")


def _change(chosen: Namespace, change: Callable[[Studio, int, list[int]], int], outcome: str) -> Exit:
    def act(studio: Studio, media_id: int) -> Media:
        item = studio.media(media_id)
        change(studio, named_collection(studio, chosen.name).id, [media_id])
        return item

    return for_each_item(chosen, act, f"{outcome} “{one_line(chosen.name, 80)}”")


def _one(chosen: Namespace, act: Callable[[Studio], Collection], outcome: str) -> Exit:
    with opened(works=False) as house:
        found = act(house.studio)
    if chosen.json:
        answer_json(_document(found))
    else:
        print(f"{_row(found)}  {outcome}")
    return Exit.DONE


def _document(collection: Collection) -> dict[str, Any]:
    """As `GET /api/collections/{collection_id}` answers."""
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
