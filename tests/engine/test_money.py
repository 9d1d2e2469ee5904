"""Regression tests: ways to pay twice or to lose a paid result."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, Pace, Phase, ProviderName, TaskChange, utc_now
from kaimedia.errors import AuthFailed, InvalidRequest, ProviderUnavailable, ResultExpired, StoreUnavailable
from kaimedia.providers.base import Report, TaskState
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.sandbox.options import SandboxOptions
from kaimedia.studio import CallbackOutcome
from tests.conftest import image_request, video_request, wait_for, wait_for_phase
from tests.engine.test_task_lifecycle import png, sandbox_tasks


def test_a_commit_whose_reply_is_lost_does_not_send_twice(
    config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    """The requeue was committed but its reply was lost: the retry must not requeue a row sent meanwhile."""
    context = open_test_context(config, run_engine=False)
    updater = context.stores.task_updater
    change, injected = updater.change_many, threading.Event()

    def lossy(changes: Any, now: Any) -> set[str]:
        applied = change(changes, now)
        if not injected.is_set() and any(each.fields.get("phase") is Phase.QUEUED for each in changes):
            injected.set()
            raise StoreUnavailable("The connection broke after the commit.")
        return applied

    updater.change_many = lossy  # type: ignore[method-assign]
    task = context.studio.tasks.submit(image_request("x [fault:create_429]"))
    context.engine.start()
    wait_for_phase(context, task.task_id, Phase.DONE)
    assert injected.is_set() and len(sandbox_tasks(sandbox)) == 1


def test_retrying_twice_is_one_new_task(context: AppContext, sandbox: EmbeddedSandbox) -> None:
    task = context.studio.tasks.submit(image_request("x [fault:create_accepted_reset]"))
    wait_for_phase(context, task.task_id, Phase.FAILED)
    fresh: set[str] = set()
    racers = [
        threading.Thread(target=lambda: fresh.add(context.studio.tasks.retry(task.task_id).task_id)) for _ in range(4)
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert len(fresh) == 1
    wait_for_phase(context, fresh.pop(), Phase.FAILED)
    assert len(sandbox_tasks(sandbox)) == 2  # the first, and the one sent again on purpose


def test_an_id_unknown_to_the_provider_changes_nothing(context: AppContext, sandbox: EmbeddedSandbox) -> None:
    task = context.studio.tasks.submit(image_request("x [fault:create_accepted_reset]"))
    lost = wait_for_phase(context, task.task_id, Phase.FAILED)
    for typed in ("0123456789abcdef0123456789abcdef", "nonsense-123"):
        with pytest.raises(InvalidRequest, match="The sandbox has no such task") as refused:
            context.studio.tasks.resolve(task.task_id, typed)
        assert refused.value.field == "provider_task_id"
        assert context.studio.tasks.get(task.task_id) == lost
    assert lost.error_code is ErrorCode.OUTCOME_UNKNOWN and lost.may_have_cost
    context.studio.tasks.resolve(task.task_id, sandbox_tasks(sandbox)[0]["task_id"])
    wait_for_phase(context, task.task_id, Phase.DONE)
    assert len(sandbox_tasks(sandbox)) == 1


def test_an_id_that_cannot_be_checked_changes_nothing(
    context: AppContext, sandbox: EmbeddedSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = context.studio.tasks.submit(image_request("x [fault:create_accepted_reset]"))
    lost = wait_for_phase(context, task.task_id, Phase.FAILED)
    provider_task_id = sandbox_tasks(sandbox)[0]["task_id"]
    client = type(context.providers.client(ProviderName.SANDBOX))
    with monkeypatch.context() as offline:
        offline.setattr("kaimedia.providers.kie.http.transport.Transport.get", unreachable)
        with pytest.raises(ProviderUnavailable, match="gave no clear answer"):
            context.studio.tasks.resolve(task.task_id, provider_task_id)
    with monkeypatch.context() as refused:
        report = Report(TaskState.FAILED, message="no", fault=ErrorCode.BAD_KEY, provider_code=401)
        refused.setattr(client, "report", lambda *args, **kwargs: report)
        with pytest.raises(AuthFailed):
            context.studio.tasks.resolve(task.task_id, provider_task_id)
    assert context.studio.tasks.get(task.task_id) == lost
    assert context.studio.tasks.resolve(task.task_id, provider_task_id).phase is Phase.WAITING


def unreachable(*args: Any, **kwargs: Any) -> Any:
    raise ProviderUnavailable("kie.ai cannot be reached.")


def test_a_forged_callback_during_the_send_does_not_hide_the_reply(
    config: Config,
    open_test_context: Callable[..., AppContext],
    sandbox: EmbeddedSandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    context = open_test_context(config, run_engine=False)
    client = context.providers.client(ProviderName.SANDBOX)
    submit = client.submit
    task_ids: list[str] = []

    def interrupted(*args: Any, **kwargs: Any) -> str:
        nonce = context.studio.tasks.get(task_ids[0]).nonce
        forged = context.studio.callbacks.receive(
            "kie", nonce, {"data": {"taskId": "0123456789abcdef0123456789abcdef"}}
        )
        assert forged is CallbackOutcome.ATTACHED
        return submit(*args, **kwargs)

    monkeypatch.setattr(type(client), "submit", lambda _self, *args, **kwargs: interrupted(*args, **kwargs))
    task_ids.append(context.studio.tasks.submit(image_request("x")).task_id)
    context.engine.start()
    done = wait_for_phase(context, task_ids[0], Phase.DONE)
    assert [entry["task_id"] for entry in sandbox_tasks(sandbox)] == [done.provider_task_id]


def test_a_typed_id_that_the_provider_has_is_confirmed(
    context: AppContext, sandbox: EmbeddedSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = context.studio.tasks.submit(image_request("x [fault:create_accepted_reset] [fault:slow=60]"))
    wait_for_phase(context, task.task_id, Phase.FAILED)
    assert context.studio.tasks.resolve(task.task_id, sandbox_tasks(sandbox)[0]["task_id"]).is_id_unproven
    wait_for(lambda: not context.studio.tasks.get(task.task_id).is_id_unproven, "a poll that finds it")


def test_one_refused_poll_ends_nothing(context: AppContext, sandbox: EmbeddedSandbox) -> None:
    task = context.studio.tasks.submit(image_request("x [fault:poll_451=1]"))
    wait_for_phase(context, task.task_id, Phase.DONE)
    assert len(sandbox_tasks(sandbox)) == 1


def test_refused_polls_end_in_a_task_that_can_be_resumed(context: AppContext, sandbox: EmbeddedSandbox) -> None:
    task = context.studio.tasks.submit(image_request("x [fault:poll_451=4]"))
    ended = wait_for_phase(context, task.task_id, Phase.FAILED)
    assert ended.may_have_cost and ended.due_at is not None
    again = context.studio.tasks.retry(task.task_id)
    assert again.task_id == task.task_id
    wait_for_phase(context, task.task_id, Phase.DONE)
    assert len(sandbox_tasks(sandbox)) == 1


def test_an_unsaved_result_is_fetched_until_its_link_expires(
    context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kaimedia.jobs.plan.SLOW_POLL_S", 0.3)
    save, broken = context.engine.handlers.saver.save, threading.Event()
    broken.set()

    def saver(*args: Any, **kwargs: Any) -> Any:
        if broken.is_set():
            raise ResultExpired("The link is dead.")
        return save(*args, **kwargs)

    context.engine.handlers.saver.save = saver  # type: ignore[method-assign]
    task = context.studio.tasks.submit(image_request())
    ended = wait_for_phase(context, task.task_id, Phase.FAILED)
    assert ended.error_code is ErrorCode.NOT_SAVED and ended.due_at is not None
    broken.clear()
    wait_for_phase(context, task.task_id, Phase.DONE)


def test_an_accepted_id_is_written_once_the_database_is_back(
    config: Config,
    open_test_context: Callable[..., AppContext],
    sandbox: EmbeddedSandbox,
    caplog: pytest.LogCaptureFixture,
) -> None:
    context = open_test_context(config, run_engine=False)
    updater, away = context.stores.task_updater, threading.Event()
    change = updater.change

    def absent(wanted: TaskChange, now: Any) -> Any:
        if "provider_task_id" in wanted.fields and not away.is_set():
            raise StoreUnavailable("The database does not answer.")
        return change(wanted, now)

    updater.change = absent  # type: ignore[method-assign]
    logger = __import__("logging").getLogger("kaimedia")
    logger.propagate = True
    task = context.studio.tasks.submit(image_request())
    context.engine.start()
    wait_for(lambda: sandbox_tasks(sandbox), "the paid call")
    provider_task_id = sandbox_tasks(sandbox)[0]["task_id"]
    wait_for(lambda: any(provider_task_id in r.message and r.levelname == "ERROR" for r in caplog.records), "the id")
    away.set()
    wait_for_phase(context, task.task_id, Phase.DONE)


def test_an_error_in_writing_does_not_end_a_worker_pool(context: AppContext) -> None:
    updater = context.stores.task_updater
    change_many, faults = updater.change_many, iter(range(12))

    def faulty(changes: Any, now: Any) -> set[str]:
        if next(faults, None) is not None and changes:
            raise ValueError("internal error")
        return change_many(changes, now)

    updater.change_many = faulty  # type: ignore[method-assign]
    wait_for(
        lambda: next(faults, None) is None or context.studio.tasks.submit(image_request()) is None, "faults used up", 60
    )
    task = context.studio.tasks.submit(image_request("after the faults"))
    wait_for_phase(context, task.task_id, Phase.DONE, timeout_s=60)


def test_a_clock_set_back_does_not_stop_polling(context: AppContext) -> None:
    stores, now = context.stores, utc_now()
    pace = Pace("reads:test", 10, 10)
    context.engine.stop()
    for number in range(30):
        context.studio.tasks.submit(image_request(f"n {number}"))
    ahead = now + timedelta(hours=3)
    assert len(stores.task_claims.claim("a", ahead, 1, {Phase.QUEUED}, 20, pace=pace)) == 10
    stores.task_claims.release("a")
    stores.task_schedule.wake([task.task_id for task in stores.task_reader.shown()], now)
    later = utc_now() + timedelta(seconds=2)
    assert len(stores.task_claims.claim("b", later, 1, {Phase.QUEUED}, 20, pace=pace)) > 0


def test_a_second_engine_of_this_process_leaves_live_sends_alone(
    config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    one = open_test_context(config, run_engine=False)
    client = one.providers.client(ProviderName.SANDBOX)
    submit, go_on = client.submit, threading.Event()

    def slow(*args: Any) -> str:
        assert args[1].prompt == "another" or go_on.wait(20)
        return submit(*args)

    client.submit = slow  # type: ignore[method-assign,assignment]
    task = one.studio.tasks.submit(image_request())
    one.engine.start()
    wait_for_phase(one, task.task_id, Phase.SENDING)
    two = open_test_context(config)
    wait_for(lambda: two.engine.heartbeat_at, "the second engine")
    other = two.studio.tasks.submit(image_request("another"))
    wait_for_phase(two, other.task_id, Phase.DONE)
    assert two.studio.tasks.get(task.task_id).phase is Phase.SENDING
    go_on.set()
    wait_for_phase(one, task.task_id, Phase.DONE)


def test_a_known_bad_key_is_refused_before_anything_is_written(
    config: Config, open_test_context: Callable[..., AppContext], sandbox_options: SandboxOptions
) -> None:
    strict = EmbeddedSandbox(replace(sandbox_options, api_key="the-right-key"))
    strict.start()
    try:
        context = open_test_context(replace(config, kie_api_key="some-other-key", kie_api_url=strict.base_url or ""))
        task = context.studio.tasks.submit(image_request())
        wait_for_phase(context, task.task_id, Phase.FAILED)
        with pytest.raises(AuthFailed):
            context.studio.tasks.submit(image_request())
        assert not context.studio.account.check_key().is_accepted
    finally:
        strict.stop()


def test_one_refused_call_does_not_block_a_working_key(
    config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    context = open_test_context(replace(config, kie_api_key="some-key-of-mine", kie_api_url=sandbox.base_url or ""))
    task = context.studio.tasks.submit(image_request("x [fault:create_401]"))
    wait_for_phase(context, task.task_id, Phase.FAILED)
    wait_for(lambda: context.studio.account.state().problem is None, "the free balance call to clear the problem")
    context.studio.tasks.submit(image_request())


def test_a_keys_own_cap_does_not_disable_generate(
    config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    context = open_test_context(replace(config, kie_api_key="some-key-of-mine", kie_api_url=sandbox.base_url or ""))
    task = context.studio.tasks.submit(image_request("x [fault:create_433]"))
    wait_for_phase(context, task.task_id, Phase.FAILED)
    assert context.studio.account.state().problem is None


def test_a_missing_reference_is_refused_at_once(context: AppContext) -> None:
    reference = context.studio.references.add("veo3_fast", png())
    context.reference_store.path(reference).unlink()
    with pytest.raises(ResultExpired):
        context.studio.tasks.submit(video_request(references=(reference,)))
