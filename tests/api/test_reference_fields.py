"""The inputs of a generation request over HTTP: by role, and what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from kaimedia.context import AppContext
from kaimedia.domain import Role
from tests.api.conftest import ask


def test_inputs_by_role(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    links = [{"url": f"https://images.example/{at}.png"} for at in range(3)]
    references = {"last_frame": links[1:2], "first_frame": links[:1]}
    task_id = ask(client, kind="videos", model="veo3_fast", references=references)["task_id"]
    found = context.studio.tasks.get(task_id).request.references
    assert [(each.role, each.url) for each in found] == [
        (Role.FIRST_FRAME, links[0]["url"]),
        (Role.LAST_FRAME, links[1]["url"]),
    ]
    task_id = ask(client, references={"reference": links})["task_id"]
    assert [each.url for each in context.studio.tasks.get(task_id).request.references] == [x["url"] for x in links]


LINK = {"url": "https://images.example/a.png"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"references": {"last_frame": [LINK]}}, "references.last_frame"),
        ({"references": {"first_frame": [LINK], "reference": [LINK]}}, "references.reference"),
        ({"references": {"first_frame": [LINK, LINK]}}, "references.first_frame"),
        ({"references": {"first_frame": []}}, "references.first_frame"),
        ({"references": {"mask": [LINK]}}, "references.mask"),
        ({"references": {}}, "body"),
        ({"references": {"first_frame": [{}]}}, "references.first_frame"),
        ({"references": {"first_frame": [{**LINK, "media_id": 1}]}}, "references.first_frame"),
        ({"references": {"first_frame": [{"url": "ftp://x"}]}}, "references.first_frame.url"),
        ({"references": {"first_frame": [LINK]}, "image_url": "https://x.example/a.png"}, "body"),
        ({"references": {"reference": [LINK]}, "duration": 4}, "duration"),
    ],
)
def test_wrong_inputs_name_their_field(idle: tuple[TestClient, AppContext], fields: dict[str, Any], field: str) -> None:
    answer = idle[0].post("/api/videos/generate", json={"model": "veo3_fast", "prompt": "x", **fields})
    assert answer.status_code == 422, answer.text
    assert answer.json()["field"] == field, answer.text
