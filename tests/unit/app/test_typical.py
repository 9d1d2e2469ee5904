"""How long a model usually takes: learned from finished tasks, else from the catalog."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import GenerationRequest, Modality, Phase, ProviderName, TaskChange, utc_now
from kaimedia.errors import StoreUnavailable
from kaimedia.models import catalogue
from kaimedia.store.tasks.creator import NewTask
from kaimedia.store.tasks.durations import TaskDurations
from kaimedia.store.tasks.imports import FoundFacts
from kaimedia.studio import TimeBasis, TypicalTime
from kaimedia.studio.typical import TypicalTimes
from tests.conftest import image_request

SPEC = catalogue.get("gpt4o-image")


@pytest.fixture
def stopped_context(config: Config, open_test_context: Callable[..., AppContext]) -> AppContext:
    """An app whose engine does not run."""
    return open_test_context(config, run_engine=False)


def finish(
    context: AppContext,
    took_s: float,
    provider: ProviderName = ProviderName.SANDBOX,
    *,
    done_at: datetime | None = None,
    **request: object,
) -> None:
    """Add a finished task that took this long from acceptance."""
    stores, now = context.stores, utc_now()
    task = stores.task_creator.create(NewTask(image_request(**request), Modality.IMAGE, provider, 1, 6), now=now)
    saved_at = now + timedelta(seconds=took_s)
    times = {"accepted_at": now, "provider_done_at": done_at or saved_at, "completed_at": saved_at}
    fields = {"phase": Phase.DONE, **times}
    stores.task_updater.change(TaskChange(task.task_id, frozenset({task.phase}), fields), now)


def test_few_finished_tasks_are_not_enough(stopped_context: AppContext) -> None:
    times = TypicalTimes(stopped_context.stores.task_durations)
    assert times.of(SPEC, ProviderName.KIE) == TypicalTime(*SPEC.typical_s)
    finish(stopped_context, 4)
    finish(stopped_context, 4)
    assert times.of(SPEC, ProviderName.SANDBOX) == TypicalTime(10, 10)


def test_the_median_of_recent_tasks_is_learned_per_provider(stopped_context: AppContext) -> None:
    for took_s in (3.0, 4.4, 300.0):
        finish(stopped_context, took_s)
    times = TypicalTimes(stopped_context.stores.task_durations)
    assert times.of(SPEC, ProviderName.SANDBOX) == TypicalTime(4, 4, TimeBasis.SAME_MODEL, tasks=3)
    assert times.of(SPEC, ProviderName.KIE) == TypicalTime(*SPEC.typical_s)


def test_the_database_is_read_rarely_and_its_failure_fails_no_page(
    stopped_context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = 0

    def away(*_arguments: object) -> list[float]:
        nonlocal reads
        reads += 1
        raise StoreUnavailable("The database is busy.")

    monkeypatch.setattr(TaskDurations, "of_model", away)
    times = TypicalTimes(stopped_context.stores.task_durations)
    assert {times.of(SPEC, ProviderName.SANDBOX) for _ in range(50)} == {TypicalTime(10, 10)}
    assert reads == 1


def test_tasks_with_the_same_settings_are_what_counts_once_there_are_enough(stopped_context: AppContext) -> None:
    for took_s in (30.0, 30.0, 30.0, 30.0):
        finish(stopped_context, took_s)
    for took_s in (90.0, 91.0):
        finish(stopped_context, took_s, variants=4)
    four = image_request(variants=4)
    times = TypicalTimes(stopped_context.stores.task_durations)
    assert times.of(SPEC, ProviderName.SANDBOX, four) == TypicalTime(30, 30, TimeBasis.SAME_MODEL, tasks=6)
    finish(stopped_context, 95.0, variants=4)
    times = TypicalTimes(stopped_context.stores.task_durations)
    assert times.of(SPEC, ProviderName.SANDBOX, four) == TypicalTime(91, 91, TimeBasis.SAME_SETTINGS, tasks=3)
    assert times.of(SPEC, ProviderName.SANDBOX, image_request()) == TypicalTime(
        30, 30, TimeBasis.SAME_SETTINGS, tasks=4
    )


def test_a_choice_of_the_model_is_a_setting(stopped_context: AppContext) -> None:
    spec = catalogue.get("nano-banana-pro")
    request = GenerationRequest(spec.id, "a boat", "1:1", params={"resolution": "4K"})
    for resolution, took_s in (("1K", 20.0), ("4K", 70.0)) * 3:
        finish(stopped_context, took_s, model=spec.id, params={"resolution": resolution})
    times = TypicalTimes(stopped_context.stores.task_durations)
    assert times.of(spec, ProviderName.SANDBOX, request) == TypicalTime(70, 70, TimeBasis.SAME_SETTINGS, tasks=3)
    by_default = times.of(spec, ProviderName.SANDBOX, replace(request, params={}))
    assert by_default == TypicalTime(20, 20, TimeBasis.SAME_SETTINGS, tasks=3)


def test_nine_of_ten_are_known_from_ten_tasks_on_and_only_the_last_fifty_count(stopped_context: AppContext) -> None:
    for took_s in range(1, 10):
        finish(stopped_context, float(took_s))
    nine = TypicalTimes(stopped_context.stores.task_durations).of(SPEC, ProviderName.SANDBOX)
    assert nine == TypicalTime(5, 5, TimeBasis.SAME_MODEL, tasks=9)
    finish(stopped_context, 100.0)
    ten = TypicalTimes(stopped_context.stores.task_durations).of(SPEC, ProviderName.SANDBOX)
    assert ten is not None and (ten.p90_s, ten.tasks) == (9, 10)
    for _ in range(50):
        finish(stopped_context, 200.0)
    fifty = TypicalTimes(stopped_context.stores.task_durations).of(SPEC, ProviderName.SANDBOX)
    assert fifty == TypicalTime(200, 200, TimeBasis.SAME_MODEL, 200, 50)


def test_a_list_of_models_has_what_each_took_at_its_own_provider(stopped_context: AppContext) -> None:
    for _ in range(3):
        finish(stopped_context, 12.0, ProviderName.KIE)
        finish(stopped_context, 3.0, ProviderName.SANDBOX)
    unmeasured = catalogue.get("z-image")
    found = TypicalTimes(stopped_context.stores.task_durations).at_providers([SPEC, catalogue.get("veo3"), unmeasured])
    assert found == {
        SPEC.id: TypicalTime(12, 12, TimeBasis.SAME_MODEL, tasks=3),
        "veo3": TypicalTime(*catalogue.get("veo3").typical_s),
    }


def test_a_result_that_was_fetched_much_later_says_nothing_about_the_time(stopped_context: AppContext) -> None:
    for took_s in (10.0, 10.0, 10.0):
        finish(stopped_context, took_s)
    for _ in range(4):
        finish(stopped_context, 5000.0, done_at=utc_now() + timedelta(seconds=12))
    found = TypicalTimes(stopped_context.stores.task_durations).of(SPEC, ProviderName.SANDBOX)
    assert found == TypicalTime(10, 10, TimeBasis.SAME_MODEL, tasks=3)


def test_an_imported_task_says_nothing_about_the_time(stopped_context: AppContext) -> None:
    stores, now = stopped_context.stores, utc_now()
    made_at = now - timedelta(days=9)
    for number in range(3):
        new = NewTask(image_request(), Modality.IMAGE, ProviderName.SANDBOX, 1, 6)
        facts = FoundFacts(f"p{number}", Phase.SAVING, ("https://kai.test/a.png",), 6.0, made_at, now)
        task = stores.imported_tasks.add(new, facts, now)
        fields = {"phase": Phase.DONE, "completed_at": now}
        stores.task_updater.change(TaskChange(task.task_id, frozenset({task.phase}), fields), now)
    assert TypicalTimes(stores.task_durations).of(SPEC, ProviderName.SANDBOX) == TypicalTime(10, 10)
    assert stores.task_durations.recent_s(10) == {}


def test_longer_than_usual_starts_at_twice_the_usual_time() -> None:
    assert not TypicalTime(60, 180).is_exceeded(360)
    assert TypicalTime(60, 180).is_exceeded(361)


def test_what_one_in_ten_takes_is_not_longer_than_usual() -> None:
    learned = TypicalTime(10, 10, TimeBasis.SAME_MODEL, 45, 50)
    assert not learned.is_exceeded(45)
    assert learned.is_exceeded(46)
