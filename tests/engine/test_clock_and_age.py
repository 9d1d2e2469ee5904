"""A clock that is set, while running or before a start, removes nothing that is kept by age and gives up no result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from kaimedia.bootstrap import House
from kaimedia.config import Config
from kaimedia.domain import Condition, Media, MediaQuery, Phase, utc_now
from kaimedia.errors import FetchFailed, StorageFull
from kaimedia.housekeeping import Housekeeping
from kaimedia.jobs import plan
from kaimedia.media.keeper import Keeper
from kaimedia.store.observed_days import OBSERVED_DAYS, days_for
from kaimedia.store.sign_outs import KEPT as SIGN_OUT_KEPT
from kaimedia.studio.gallery import TRASH_KEPT
from kaimedia.studio.tasks import KEYS_KEPT
from tests.conftest import image_request, wait_for, wait_for_phase
from tests.engine.test_clock import DAY, HOUR, JUMPS, YEAR, Clock, opened

ROUND = timedelta(hours=8)


class Life:
    """A house whose hours pass as told; `clock` is what its wall clock shows."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.passed = self.off = timedelta()
        self.begun_at = utc_now()
        media = house.parts.media
        self._tidy = Housekeeping(house.studio, house.storage, house.database, media, self.clock)

    def clock(self) -> datetime:
        return self.begun_at + self.passed + self.off

    def live(self, time: timedelta) -> None:
        until = self.passed + time
        while self.passed < until:
            self.passed += min(ROUND, until - self.passed)
            self._tidy()

    def tidy(self) -> None:
        self._tidy()


@pytest.fixture
def life(config: Config, open_test_house: Callable[..., House]) -> Life:
    house = open_test_house(config)
    made = Life(house)
    task = house.studio.submit(image_request(), idempotency_key="order-1", body_sha256="b")
    wait_for_phase(house, task.task_id, Phase.DONE)
    house.engine.stop()
    return made


def item(life: Life) -> Media:
    (found,) = life.house.studio.list_media(MediaQuery()).items
    return found


def trash(life: Life) -> Media:
    """Delete the item at the time that the clock shows."""
    found = item(life)
    life.house.parts.media.delete([found.id], life.clock())
    return found


def is_there(life: Life, media: Media) -> bool:
    return life.house.storage.exists(media.filename or "")


def test_the_trash_is_emptied_after_its_days(life: Life) -> None:
    media = trash(life)
    life.live(TRASH_KEPT)
    assert is_there(life, media)
    life.live(2 * DAY)
    assert not is_there(life, media) and life.house.studio.trash().count == 0
    with life.house.database.read() as session:
        life.tidy()
        ours = OBSERVED_DAYS.c.what == "trash"
        assert session.execute(select(func.count()).where(ours)).scalar_one() == 0


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_jump_alone_removes_nothing(life: Life, jump: timedelta) -> None:
    """Whether the app ran meanwhile or was started with the wrong clock: both are a round at another time."""
    media = trash(life)
    life.live(DAY)
    life.off = jump
    life.live(4 * DAY)
    assert is_there(life, media)
    life.off = timedelta()
    life.live(4 * DAY)
    assert is_there(life, media) and life.house.studio.restore_media([media.id]) == [media.id]


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_what_was_deleted_under_a_wrong_clock_is_kept_as_long_and_no_longer(life: Life, jump: timedelta) -> None:
    life.off = jump
    media = trash(life)
    life.live(DAY)
    life.off = timedelta()
    life.live(TRASH_KEPT - 2 * DAY)
    assert is_there(life, media)
    life.live(5 * DAY)
    assert not is_there(life, media)


def test_a_clock_that_jumps_late_takes_no_day_away(life: Life) -> None:
    media = trash(life)
    life.live(TRASH_KEPT - HOUR)
    life.off = YEAR
    life.tidy()
    assert is_there(life, media)
    life.live(2 * DAY)
    assert not is_there(life, media)


