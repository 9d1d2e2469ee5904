"""What was spent, over HTTP and on the command line: the same numbers."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from starlette.testclient import TestClient

from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, Modality, Phase, TaskChange, utc_now
from kaimedia.domain.spending import SpendingBy
from kaimedia.store.tasks.creator import NewTask
from kaimedia.studio.spending_document import csv_text, document
from tests.api.conftest import is_problem
from tests.conftest import image_request, video_request, wait_for_phase


@pytest.fixture
def spent(client: TestClient, context: AppContext) -> TestClient:
    """Two images of one task, one of them a favorite in a collection; a video; and a task that was abandoned."""
    studio = context.studio
    images, video = (
        studio.tasks.submit(request) for request in (image_request("a boat", variants=2), video_request("a kite"))
    )
    for task in (images, video):
        wait_for_phase(context, task.task_id, Phase.DONE)
    studio.gallery.set_favorite(images.media_ids[:1], True)
    client.post("/api/collections", json={"name": "Boats", "media_ids": images.media_ids[:1]})
    gone = studio.tasks.submit(image_request("a storm"))
    fields = {"phase": Phase.FAILED, "error_code": ErrorCode.CANCELLED, "may_have_cost": True, "due_at": None}
    context.stores.task_updater.change(TaskChange(gone.task_id, frozenset(Phase), fields), utc_now())
    return client


def spending(client: TestClient, **query: Any) -> Any:
    answer = client.get("/api/spending", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_every_division_has_the_same_total(spent: TestClient, context: AppContext) -> None:
    tasks = [context.studio.tasks.get(task.task_id) for task in context.studio.tasks.page().items]
    charged = sum(t.credits_estimated if t.credits_actual is None else t.credits_actual for t in tasks)
    for by in ("day", "model", "kind", "collection", "token"):
        found = spending(spent, by=by)
        assert found["by"] == by and found["total"]["credits"] == pytest.approx(charged)
        assert sum(item["credits"] for item in found["items"]) == pytest.approx(charged), by
    assert found["total"]["tasks"] == 3 and found["items"][0]["key"] == ""
    assert not found["is_charged"] and found["provider"] == "sandbox"


def test_what_the_lines_are_called(spent: TestClient) -> None:
    assert {item["label"] for item in spending(spent, by="model")["items"]} == {"GPT-4o Image", "Veo 3.1 Fast"}
    assert {item["key"] for item in spending(spent, by="kind")["items"]} == {"image", "video"}
    assert {item["label"] for item in spending(spent, by="collection")["items"]} == {"Boats", "In no collection"}
    (day,) = spending(spent)["items"]
    assert day["key"] == utc_now().date().isoformat()


def test_kept_results_and_lost_credits(spent: TestClient) -> None:
    found = spending(spent)
    model = next(each for each in found["models"] if each["model"] == "gpt4o-image")
    assert (model["made"], model["kept"], model["favorites"]) == (2, 2, 1)
    assert model["credits_per_kept"] == pytest.approx(model["credits"] / 2)
    (line,) = found["lost"]
    assert (line["reason"], line["tasks"]) == ("abandoned", 1)
    assert line["credits"] == found["total"]["credits_lost"] > 0


def test_days_before_the_first_task_are_empty(spent: TestClient) -> None:
    found = spending(spent, since="2025-01-01", until="2025-01-31", by="model", time_zone="Asia/Tokyo")
    assert (found["since"], found["until"], found["time_zone"]) == ("2025-01-01", "2025-01-31", "Asia/Tokyo")
    assert found["items"] == found["lost"] == found["models"] == [] and found["total"]["credits"] == 0


def test_a_task_dated_before_2000_prevents_no_answer(spent: TestClient, context: AppContext) -> None:
    old = NewTask(image_request(), Modality.IMAGE, "sandbox", 1, 6.0, is_free=True)
    context.stores.task_creator.create(old, now=datetime(1980, 1, 1, tzinfo=UTC))
    assert spending(spent)["total"]["credits"] > 0
    assert spending(spent, until="2005-01-01")["since"] == "2000-01-01"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"since": "2026-02-01", "until": "2026-01-01"}, "since"),
        ({"since": "1999-12-31"}, "since"),
        ({"since": "2001-01-01", "until": "2026-01-01"}, "since"),
        ({"since": "1700000000"}, "since"),
        ({"until": "2026-02-30"}, "until"),
        ({"until": "1999-12-31"}, "since"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"by": "color"}, "by"),
    ],
)
def test_what_cannot_be_answered_is_refused(client: TestClient, query: dict[str, str], field: str) -> None:
    answer = client.get("/api/spending", params=query)
    is_problem(answer, 422, "invalid_request", field)


def test_the_page_downloads_the_same_numbers(spent: TestClient, context: AppContext) -> None:
    service = context.studio.spending
    overview = service.overview(service.period())
    assert json.loads(json.dumps(document(service, overview, SpendingBy.MODEL, "UTC"))) == spending(spent, by="model")
    rows = list(csv.DictReader(StringIO(csv_text(overview))))
    assert {row["model"] for row in rows} == {"gpt4o-image", "veo3_fast"}
    assert sum(float(row["credits"]) for row in rows) == pytest.approx(spending(spent)["total"]["credits"])
