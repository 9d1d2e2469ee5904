"""A file lost with its disk is said to be gone, counts for nothing, and is fetched again while kie.ai keeps it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaimedia.bootstrap import House
from kaimedia.domain import Condition, Phase, utc_now
from kaimedia.errors import StaleTransition
from tests.conftest import image_request, wait_for_phase


def test_a_file_that_is_gone_is_said_and_fetched_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    task = house.studio.submit(image_request(variants=2))
    wait_for_phase(house, task.task_id, Phase.DONE)
    kept, lost = house.studio.media_of_task(task.task_id)
    with pytest.raises(StaleTransition):
        house.studio.missing.fetch_again(lost.id)
    assert lost.filename and kept.filename
    house.storage.delete(lost.filename)
    assert house.studio.disk_use().media_bytes == kept.size_bytes
    item, until = house.studio.missing.details(house.studio.media(lost.id))
    assert item.condition is Condition.MISSING and until and until > utc_now() + timedelta(days=13)
    assert house.studio.missing.details(kept) == (kept, None)

    with monkeypatch.context() as later:
        later.setattr("kaimedia.studio.missing.RECORDS_LIVE_S", -1.0)
        assert house.studio.missing.details(house.studio.media(lost.id))[1] is None
        with pytest.raises(StaleTransition, match="no longer keeps"):
            house.studio.missing.fetch_again(lost.id)

    house.studio.missing.fetch_again(lost.id)
    wait_for_phase(house, task.task_id, Phase.DONE)
    assert [each.id for each in house.studio.media_of_task(task.task_id)] == [kept.id, lost.id]
    back = house.studio.media(lost.id)
    assert back.condition is Condition.OK and back.sha256 == lost.sha256 and house.storage.exists(back.filename or "")
