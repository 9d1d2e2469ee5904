"""`collections` and `tags`: what the gallery's dialogs do."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli

NOBODY = "999999999999999999"


@pytest.fixture
def items(cli: Cli) -> list[str]:
    """The numbers of two images."""
    task = cli("generate", "two boats", "-n", "2", "--wait", "--json").document
    return [str(media_id) for media_id in task["media_ids"]]


def _inside(cli: Cli, name: str) -> list[str]:
    document = cli("list", "media", "--collection", name, "--oldest", "--json").document
    return [str(item["id"]) for item in document["items"]]


def test_a_collection_from_making_to_deleting(cli: Cli, items: list[str]) -> None:
    none = cli("collections")
    assert (none.code, none.out) == (0, "") and "collections create NAME" in none.err
    made = cli("collections", "create", " For Ada ", items[0], "--json")
    assert made.code == 0 and (made.document["name"], made.document["count"]) == ("For Ada", 1)
    number = str(made.document["id"])
    assert cli("collections", "--json").document == {"items": [made.document]}
    assert cli("collections", "list").out == f"{number:>4}  For Ada  1 item\n"

    added = cli("collections", "add", "for ada", items[1], NOBODY, "--json")
    assert added.code == 4 and [item["id"] for item in added.document["items"]] == [int(items[1])]
    assert _inside(cli, "for ada") == items
    assert cli("collections", "add", "for ada", items[1]).out == f"{items[1]}  is in “for ada”\n"
    assert cli("collections", "remove", number, items[0]).code == 0 and _inside(cli, number) == [items[1]]

    assert "Posters" in cli("collections", "rename", "FOR ADA", "Posters").out
    assert cli("collections", "rename", "For Ada", "x").code == 2
    unasked = cli("collections", "delete", "Posters", "--json")
    assert unasked.code == 2 and unasked.document["error"]["field"] == "yes"
    assert "Its only item stays in your gallery." in unasked.document["error"]["detail"]
    gone = cli("collections", "--json", "delete", "posters", "-y")
    assert gone.code == 0 and gone.document["name"] == "Posters"
    assert cli("collections", "--json").document == {"items": []}
    assert cli("list", "media", "--json").document["total"] == 2


def test_nothing_is_made_of_a_wrong_call(cli: Cli, items: list[str]) -> None:
    assert cli("collections", "create", "Boats", items[0], NOBODY).code == 4
    assert cli("collections", "create", "Boats", "x7").code == 2
    assert cli("collections", "create", " ").code == cli("collections", "create", "x" * 81).code == 2
    assert cli("collections", "--json").document == {"items": []}
    assert cli("collections", "create", "Boats").code == 0
    taken = cli("collections", "create", "BOATS", "--json")
    assert taken.code == 2 and taken.document["error"]["code"] == "conflict"
    unknown = cli("collections", "add", "Bats", items[0], "--json")
    assert unknown.code == 2 and "Boats" in unknown.document["error"]["next_step"]
    usage = cli("collections", "burn", "--json")
    assert usage.code == 2 and usage.document["error"]["code"] == "usage"


def test_a_name_comes_before_a_number(cli: Cli, items: list[str]) -> None:
    first = cli("collections", "create", "Boats", items[0], "--json").document
    cli("collections", "create", str(first["id"]), items[1])
    assert _inside(cli, str(first["id"])) == [items[1]]


def test_tags_are_listed_and_taken_off_everything(cli: Cli, items: list[str]) -> None:
    assert "There are no tags" in cli("tags").err
    cli("tag", "Sold", *items)
    cli("tag", "blue", items[0])
    assert cli("tags", "--json").document == {"items": [{"name": "Sold", "count": 2}, {"name": "blue", "count": 1}]}
    assert cli("tags").out.splitlines() == ["     2  Sold", "     1  blue"]
    cli("delete", items[1])
    assert cli("untag", "sold", "--all").out == "2 untagged\n"
    assert cli("untag", "sold", "--all", "--json").document == {"matched": 0}
    cli("undelete", items[1])
    assert cli("tags", "--json").document == {"items": [{"name": "blue", "count": 1}]}


def test_all_stands_instead_of_numbers(cli: Cli, items: list[str]) -> None:
    for command in (("delete",), ("undelete",), ("untag", "x")):
        for arguments in ((), (*items, "--all")):
            refused = cli(*command, *arguments, "--json")
            assert refused.code == 2 and refused.document["error"]["field"] == "id", (command, arguments)
    assert cli("delete", "--all", "--forever", "-y").code == 2
    unasked = cli("delete", "--all", "--json")
    assert unasked.code == 2 and "All 2 items will be moved to the trash" in unasked.document["error"]["detail"]
    assert cli("list", "media", "--json").document["total"] == 2
    assert cli("delete", "--all", "--yes", "--json").document == {"deleted": 2}
    assert cli("delete", "--all").out == "Nothing to do.\n"
    assert cli("undelete", "--all").out == "2 restored\n"
    assert cli("undelete", "--all", "--json").document == {"restored": 0}
    assert cli("list", "media", "--json").document["total"] == 2