def test_what_is_brought_back_begins_anew(life: Life) -> None:
    media = trash(life)
    life.live(TRASH_KEPT - DAY)
    life.house.studio.restore_media([media.id])
    trash(life)
    life.off = YEAR
    life.live(5 * DAY)
    assert is_there(life, media)


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_repeated_call_is_not_paid_twice_after_a_jump(life: Life, jump: timedelta) -> None:
    (task,) = life.house.studio.tasks().items
    life.off = jump
    life.live(KEYS_KEPT - HOUR)
    again = life.house.studio.submit(image_request(), idempotency_key="order-1", body_sha256="b")
    assert again.task_id == task.task_id


def test_keys_are_forgotten_in_the_end(life: Life) -> None:
    life.live(KEYS_KEPT + 2 * DAY)
    assert life.house.studio.asked_before("order-1", "b") is None


@pytest.mark.parametrize("jump", [YEAR, -YEAR], ids=str)
def test_an_ended_sign_in_stays_ended(life: Life, jump: timedelta) -> None:
    sign_outs = life.house.sign_outs
    sign_outs.end("one", life.clock())
    life.off = jump
    life.live(2 * DAY)
    sign_outs.end("two", life.clock())
    assert sign_outs.ended(["one", "two"]) == {"one", "two"}
    life.off = timedelta()
    life.live(SIGN_OUT_KEPT + 4 * DAY)
    assert sign_outs.ended(["one", "two"]) == frozenset()


def test_days_for() -> None:
    assert [days_for(kept) for kept in (timedelta(), HOUR, DAY, 1.5 * DAY, 30 * DAY)] == [0, 2, 2, 3, 31]


# --- results ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_result_is_fetched_on_whatever_the_clock_says(
    config: Config, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    """Set while the result cannot be fetched: neither is it said to be not saved, nor is half of it taken for all."""
    keep, broken = Keeper.keep, [True]

    def keeper(self: Keeper, *args: Any, **kwargs: Any) -> Any:
        if broken[0]:
            assert not kwargs["is_last_try"]
            raise FetchFailed("The file arrived incomplete.", sha256="0" * 64)
        return keep(self, *args, **kwargs)

    monkeypatch.setattr(Keeper, "keep", keeper)
    monkeypatch.setattr("kaimedia.jobs.plan.DAMAGED_TRIES", 10_000)
    clock = Clock()
    with opened(config, clock) as house:
        task = house.studio.submit(image_request())
        wait_for(lambda: house.studio.task(task.task_id).attempts >= 2, "tries")
        clock.off = jump
        before = house.studio.task(task.task_id).attempts
        wait_for(lambda: house.studio.task(task.task_id).attempts > before, "a try after the jump")
        assert house.studio.task(task.task_id).error_code is None
    with opened(config, clock) as house:  # and across a restart at which the clock is wrong
        before = house.studio.task(task.task_id).attempts
        wait_for(lambda: house.studio.task(task.task_id).attempts > before, "a try after the restart")
        assert house.studio.task(task.task_id).error_code is None
        broken[0] = False
        done = wait_for_phase(house, task.task_id, Phase.DONE, Phase.FAILED)
        assert done.phase is Phase.DONE, done
        assert house.studio.media_of_task(task.task_id)[0].condition is Condition.OK


def test_tries_are_counted_and_end(house: House) -> None:
    steps = house.engine.steps  # type: ignore[attr-defined]
    done = wait_for_phase(house, house.studio.submit(image_request()).task_id, Phase.DONE)
    error = FetchFailed("The link did not answer.")
    tries = ((plan.SAVE_TRIES - 2, False, True), (plan.SAVE_TRIES - 1, True, True), (plan.SLOW_SAVES - 1, True, False))
    for attempts, is_said, goes_on in tries:
        fields = steps.after_failed_save(replace(done, attempts=attempts), error)
        assert (fields.get("phase") is Phase.FAILED) is is_said
        assert (fields["due_at"] is not None) is goes_on
    assert steps.after_failed_save(replace(done, attempts=10**6), StorageFull("full"))["due_at"] is not None
