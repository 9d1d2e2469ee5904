"""The data files of the market models follow their schema, and the schema follows the code."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from kaimedia.domain import InputKind, Modality, Role
from kaimedia.models.catalogue.market import FOLDER
from kaimedia.models.params import ParamKind
from kaimedia.models.prices import PriceUnit
from kaimedia.models.rules import RuleKind
from kaimedia.models.spec import Capability, Rank

SCHEMA = json.loads(FOLDER.with_name("market.schema.json").read_text(encoding="utf-8"))
ENTRY = SCHEMA["properties"]["models"]["items"]
MODE = ENTRY["properties"]["modes"]["items"]
FIELDS = {field["properties"]["is"]["const"]: field for field in MODE["properties"]["fields"]["items"]["anyOf"]}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_every_file_follows_the_schema(path: Path) -> None:
    checker = jsonschema.Draft202012Validator(SCHEMA)
    problems = [jsonschema.exceptions.best_match([each]) for each in checker.iter_errors(json.loads(path.read_bytes()))]
    assert not problems, [(list(each.path), each.message[:200]) for each in problems]


@pytest.mark.parametrize(
    ("values", "enum"),
    [
        (ENTRY["properties"]["rank"], Rank),
        (ENTRY["properties"]["modality"], Modality),
        (MODE["properties"]["capabilities"]["items"], Capability),
        (MODE["properties"]["price"]["properties"]["unit"], PriceUnit),
        (MODE["properties"]["rules"]["items"]["properties"]["kind"], RuleKind),
        (FIELDS["param"]["properties"]["kind"], ParamKind),
        (FIELDS["input"]["properties"]["media"], InputKind),
        (FIELDS["input"]["properties"]["roles"]["items"], Role),
    ],
)
def test_the_schema_knows_every_value_of_the_code(values: Mapping[str, Any], enum: type[StrEnum]) -> None:
    assert values["enum"] == [each.value for each in enum]


def described(schema: Any, path: str = "") -> Iterator[tuple[str, bool]]:
    """Every key a file may have, and whether it is described."""
    if isinstance(schema, dict):
        for name, value in schema.get("properties", {}).items():
            yield f"{path}/{name}", "description" in value or "const" in value or path.endswith("/rule")
            yield from described(value, f"{path}/{name}")
        yield from described(schema.get("items"), path)
        for each in schema.get("anyOf", ()):
            yield from described(each, path)


def test_every_key_is_described() -> None:
    bare = {name for name, is_described in described(SCHEMA) if not is_described}
    assert bare <= {"/models", "/models/modes/rules/kind", "/models/modes/price/extras/role"} | {
        f"/models/modes/price/{key}" for key in ("extras/credits", "extras/free")
    }


def test_an_unknown_key_and_a_wrong_value_are_found() -> None:
    checker = jsonschema.Draft202012Validator(SCHEMA)
    entry = json.loads((FOLDER / "google.json").read_bytes())["models"][0]
    assert checker.is_valid({"models": [entry]})
    for wrong in ({"tag": "x"}, {"id": "a/b"}, {"tagline": "It ends with a period."}, {"rank": "best"}, {"modes": []}):
        assert not checker.is_valid({"models": [entry | wrong]}), wrong
