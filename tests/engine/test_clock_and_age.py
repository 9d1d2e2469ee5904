"""Clock changes, while running or before a start: nothing is deleted too early and no result is given up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import Condition, Media, MediaQuery, Phase, utc_now
from kaimedia.errors import FetchFailed, StorageFull
from kaimedia.jobs import plan
from kaimedia.media.result_saver import ResultSaver
from kaimedia.store.observed_days import OBSERVED_DAYS, days_for
from kaimedia.store.sign_outs import RETENTION as SIGN_OUT_RETENTION
from kaimedia.studio.gallery import TRASH_RETENTION
from kaimedia.studio.request_keys import KEY_RETENTION
from tests.conftest import housekeeping_of, image_request, wait_for, wait_for_phase
from tests.engine.test_clock import DAY, HOUR, JUMPS, YEAR, Clock, opened

ROUND = timedelta(hours=8)


class SimulatedApp:
    """An app with simulated time; `clock` is its wall clock."""

    def __init__(self, context: AppContext) -> None:
        self.context = context
        self.passed = self.off = timedelta()
        self.begun_at = utc_now()
        self._housekeeping = housekeeping_of(context, self.clock)

    def clock(self) -> datetime:
        return self.begun_at + self.passed + self.off

    def live(self, time: timedelta) -> None:
        until = self.passed + time
        while self.passed < until:
            self.passed += min(ROUND, until - self.passed)
            self._housekeeping()

    def tidy(self) -> None:
        self._housekeeping()


@pytest.fixture
def life(config: Config, open_test_context: Callable[..., AppContext]) -> SimulatedApp:
    context = open_test_context(config)
    made = SimulatedApp(context)
    task = context.studio.tasks.submit(image_request(), idempotency_key="order-1", body_sha256="b")
    wait_for_phase(context, task.task_id, Phase.DONE)
    context.engine.stop()
    return made


def item(life: SimulatedApp) -> Media:
    (found,) = life.context.studio.gallery.page(MediaQuery()).items
    return found


def trash(life: SimulatedApp) -> Media:
    """Delete the item at the clock's time."""
    found = item(life)
    life.context.stores.trash.delete([found.id], life.clock())
    return found


def is_there(life: SimulatedApp, media: Media) -> bool:
    return life.context.storage.facts(media.filename or "") is not None


def test_the_trash_is_emptied_after_its_days(life: SimulatedApp) -> None:
    media = trash(life)
    life.live(TRASH_RETENTION)
    assert is_there(life, media)
    life.live(2 * DAY)
    assert not is_there(life, media) and life.context.studio.trash.state().count == 0
    with life.context.database.read() as session:
        life.tidy()
        ours = OBSERVED_DAYS.c.what == "trash"
        assert session.execute(select(func.count()).where(ours)).scalar_one() == 0


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_jump_alone_removes_nothing(life: SimulatedApp, jump: timedelta) -> None:
    """The same whether the app was running or started with a wrong clock: a round at another time."""
    media = trash(life)
    life.live(DAY)
    life.off = jump
    life.live(4 * DAY)
    assert is_there(life, media)
    life.off = timedelta()
    life.live(4 * DAY)
    assert is_there(life, media) and life.context.studio.gallery.restore([media.id]) == [media.id]


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_items_deleted_under_a_wrong_clock_stay_in_the_trash_as_long_as_others(
    life: SimulatedApp, jump: timedelta
) -> None:
    life.off = jump
    media = trash(life)
    life.live(DAY)
    life.off = timedelta()
    life.live(TRASH_RETENTION - 2 * DAY)
    assert is_there(life, media)
    life.live(5 * DAY)
    assert not is_there(life, media)


def test_a_late_clock_jump_does_not_shorten_the_retention(life: SimulatedApp) -> None:
    media = trash(life)
    life.live(TRASH_RETENTION - HOUR)
    life.off = YEAR
    life.tidy()
    assert is_there(life, media)
    life.live(2 * DAY)
    assert not is_there(life, media)


