"""Ways to pay twice or to lose what was paid, each once met, each held here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kaimedia.bootstrap import House
from kaimedia.config import Config
from kaimedia.domain import ErrorCode, Pace, Phase, ProviderKind, TaskChange, utc_now
from kaimedia.errors import AuthFailed, InvalidRequest, ProviderUnavailable, ResultExpired, StoreUnavailable
from kaimedia.kie.spec import Report, TaskState
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.sandbox.options import SandboxOptions
from kaimedia.studio import CallbackOutcome
from tests.conftest import image_request, video_request, wait_for, wait_for_phase
from tests.engine.test_life import ledger, png


def test_a_commit_whose_answer_is_lost_is_not_a_second_send(
    config: Config, open_test_house: Callable[..., House], sandbox: EmbeddedSandbox
) -> None:
    """The change back to the queue was committed, its answer lost: the retry must not free a row sent meanwhile."""
    house = open_test_house(config, run_engine=False)
    tasks = house.parts.tasks
    change, injected = tasks.change_many, threading.Event()

    def lossy(changes: Any, now: Any) -> set[str]:
        applied = change(changes, now)
        if not injected.is_set() and any(each.fields.get("phase") is Phase.QUEUED for each in changes):
            injected.set()
            raise StoreUnavailable("The connection broke after the commit.")
        return applied

    tasks.change_many = lossy  # type: ignore[method-assign]
    task = house.studio.submit(image_request("x [fault:create_429]"))
    house.engine.start()
    wait_for_phase(house, task.task_id, Phase.DONE)
    assert injected.is_set() and len(ledger(sandbox)) == 1


def test_retrying_twice_is_one_new_task(house: House, sandbox: EmbeddedSandbox) -> None:
    task = house.studio.submit(image_request("x [fault:create_accepted_reset]"))
    wait_for_phase(house, task.task_id, Phase.FAILED)
    fresh: set[str] = set()
    racers = [threading.Thread(target=lambda: fresh.add(house.studio.retry(task.task_id).task_id)) for _ in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert len(fresh) == 1
    wait_for_phase(house, fresh.pop(), Phase.FAILED)
    assert len(ledger(sandbox)) == 2  # the first, and the one sent again knowingly


def test_an_id_that_the_provider_does_not_know_changes_nothing(house: House, sandbox: EmbeddedSandbox) -> None:
    task = house.studio.submit(image_request("x [fault:create_accepted_reset]"))
    lost = wait_for_phase(house, task.task_id, Phase.FAILED)
    for typed in ("0123456789abcdef0123456789abcdef", "nonsense-123"):
        with pytest.raises(InvalidRequest, match=r"kie\.ai knows no such task") as refused:
            house.studio.resolve(task.task_id, typed)
        assert refused.value.field == "provider_task_id"
        assert house.studio.task(task.task_id) == lost
    assert lost.error_code is ErrorCode.OUTCOME_UNKNOWN and lost.may_have_cost
    house.studio.resolve(task.task_id, ledger(sandbox)[0]["task_id"])
    wait_for_phase(house, task.task_id, Phase.DONE)
    assert len(ledger(sandbox)) == 1


def test_a_provider_that_cannot_be_asked_about_an_id_changes_nothing(
    house: House, sandbox: EmbeddedSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = house.studio.submit(image_request("x [fault:create_accepted_reset]"))
    lost = wait_for_phase(house, task.task_id, Phase.FAILED)
    theirs = ledger(sandbox)[0]["task_id"]
    client = type(house.providers.client(ProviderKind.SANDBOX))
    with monkeypatch.context() as offline:
        offline.setattr("kaimedia.kie.transport.Transport.get", unreachable)
        with pytest.raises(ProviderUnavailable, match="could not be asked"):
            house.studio.resolve(task.task_id, theirs)
    with monkeypatch.context() as refused:
        report = Report(TaskState.FAILED, message="no", fault="bad_key", provider_code=401)
        refused.setattr(client, "report", lambda *args, **kwargs: report)
        with pytest.raises(AuthFailed):
            house.studio.resolve(task.task_id, theirs)
    assert house.studio.task(task.task_id) == lost
    assert house.studio.resolve(task.task_id, theirs).phase is Phase.WAITING


def unreachable(*args: Any, **kwargs: Any) -> Any:
    raise ProviderUnavailable("kie.ai cannot be reached.")


def test_a_forged_callback_during_the_send_does_not_hide_the_reply(
    config: Config, open_test_house: Callable[..., House], sandbox: EmbeddedSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = open_test_house(config, run_engine=False)
    client = house.providers.client(ProviderKind.SANDBOX)
    submit = client.submit
    asked: list[str] = []

    def interrupted(*args: Any, **kwargs: Any) -> str:
        nonce = house.studio.task(asked[0]).nonce
        forged = house.studio.take_callback(nonce, {"data": {"taskId": "0123456789abcdef0123456789abcdef"}})
        assert forged is CallbackOutcome.ADOPTED
        return submit(*args, **kwargs)

    monkeypatch.setattr(type(client), "submit", lambda _self, *args, **kwargs: interrupted(*args, **kwargs))
    asked.append(house.studio.submit(image_request("x")).task_id)
    house.engine.start()
    done = wait_for_phase(house, asked[0], Phase.DONE)
    assert [entry["task_id"] for entry in ledger(sandbox)] == [done.provider_task_id]


def test_a_typed_id_under_which_something_is_found_stays(
    house: House, sandbox: EmbeddedSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = house.studio.submit(image_request("x [fault:create_accepted_reset] [fault:slow=60]"))
    wait_for_phase(house, task.task_id, Phase.FAILED)
    assert house.studio.resolve(task.task_id, ledger(sandbox)[0]["task_id"]).is_id_unproven
    wait_for(lambda: not house.studio.task(task.task_id).is_id_unproven, "a look that finds it")


def test_one_stray_refusal_of_a_look_ends_nothing(house: House, sandbox: EmbeddedSandbox) -> None:
    task = house.studio.submit(image_request("x [fault:poll_451=1]"))
    wait_for_phase(house, task.task_id, Phase.DONE)
    assert len(ledger(sandbox)) == 1


def test_refused_looks_end_in_a_task_that_can_be_taken_up_again(house: House, sandbox: EmbeddedSandbox) -> None:
    task = house.studio.submit(image_request("x [fault:poll_451=4]"))
    ended = wait_for_phase(house, task.task_id, Phase.FAILED)
    assert ended.may_have_cost and ended.due_at is not None
    again = house.studio.retry(task.task_id)
    assert again.task_id == task.task_id
    wait_for_phase(house, task.task_id, Phase.DONE)
    assert len(ledger(sandbox)) == 1


def test_not_saved_is_tried_for_as_long_as_the_link_lives(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kaimedia.jobs.plan.SLOW_LOOK_S", 0.3)
    keep, broken = house.engine.steps.keeper.keep, threading.Event()  # type: ignore[attr-defined]
    broken.set()

    def keeper(*args: Any, **kwargs: Any) -> Any:
        if broken.is_set():
            raise ResultExpired("The link is dead.")
        return keep(*args, **kwargs)

    house.engine.steps.keeper.keep = keeper  # type: ignore[attr-defined]
    task = house.studio.submit(image_request())
    ended = wait_for_phase(house, task.task_id, Phase.FAILED)
    assert ended.error_code is ErrorCode.NOT_SAVED and ended.due_at is not None
    broken.clear()
    wait_for_phase(house, task.task_id, Phase.DONE)


def test_an_accepted_id_is_written_when_the_database_is_back(
    config: Config, open_test_house: Callable[..., House], sandbox: EmbeddedSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    house = open_test_house(config, run_engine=False)
    tasks, away = house.parts.tasks, threading.Event()
    change = tasks.change

    def absent(wanted: TaskChange, now: Any) -> Any:
        if "provider_task_id" in wanted.fields and not away.is_set():
            raise StoreUnavailable("The database is away.")
        return change(wanted, now)

    tasks.change = absent  # type: ignore[method-assign]
    logger = __import__("logging").getLogger("kaimedia")
    logger.propagate = True
    task = house.studio.submit(image_request())
    house.engine.start()
    wait_for(lambda: ledger(sandbox), "the paid call")
    provider_task_id = ledger(sandbox)[0]["task_id"]
    wait_for(lambda: any(provider_task_id in r.message and r.levelname == "ERROR" for r in caplog.records), "the id")
    away.set()
    wait_for_phase(house, task.task_id, Phase.DONE)


def test_a_fault_in_writing_does_not_end_a_lane(house: House) -> None:
    tasks = house.parts.tasks
    change_many, faults = tasks.change_many, iter(range(12))

    def faulty(changes: Any, now: Any) -> set[str]:
        if next(faults, None) is not None and changes:
            raise ValueError("a fault of ours")
        return change_many(changes, now)

    tasks.change_many = faulty  # type: ignore[method-assign]
    wait_for(lambda: next(faults, None) is None or house.studio.submit(image_request()) is None, "faults used up", 60)
    task = house.studio.submit(image_request("after the faults"))
    wait_for_phase(house, task.task_id, Phase.DONE, timeout_s=60)


def test_a_clock_set_back_does_not_stop_the_looks(house: House) -> None:
    tasks, now = house.parts.tasks, utc_now()
    pace = Pace("reads:test", 10, 10)
    house.engine.stop()
    for number in range(30):
        house.studio.submit(image_request(f"n {number}"))
    ahead = now + timedelta(hours=3)
    assert len(tasks.claim("a", ahead, 1, {Phase.QUEUED}, 20, pace=pace)) == 10
    tasks.release("a")
    tasks.wake([task.task_id for task in tasks.shown()], now)
    later = utc_now() + timedelta(seconds=2)
    assert len(tasks.claim("b", later, 1, {Phase.QUEUED}, 20, pace=pace)) > 0


def test_a_second_engine_of_this_process_leaves_live_sends_alone(
    config: Config, open_test_house: Callable[..., House], sandbox: EmbeddedSandbox
) -> None:
    one = open_test_house(config, run_engine=False)
    client = one.providers.client(ProviderKind.SANDBOX)
    submit, go_on = client.submit, threading.Event()

    def slow(*args: Any) -> str:
        assert args[1].prompt == "another" or go_on.wait(20)
        return submit(*args)

    client.submit = slow  # type: ignore[method-assign,assignment]
    task = one.studio.submit(image_request())
    one.engine.start()
    wait_for_phase(one, task.task_id, Phase.SENDING)
    two = open_test_house(config)
    wait_for(lambda: two.engine.beat_at, "the second engine")
    other = two.studio.submit(image_request("another"))
    wait_for_phase(two, other.task_id, Phase.DONE)
    assert two.studio.task(task.task_id).phase is Phase.SENDING
    go_on.set()
    wait_for_phase(one, task.task_id, Phase.DONE)


def test_a_known_bad_key_is_refused_before_anything_is_written(
    config: Config, open_test_house: Callable[..., House], sandbox_options: SandboxOptions
) -> None:
    strict = EmbeddedSandbox(replace(sandbox_options, api_key="the-right-key"))
    strict.start()
    try:
        house = open_test_house(replace(config, kie_api_key="some-other-key", kie_api_url=strict.base_url or ""))
        task = house.studio.submit(image_request())
        wait_for_phase(house, task.task_id, Phase.FAILED)
        with pytest.raises(AuthFailed):
            house.studio.submit(image_request())
        assert not house.studio.check_key().is_ok
    finally:
        strict.stop()


def test_one_refused_call_stops_nothing_once_the_key_works(
    config: Config, open_test_house: Callable[..., House], sandbox: EmbeddedSandbox
) -> None:
    house = open_test_house(replace(config, kie_api_key="some-key-of-mine", kie_api_url=sandbox.base_url or ""))
    task = house.studio.submit(image_request("x [fault:create_401]"))
    wait_for_phase(house, task.task_id, Phase.FAILED)
    wait_for(lambda: house.studio.provider_state().problem is None, "the free balance call to open the way again")
    house.studio.submit(image_request())


def test_a_keys_own_cap_does_not_turn_generate_off(
    config: Config, open_test_house: Callable[..., House], sandbox: EmbeddedSandbox
) -> None:
    house = open_test_house(replace(config, kie_api_key="some-key-of-mine", kie_api_url=sandbox.base_url or ""))
    task = house.studio.submit(image_request("x [fault:create_433]"))
    wait_for_phase(house, task.task_id, Phase.FAILED)
    assert house.studio.provider_state().problem is None


def test_a_reference_that_is_gone_is_told_at_once(house: House) -> None:
    reference = house.studio.add_reference("veo3_fast", png())
    house.parts.shelf.path(reference).unlink()
    with pytest.raises(ResultExpired):
        house.studio.submit(video_request(reference=reference))
