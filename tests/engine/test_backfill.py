"""At the start, few missing results are fetched again by themselves; many are only offered."""

from __future__ import annotations

import pytest

from kaimedia.context import AppContext
from kaimedia.domain import Condition, Media, Phase
from kaimedia.studio.rescue.backfill import BackfillResult
from tests.conftest import housekeeping_of, image_request, wait_for_phase
from tests.finished import finished
from tests.stored import put_bytes

pytestmark = pytest.mark.every_storage("exhaustive")


def made(context: AppContext, prompt: str) -> Media:
    task = context.studio.tasks.submit(image_request(prompt))
    wait_for_phase(context, task.task_id, Phase.DONE)
    return context.studio.gallery.of_task(task.task_id)[0]


def test_a_missing_result_comes_back(context: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    lost, kept = made(context, "a boat"), made(context, "a fox")
    context.storage.delete([str(lost.filename)])
    rounds = housekeeping_of(context)
    rounds()
    assert context.studio.rescue.backfill.last == BackfillResult(unconfirmed=1)
    assert context.studio.gallery.get(lost.id) == lost, "it may be missing for a moment"
    monkeypatch.setattr("kaimedia.studio.rescue.backfill.CONFIRMED_AFTER_S", 0.0)
    rounds()
    assert context.studio.rescue.backfill.last == BackfillResult(fetching=1)
    wait_for_phase(context, lost.task_id, Phase.DONE)
    back = context.studio.gallery.get(lost.id)
    assert back.sha256 == lost.sha256 and context.storage.facts(str(back.filename))
    assert context.studio.gallery.get(kept.id) == kept
    assert context.studio.tasks.page().total == 2


def test_what_was_missing_for_a_moment_is_left_alone(context: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kaimedia.studio.rescue.backfill.CONFIRMED_AFTER_S", 0.001)
    item = made(context, "a boat")
    with context.storage.open(str(item.filename)) as stream:
        data = stream.read()
    for _ in range(2):
        context.storage.delete([str(item.filename)])
        assert context.studio.rescue.backfill.run() == BackfillResult(unconfirmed=1)
        put_bytes(context.storage, str(item.filename), data)
        assert context.studio.rescue.backfill.run() == BackfillResult()
    assert context.studio.gallery.get(item.id) == item


def test_many_are_only_offered(context: AppContext) -> None:
    items = [finished(context, image_request(f"boat {number}"))[1][0] for number in range(3)]
    context.storage.delete([str(item.filename) for item in items[:2]])
    assert context.studio.rescue.backfill.run() == BackfillResult(offered=2)
    assert [context.studio.gallery.get(item.id) for item in items] == items


def test_what_the_provider_no_longer_keeps_is_left_alone(context: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    _, (item,) = finished(context, image_request())
    context.storage.delete([str(item.filename)])
    monkeypatch.setattr("kaimedia.studio.missing_files.RECORDS_LIVE_S", -1.0)
    assert context.studio.rescue.backfill.run() == BackfillResult()
    assert context.studio.gallery.get(item.id).condition is Condition.OK
