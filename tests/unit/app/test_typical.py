"""How long a model usually takes: learned from finished tasks, else from the catalog."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import Modality, Phase, ProviderName, TaskChange, utc_now
from kaimedia.errors import StoreUnavailable
from kaimedia.models import catalogue
from kaimedia.store.tasks.creator import NewTask
from kaimedia.store.tasks.reader import TaskReader
from kaimedia.studio import TypicalTime
from kaimedia.studio.typical import TypicalTimes
from tests.conftest import image_request

SPEC = catalogue.get("gpt4o-image")


@pytest.fixture
def stopped_context(config: Config, open_test_context: Callable[..., AppContext]) -> AppContext:
    """An app whose engine does not run."""
    return open_test_context(config, run_engine=False)


def finish(context: AppContext, took_s: float, provider: ProviderName = ProviderName.SANDBOX) -> None:
    """Add a finished task that took this long from acceptance."""
    stores, now = context.stores, utc_now()
    task = stores.task_creator.create(NewTask(image_request(), Modality.IMAGE, provider, 1, 6), now=now)
    fields = {"phase": Phase.DONE, "accepted_at": now, "completed_at": now + timedelta(seconds=took_s)}
    stores.task_updater.change(TaskChange(task.task_id, frozenset({task.phase}), fields), now)


def test_few_finished_tasks_are_not_enough(stopped_context: AppContext) -> None:
    times = TypicalTimes(stopped_context.stores.task_reader)
    assert times.of(SPEC, ProviderName.KIE) == TypicalTime(*SPEC.typical_s)
    finish(stopped_context, 4)
    finish(stopped_context, 4)
    assert times.of(SPEC, ProviderName.SANDBOX) == TypicalTime(10, 10)


def test_the_median_of_recent_tasks_is_learned_per_provider(stopped_context: AppContext) -> None:
    for took_s in (3.0, 4.4, 300.0):
        finish(stopped_context, took_s)
    times = TypicalTimes(stopped_context.stores.task_reader)
    assert times.of(SPEC, ProviderName.SANDBOX) == TypicalTime(4, 4, is_learned=True)
    assert times.of(SPEC, ProviderName.KIE) == TypicalTime(*SPEC.typical_s)


def test_the_database_is_read_rarely_and_its_failure_fails_no_page(
    stopped_context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = 0

    def away(*_arguments: object) -> list[float]:
        nonlocal reads
        reads += 1
        raise StoreUnavailable("The database is busy.")

    monkeypatch.setattr(TaskReader, "durations_s", away)
    times = TypicalTimes(stopped_context.stores.task_reader)
    assert {times.of(SPEC, ProviderName.SANDBOX) for _ in range(50)} == {TypicalTime(10, 10)}
    assert reads == 1


def test_longer_than_usual_starts_at_twice_the_usual_time() -> None:
    assert not TypicalTime(60, 180).is_exceeded(360)
    assert TypicalTime(60, 180).is_exceeded(361)
