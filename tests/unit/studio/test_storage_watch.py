"""The media storage is checked in the background, and each change is logged once."""

from __future__ import annotations

import logging
import threading

import pytest

from kaimedia.errors import StorageUnavailable
from kaimedia.studio.storage_watch import StorageWatch
from tests.conftest import wait_for


def test_a_problem_is_known_without_a_use_logged_once_and_gone_when_it_is_solved(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("kaimedia"), "propagate", True)
    caplog.set_level(logging.INFO)
    is_well, checks = threading.Event(), []

    def check() -> None:
        checks.append(1)
        if not is_well.is_set():
            raise StorageUnavailable("The bucket refuses the key.", next_step="Correct the key.")

    watch = StorageWatch(check, pauses_s=(300.0, 0.01))
    assert watch.problem is None
    watch.start()
    try:
        wait_for(lambda: len(checks) > 3, "some checks")
        assert watch.problem is not None and watch.problem.next_step == "Correct the key."
        is_well.set()
        wait_for(lambda: watch.problem is None, "a good check")
    finally:
        watch.stop()
    said = [record.getMessage() for record in caplog.records if record.name == "kaimedia.storage"]
    assert said == ["The bucket refuses the key. Correct the key.", "the media storage responds again"]
    assert not any(record.exc_info for record in caplog.records)
