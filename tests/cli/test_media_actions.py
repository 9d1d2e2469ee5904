"""`delete`, `undelete`, `trash`, `tag`, `untag`, `favorite`: actions on gallery items."""

from __future__ import annotations

from typing import Any

import pytest

from kaimedia.cli.runner import open_app
from kaimedia.media.storage import Storage
from tests.cli.conftest import Cli

NOBODY = "999999999999999999"


@pytest.fixture
def items(cli: Cli) -> list[str]:
    """The numbers of two images."""
    task = cli("generate", "two boats", "-n", "2", "--wait", "--json").document
    return [str(media_id) for media_id in task["media_ids"]]


def _gallery(cli: Cli, *options: str) -> list[str]:
    return sorted(str(item["id"]) for item in cli("list", "media", *options, "--json").document["items"])


def _trash(cli: Cli) -> list[str]:
    return sorted(str(item["id"]) for item in cli("trash", "--json").document["items"])


def test_into_the_trash_and_back(cli: Cli, items: list[str]) -> None:
    result = cli("delete", *items)
    assert result.code == 0 and result.out.splitlines()[0].startswith(f"{items[0]}  moved to the trash for 30 days")
    assert _gallery(cli) == [] and _trash(cli) == items
    listed = cli("trash")
    assert len(listed.out.splitlines()) == 2 and "2 in the trash" in listed.err
    document = cli("trash", "--limit", "1", "--json").document
    assert document["total"] == 2 and document["next_cursor"] and document["size_bytes"] > 0
    assert document["kept_days"] == 30 and document["oldest_deleted_at"].endswith("Z")

    back = cli("undelete", items[1], "--json")
    assert back.code == 0 and [item["id"] for item in back.document["items"]] == [int(items[1])]
    assert _gallery(cli) == [items[1]] and _trash(cli) == [items[0]]


def test_what_is_not_there_or_not_in_that_state(cli: Cli, items: list[str]) -> None:
    cli("delete", items[0])
    twice = cli("delete", items[0], NOBODY, items[1], "--json")
    assert twice.code == 1 and [item["id"] for item in twice.document["items"]] == [int(items[1])]
    assert [(error["id"], error["code"]) for error in twice.document["errors"]] == [
        (int(items[0]), "stale"),
        (int(NOBODY), "not_found"),
    ]
    assert f"undelete {items[0]}" in twice.document["error"]["next_step"]
    assert cli("undelete", *items).code == 0
    assert cli("undelete", items[0]).code == 1 and cli("undelete", NOBODY).code == 4
    for command in (("delete",), ("undelete",), ("favorite",), ("unfavorite",), ("tag", "x"), ("untag", "x")):
        refused = cli(*command, items[0], "x7", "--json")
        assert refused.code == 2 and refused.document["error"]["field"] == "id"
    assert _gallery(cli) == items


def test_what_is_still_being_made_is_not_deleted(cli: Cli) -> None:
    task = cli("generate", "a boat", "--json").document
    result = cli("delete", str(task["media_ids"][0]), "--json")
    assert result.code == 1 and f"cancel {task['task_id']}" in result.document["error"]["next_step"]


@pytest.mark.every_storage
def test_for_good_only_from_the_trash_and_only_when_confirmed(cli: Cli, items: list[str], storage: Storage) -> None:
    n_files = len(storage.files())
    assert cli("delete", "--forever", items[0], "--yes").code == 1  # not in the trash
    cli("delete", *items)
    unasked = cli("delete", "--forever", items[0], "--json")
    assert unasked.code == 2 and unasked.document["error"]["field"] == "yes" and _trash(cli) == items
    assert "This item will be permanently deleted" in unasked.document["error"]["detail"]
    gone = cli("delete", "--forever", items[0], "--yes", "--json")
    assert gone.code == 0 and [item["id"] for item in gone.document["items"]] == [int(items[0])]
    assert _trash(cli) == [items[1]] and 0 < len(storage.files()) < n_files
    assert cli("delete", "--forever", items[0], "--yes").code == 4

    assert cli("trash", "--empty").code == 2 and _trash(cli) == [items[1]]
    assert cli("trash", "--empty", "--yes").out == "1 permanently deleted.\n"
    assert _trash(cli) == [] and storage.files() == {}
    assert cli("trash", "--empty", "--yes", "--json").document == {"deleted": 0}
    assert cli("trash", "--empty").out == "The trash is empty.\n" and cli("trash").err == "Nothing found.\n"


def test_tags_and_favorites(cli: Cli, items: list[str]) -> None:
    tagged = cli("tag", "For Ada", *items, "--json")
    assert tagged.code == 0 and [item["tags"] for item in tagged.document["items"]] == [["For Ada"]] * 2
    assert cli("untag", "for ada", items[0]).code == 0
    assert _gallery(cli, "--tag", "for ada") == [items[1]]
    assert cli("favorite", items[0], "--json").document["items"][0]["is_favorite"] is True
    assert cli("favorite", items[0]).out == f"{items[0]}  is a favorite\n"
    assert _gallery(cli, "--favorites") == [items[0]]
    assert cli("unfavorite", items[0]).code == 0 and _gallery(cli, "--favorites") == []
    refused = cli("tag", "x" * 41, items[0], "--json")
    assert refused.code == 2 and refused.document["error"]["field"] == "tags"
    assert cli("tag", "x", NOBODY).code == cli("favorite", NOBODY).code == 4
    cli("delete", items[0])
    assert cli("favorite", items[0]).code == 4


def test_documents_are_those_of_get(cli: Cli, items: list[str]) -> None:
    def plain(document: Any) -> Any:
        return {name: value for name, value in document.items() if name != "saved_to"}

    assert cli("favorite", items[0], "--json").document["items"][0] == plain(cli("get", items[0], "--json").document)


def test_collections_are_named_or_numbered(cli: Cli, items: list[str]) -> None:
    with open_app(runs_tasks=False) as context:
        made = context.studio.collections.create("For Ada")
        context.studio.collections.add(made.id, [int(items[1])])
    assert _gallery(cli, "--collection", "for ada") == _gallery(cli, "--collection", str(made.id)) == [items[1]]
    assert _gallery(cli, "--batch", "1") == []
    unknown = cli("list", "media", "--collection", "Bob", "--json")
    assert unknown.code == 2 and unknown.document["error"]["field"] == "collection"
    assert "For Ada" in unknown.document["error"]["next_step"]
    assert cli("list", "--collection", "for ada").code == 2 == cli("list", "media", "--oldest", "--longest").code
    assert _gallery(cli, "--longest") == items
