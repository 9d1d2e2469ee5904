"""A file lost with its disk is reported as missing, uses no space, and can be fetched while kie.ai keeps it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaimedia.context import AppContext
from kaimedia.domain import Condition, Phase, utc_now
from kaimedia.errors import StaleTransition
from tests.conftest import image_request, wait_for, wait_for_phase

pytestmark = pytest.mark.every_storage("exhaustive")


def test_a_missing_file_is_reported_and_fetched_again(context: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    task = context.studio.tasks.submit(image_request(variants=2))
    wait_for_phase(context, task.task_id, Phase.DONE)
    intact, lost = context.studio.gallery.of_task(task.task_id)
    with pytest.raises(StaleTransition):
        context.studio.missing_files.fetch_again(lost.id)
    assert lost.filename and intact.filename
    context.storage.delete([lost.filename])
    wait_for(lambda: context.studio.trash.disk_use().media_bytes == intact.size_bytes, "a comparison in the background")
    item, until = context.studio.missing_files.details(context.studio.gallery.get(lost.id))
    assert item.condition is Condition.MISSING and until and until > utc_now() + timedelta(days=13)
    assert context.studio.missing_files.details(intact) == (intact, None)

    with monkeypatch.context() as later:
        later.setattr("kaimedia.studio.missing_files.RECORDS_LIVE_S", -1.0)
        assert context.studio.missing_files.details(context.studio.gallery.get(lost.id))[1] is None
        with pytest.raises(StaleTransition, match="no longer keeps"):
            context.studio.missing_files.fetch_again(lost.id)

    context.studio.missing_files.fetch_again(lost.id)
    wait_for_phase(context, task.task_id, Phase.DONE)
    assert [each.id for each in context.studio.gallery.of_task(task.task_id)] == [intact.id, lost.id]
    back = context.studio.gallery.get(lost.id)
    assert back.condition is Condition.OK and back.sha256 == lost.sha256 and context.storage.facts(back.filename or "")
