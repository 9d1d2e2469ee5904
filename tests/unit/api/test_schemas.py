"""Answers written as they are are the same JSON as pydantic's."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic_core import to_json

from kaimedia.api.schemas import response_of
from kaimedia.domain import Modality

MOMENT = datetime(2026, 12, 1, 5, 4, 3, 120, UTC)


@pytest.mark.parametrize("number", [7, 2**63, 2**64, -(2**70)])
def test_every_value_is_written_as_pydantic_does(number: int) -> None:
    fields: dict[str, Any] = {
        "text": 'a "quoted" \\ line\nand 日本 🎨\x01\x7f',
        "times": [MOMENT, MOMENT.replace(microsecond=0), None],
        "type": Modality.VIDEO,
        "numbers": [number, 0.1, 1.0, 1e22, 5e-324, True],
        "tuple": ("a", ()),
        "params": {"seed": number, "nested": {"": [{}]}},
    }
    body = response_of(fields).body
    assert body == to_json(fields)
    assert json.loads(bytes(body))["numbers"][0] == number
