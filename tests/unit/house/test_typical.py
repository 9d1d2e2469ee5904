"""How long a model usually takes: learned from what finished, else what the catalogue says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from kaimedia.bootstrap import House
from kaimedia.config import Config
from kaimedia.domain import Modality, Phase, ProviderKind, TaskChange, utc_now
from kaimedia.errors import StoreUnavailable
from kaimedia.kie import catalog
from kaimedia.store.tasks import TaskStore
from kaimedia.studio import TypicalTime
from kaimedia.studio.typical import TypicalTimes
from tests.conftest import image_request

SPEC = catalog.get("gpt4o-image")


@pytest.fixture
def stopped_house(config: Config, open_test_house: Callable[..., House]) -> House:
    """A house whose engine does not run."""
    return open_test_house(config, run_engine=False)


def finish(house: House, took_s: float, provider: ProviderKind = ProviderKind.SANDBOX) -> None:
    """A finished task that took so long from acceptance on."""
    store, now = house.parts.tasks, utc_now()
    task = store.create(
        image_request(), modality=Modality.IMAGE, provider=provider, n_media=1, credits_estimated=6, now=now
    )
    fields = {"phase": Phase.DONE, "accepted_at": now, "completed_at": now + timedelta(seconds=took_s)}
    store.change(TaskChange(task.task_id, frozenset({task.phase}), fields), now)


def test_few_finished_tasks_say_nothing(stopped_house: House) -> None:
    times = TypicalTimes(stopped_house.parts.tasks)
    assert times.of(SPEC, ProviderKind.KIE) == TypicalTime(*SPEC.typical_s)
    finish(stopped_house, 4)
    finish(stopped_house, 4)
    assert times.of(SPEC, ProviderKind.SANDBOX) == TypicalTime(10, 10)


def test_the_median_of_the_last_is_learned_and_each_provider_has_its_own(stopped_house: House) -> None:
    for took_s in (3.0, 4.4, 300.0):
        finish(stopped_house, took_s)
    times = TypicalTimes(stopped_house.parts.tasks)
    assert times.of(SPEC, ProviderKind.SANDBOX) == TypicalTime(4, 4, is_learned=True)
    assert times.of(SPEC, ProviderKind.KIE) == TypicalTime(*SPEC.typical_s)


def test_the_database_is_read_seldom_and_its_silence_fails_no_page(
    stopped_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = 0

    def away(*_arguments: object) -> list[float]:
        nonlocal reads
        reads += 1
        raise StoreUnavailable("The database is busy.")

    monkeypatch.setattr(TaskStore, "durations_s", away)
    times = TypicalTimes(stopped_house.parts.tasks)
    assert {times.of(SPEC, ProviderKind.SANDBOX) for _ in range(50)} == {TypicalTime(10, 10)}
    assert reads == 1


def test_longer_than_usual_begins_at_twice_the_usual_time() -> None:
    assert not TypicalTime(60, 180).is_exceeded(360)
    assert TypicalTime(60, 180).is_exceeded(361)