def test_a_restored_item_starts_over(life: SimulatedApp) -> None:
    media = trash(life)
    life.live(TRASH_RETENTION - DAY)
    life.context.studio.gallery.restore([media.id])
    trash(life)
    life.off = YEAR
    life.live(5 * DAY)
    assert is_there(life, media)


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_repeated_call_is_not_paid_twice_after_a_jump(life: SimulatedApp, jump: timedelta) -> None:
    (task,) = life.context.studio.tasks.page().items
    life.off = jump
    life.live(KEY_RETENTION - HOUR)
    again = life.context.studio.tasks.submit(image_request(), idempotency_key="order-1", body_sha256="b")
    assert again.task_id == task.task_id


def test_keys_expire(life: SimulatedApp) -> None:
    life.live(KEY_RETENTION + 2 * DAY)
    assert life.context.studio.tasks.find_by_key("order-1", "b") is None


@pytest.mark.parametrize("jump", [YEAR, -YEAR], ids=str)
def test_an_ended_sign_in_stays_ended(life: SimulatedApp, jump: timedelta) -> None:
    sign_outs = life.context.stores.sign_outs
    sign_outs.end("one", life.clock())
    life.off = jump
    life.live(2 * DAY)
    sign_outs.end("two", life.clock())
    assert sign_outs.ended(["one", "two"]) == {"one", "two"}
    life.off = timedelta()
    life.live(SIGN_OUT_RETENTION + 4 * DAY)
    assert sign_outs.ended(["one", "two"]) == frozenset()


def test_days_for() -> None:
    assert [days_for(saved) for saved in (timedelta(), HOUR, DAY, 1.5 * DAY, 30 * DAY)] == [0, 2, 2, 3, 31]


# --- results ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_result_is_fetched_whatever_the_clock_says(
    config: Config, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    """The clock changes while the result cannot be fetched: it is neither given up nor saved incomplete."""
    save, broken = ResultSaver.save, [True]

    def saver(self: ResultSaver, *args: Any, **kwargs: Any) -> Any:
        if broken[0]:
            assert not kwargs["is_last_try"]
            raise FetchFailed("The file arrived incomplete.", sha256="0" * 64)
        return save(self, *args, **kwargs)

    monkeypatch.setattr(ResultSaver, "save", saver)
    monkeypatch.setattr("kaimedia.jobs.plan.DAMAGED_TRIES", 10_000)
    clock = Clock()
    with opened(config, clock) as context:
        task = context.studio.tasks.submit(image_request())
        wait_for(lambda: context.studio.tasks.get(task.task_id).attempts >= 2, "tries")
        clock.off = jump
        before = context.studio.tasks.get(task.task_id).attempts
        wait_for(lambda: context.studio.tasks.get(task.task_id).attempts > before, "a try after the jump")
        assert context.studio.tasks.get(task.task_id).error_code is None
    with opened(config, clock) as context:  # and across a restart with the wrong clock
        before = context.studio.tasks.get(task.task_id).attempts
        wait_for(lambda: context.studio.tasks.get(task.task_id).attempts > before, "a try after the restart")
        assert context.studio.tasks.get(task.task_id).error_code is None
        broken[0] = False
        done = wait_for_phase(context, task.task_id, Phase.DONE, Phase.FAILED)
        assert done.phase is Phase.DONE, done
        assert context.studio.gallery.of_task(task.task_id)[0].condition is Condition.OK


def test_tries_are_counted_and_end(context: AppContext) -> None:
    handlers = context.engine.handlers
    done = wait_for_phase(context, context.studio.tasks.submit(image_request()).task_id, Phase.DONE)
    error = FetchFailed("The link did not answer.")
    tries = ((plan.SAVE_TRIES - 2, False, True), (plan.SAVE_TRIES - 1, True, True), (plan.SLOW_SAVES - 1, True, False))
    for attempts, is_failed, continues in tries:
        fields = handlers.after_failed_save(replace(done, attempts=attempts), error)
        assert (fields.get("phase") is Phase.FAILED) is is_failed
        assert (fields["due_at"] is not None) is continues
    assert handlers.after_failed_save(replace(done, attempts=10**6), StorageFull("full"))["due_at"] is not None
