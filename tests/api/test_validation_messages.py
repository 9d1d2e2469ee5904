"""What is said about a wrong field: its name, and what is allowed, as a person would write it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from kaimedia.context import AppContext
from tests.api.conftest import is_problem


def limits(**fields: Any) -> dict[str, Any]:
    return {"limits": [{"scope": "task", "credits": 5}, {"scope": "day", **fields}]}


@pytest.mark.parametrize(
    ("method", "path", "body", "field", "said"),
    [
        ("PUT", "limits", limits(credits=-1), "limits.1.credits", "“limits.1.credits” must be at least 0."),
        ("PUT", "limits", limits(credits=float("nan")), "limits.1.credits", "“limits.1.credits” must be a number."),
        (
            "PUT",
            "limits",
            limits(credits=1e12),
            "limits.1.credits",
            "“limits.1.credits” must be at most 1,000,000,000.",
        ),
        ("PUT", "limits", limits(credits="5"), "limits.1.credits", "“limits.1.credits” must be a number."),
        ("PUT", "limits", limits(credits=1, token_id="?"), "limits.1.token_id", "first 12 digits of the SHA-256"),
        (
            "PUT",
            "settings",
            {"currency": "euros"},
            "currency",
            "“currency” must be three capital letters, such as EUR.",
        ),
        ("PUT", "settings", {"usd_per_credit": 0}, "usd_per_credit", "“usd_per_credit” must be more than 0."),
        ("POST", "quotes", {"requests": []}, "requests", "“requests” must have at least 1 entry."),
        (
            "POST",
            "imports",
            {"provider_task_ids": ["x" * 500]},
            "provider_task_ids",
            "1–128 characters without spaces.",
        ),
        ("GET", "spending?since=2026-13-01", None, "since", "“since” must be a day like 2026-11-22."),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_a_message_says_what_is_allowed(
    idle: tuple[TestClient, AppContext], method: str, path: str, body: Any, field: str, said: str
) -> None:
    content = None if body is None else json.dumps(body)
    answer = idle[0].request(method, f"/api/{path}", content=content, headers={"Content-Type": "application/json"})
    is_problem(answer, 422, "invalid_request", field)
    assert said in answer.json()["detail"]
