"""What is stored of the providers' lists of models, and that one process at a time compares."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from kaimedia.domain import InputSchema, ListedModel, Modality, SavedListing, SchemaProblem
from kaimedia.errors import UnexpectedResponse
from kaimedia.store.database.database import Database
from kaimedia.store.model_lists import LISTED_MODELS, ModelLists
from kaimedia.store.stores import Stores
from tests.contract.store.factories import NOW, later

LUMEN = ListedModel("acme/lumen", "Lumen", "Acme", Modality.VIDEO, ("text-to-video",), "10 credits")
CHAT = ListedModel("chat")
SCHEMA = InputSchema({"type": "object", "properties": {"prompt": {"type": "string"}}})


def begun(lists: ModelLists, now: datetime = NOW) -> bool:
    return lists.begin("kie", now=now, stale_before=now - timedelta(minutes=10))


def found(lists: ModelLists) -> dict[str, SavedListing]:
    return {each.model.id: each for each in lists.listings()}


def test_a_list_is_kept_with_what_is_missing(stores: Stores) -> None:
    lists = stores.model_lists
    assert (lists.checks(), lists.listings()) == ({}, ())
    assert begun(lists)
    lists.save_list("kie", (LUMEN, CHAT), expected=("veo", "acme/lumen"), now=NOW)
    assert lists.listings() == (
        SavedListing("kie", LUMEN, NOW),
        SavedListing("kie", CHAT, NOW),
        SavedListing("kie", ListedModel("veo"), NOW, NOW, InputSchema(None)),
    )
    check = lists.checks()["kie"]
    assert (check.checked_at, check.failed_at, check.failure) == (NOW, None, "")


def test_an_id_is_missing_since_it_was_first_missed_until_it_is_back(stores: Stores) -> None:
    lists = stores.model_lists
    begun(lists)
    lists.save_list("kie", (LUMEN, CHAT), expected=(), now=NOW)
    for day in (1, 2):
        lists.save_list("kie", (CHAT,), expected=(), now=later(86_400 * day))
    assert found(lists)["acme/lumen"].missing_since == later(86_400)
    renamed = ListedModel("acme/lumen", "Lumen, renamed", "Acme", Modality.IMAGE)
    lists.save_list("kie", (renamed, CHAT), expected=(), now=later(86_400 * 3))
    assert found(lists)["acme/lumen"] == SavedListing("kie", renamed, NOW)


def test_a_schema_stays_when_the_list_is_read_again(stores: Stores) -> None:
    lists = stores.model_lists
    begun(lists)
    lists.save_list("kie", (LUMEN,), expected=(), now=NOW)
    assert found(lists)["acme/lumen"].input == InputSchema(None, SchemaProblem.NOT_FETCHED)
    lists.save_schema("kie", "acme/lumen", SCHEMA, now=NOW)
    lists.save_list("kie", (LUMEN,), expected=(), now=later(1))
    assert found(lists)["acme/lumen"].input == SCHEMA


def test_a_problem_does_not_replace_a_schema(stores: Stores) -> None:
    lists = stores.model_lists
    begun(lists)
    lists.save_list("kie", (LUMEN,), expected=(), now=NOW)
    lists.save_schema("kie", "acme/lumen", InputSchema(None, SchemaProblem.NOT_PUBLISHED), now=NOW)
    assert found(lists)["acme/lumen"].input == InputSchema(None, SchemaProblem.NOT_PUBLISHED)
    lists.save_schema("kie", "acme/lumen", SCHEMA, now=NOW)
    lists.save_schema("kie", "acme/lumen", InputSchema(None, SchemaProblem.UNREADABLE), now=NOW)
    assert found(lists)["acme/lumen"].input == InputSchema(SCHEMA.schema, SchemaProblem.UNREADABLE)
    lists.save_schema("kie", "acme/lumen", SCHEMA, now=NOW)
    assert found(lists)["acme/lumen"].input == SCHEMA


def test_the_last_known_modality_stays(stores: Stores) -> None:
    lists = stores.model_lists
    begun(lists)
    lists.save_list("kie", (LUMEN, CHAT), expected=(), now=NOW)
    lists.save_schema("kie", "acme/lumen", SCHEMA, now=NOW)
    lists.save_list("kie", (replace(LUMEN, modality=None), CHAT), expected=(), now=later(1))
    unclear = found(lists)["acme/lumen"]
    assert unclear.model == LUMEN and unclear.input == InputSchema(SCHEMA.schema, SchemaProblem.NOT_MEDIA)
    assert found(lists)["chat"].model.modality is None
    lists.save_list("kie", (LUMEN, CHAT), expected=(), now=later(2))
    assert found(lists)["acme/lumen"].input == InputSchema(SCHEMA.schema, SchemaProblem.NOT_FETCHED)


def test_values_of_a_later_version_are_read_as_unknown(stores: Stores, db: Database) -> None:
    lists = stores.model_lists
    begun(lists)
    lists.save_list("kie", (LUMEN, CHAT), expected=(), now=NOW)
    with db.write() as session:
        session.execute(update(LISTED_MODELS).values(modality="scent", schema_problem="on_strike"))
    assert {(each.model.modality, each.input.problem) for each in lists.listings()} == {
        (None, SchemaProblem.UNREADABLE)
    }


@pytest.mark.parametrize("value", ["a\x00b", "\ud800", float("nan")])
def test_a_schema_that_cannot_be_stored_is_refused_as_such(stores: Stores, dialect: str, value: Any) -> None:
    lists = stores.model_lists
    begun(lists)
    lists.save_list("kie", (LUMEN,), expected=(), now=NOW)
    refused = pytest.raises(UnexpectedResponse) if dialect == "postgresql" else nullcontext()  # SQLite keeps it as text
    with refused:
        lists.save_schema("kie", "acme/lumen", InputSchema({"default": value}), now=NOW)
    lists.save_schema("kie", "acme/lumen", SCHEMA, now=NOW)
    assert found(lists)["acme/lumen"].input == SCHEMA


def test_providers_do_not_mix(stores: Stores) -> None:
    lists = stores.model_lists
    begun(lists)
    assert lists.begin("sandbox", now=NOW, stale_before=NOW)
    lists.save_list("kie", (LUMEN,), expected=(), now=NOW)
    lists.save_list("sandbox", (CHAT,), expected=(), now=NOW)
    assert {(each.provider, each.model.id, each.missing_since) for each in lists.listings()} == {
        ("kie", "acme/lumen", None),
        ("sandbox", "chat", None),
    }


def test_one_comparison_at_a_time(stores: Stores) -> None:
    lists = stores.model_lists
    assert begun(lists)
    assert not begun(lists, later(60))
    lists.save_list("kie", (LUMEN,), expected=(), now=later(500))
    assert not begun(lists, later(700)), "it went on 200 s ago"
    lists.finish("kie", failure="", now=later(701))
    assert begun(lists, later(702))
    assert begun(lists, later(2_000)), "the process that began it is gone"
    assert begun(lists, later(1_000)), "it began in the future: a clock was ahead"


def test_a_failure_is_kept_beside_the_last_success(stores: Stores) -> None:
    lists = stores.model_lists
    begun(lists)
    lists.save_list("kie", (LUMEN,), expected=(), now=NOW)
    before = lists.checks()["kie"].revision
    lists.finish("kie", failure="No connection.", now=later(5))
    check = lists.checks()["kie"]
    assert (check.checked_at, check.failed_at, check.failure) == (NOW, later(5), "No connection.")
    assert check.revision > before and check.started_at is None
    assert [each.model for each in lists.listings()] == [LUMEN]
    lists.save_list("kie", (LUMEN,), expected=(), now=later(9))
    assert lists.checks()["kie"].failure == ""
