"""Restarts, two engines, rate limits: nothing is paid twice."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.processes import worker_command
from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, Phase, ProviderName, Status, TaskChange, utc_now
from kaimedia.jobs.owner import is_dead, new_owner, pid_space, retire
from kaimedia.providers.base import Limits
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.conftest import FAST, ROOT, image_request, wait_for, wait_for_phase
from tests.engine.test_task_lifecycle import sandbox_tasks


def test_a_restart_resumes_running_tasks(
    config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    first = open_test_context(config)
    tasks = [first.studio.tasks.submit(image_request(f"image {n} [fault:slow=150]")) for n in range(6)]
    wait_for(lambda: len(sandbox_tasks(sandbox)) == 6, "six accepted tasks")
    first.close()
    second = open_test_context(config)
    for task in tasks:
        wait_for_phase(second, task.task_id, Phase.DONE)
    assert len(sandbox_tasks(sandbox)) == 6


def test_running_tasks_are_fetched_before_new_ones_are_sent(
    config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    first = open_test_context(config)
    old = first.studio.tasks.submit(image_request("old [fault:slow=60]"))
    wait_for_phase(first, old.task_id, Phase.WAITING, Phase.GENERATING)
    first.close()
    wait_for(lambda: sandbox_tasks(sandbox)[0]["state"] == "success", "the provider to finish meanwhile")
    second = open_test_context(config, run_engine=False)
    new = second.studio.tasks.submit(image_request("new"))
    second.engine.start()
    wait_for_phase(second, new.task_id, Phase.DONE)
    saved_at = second.studio.tasks.get(old.task_id).completed_at
    sent_at = second.studio.tasks.get(new.task_id).sent_at
    assert saved_at and sent_at and saved_at <= sent_at


def test_a_task_found_sending_after_a_crash_is_not_sent_again(
    config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    context = open_test_context(config, run_engine=False)
    task = context.studio.tasks.submit(image_request())
    dead = f"{socket.gethostname()}@{pid_space()}:{_dead_pid()}:0123456789ab"
    claimed = context.stores.task_claims.claim_to_send(dead, utc_now(), 600, 5, provider=ProviderName.SANDBOX)
    assert [c.task_id for c in claimed] == [task.task_id]
    context.engine.start()
    lost = wait_for_phase(context, task.task_id, Phase.FAILED)
    assert lost.error_code is ErrorCode.OUTCOME_UNKNOWN and lost.may_have_cost
    assert sandbox_tasks(sandbox) == []


def test_a_late_reply_resolves_a_task_declared_lost(
    config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    """Another process gave the task up while our call was still in progress."""
    context = open_test_context(config, run_engine=False)
    client = context.providers.client(ProviderName.SANDBOX)
    submit, given_up = client.submit, threading.Event()

    def slow_submit(*args: Any) -> str:
        provider_task_id = submit(*args)
        assert given_up.wait(20)
        return provider_task_id

    client.submit = slow_submit  # type: ignore[method-assign,assignment]
    task = context.studio.tasks.submit(image_request())
    context.engine.start()
    wait_for_phase(context, task.task_id, Phase.SENDING)
    fields = {"phase": Phase.FAILED, "error_code": ErrorCode.OUTCOME_UNKNOWN, "error_message": "?"}
    context.stores.task_updater.change(TaskChange(task.task_id, frozenset({Phase.SENDING}), fields), utc_now())
    given_up.set()
    wait_for_phase(context, task.task_id, Phase.DONE)
    assert len(sandbox_tasks(sandbox)) == 1


def test_two_engines_on_one_database_pay_once(
    config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    one, two = open_test_context(config), open_test_context(config)
    tasks = [one.studio.tasks.submit(image_request(f"number {n}")) for n in range(30)]
    for task in tasks:
        wait_for_phase(two, task.task_id, Phase.DONE, timeout_s=60)
    prompts = Counter(entry["prompt"] for entry in sandbox_tasks(sandbox))
    assert len(prompts) == 30 and set(prompts.values()) == {1}


def test_sends_stay_within_the_account_limit(
    config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    limits = Limits(creates=5, window_s=1.0, reads_per_s=1000)
    apps = [open_test_context(config, limits=limits) for _ in range(2)]
    for number in range(20):
        apps[number % 2].studio.tasks.submit(image_request(f"number {number}"))
    wait_for(lambda: len(sandbox_tasks(sandbox)) == 20, "twenty accepted", 30)
    sent = sorted(task.sent_at for task in apps[0].studio.tasks.page(limit=100).items if task.sent_at is not None)
    for first, sixth in zip(sent, sent[5:], strict=False):
        assert sixth - first >= timedelta(seconds=1)


def test_polls_are_paced_for_the_account(
    config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    polls: list[float] = []
    context = open_test_context(
        replace(config, poll_s=0.05), run_engine=False, limits=Limits(creates=1000, window_s=1, reads_per_s=5)
    )
    client = context.providers.client(ProviderName.SANDBOX)
    report = client.report

    def counted(*args: object) -> object:
        polls.append(utc_now().timestamp())
        return report(*args)  # type: ignore[arg-type]

    client.report = counted  # type: ignore[method-assign,assignment]
    for number in range(12):
        context.studio.tasks.submit(image_request(f"number {number} [fault:stuck]"))
    context.engine.start()
    wait_for(lambda: len(polls) >= 20, "twenty polls")
    # A bucket of 5 that refills with 5 a second: within any 2 seconds at most 5 + 2 × 5.
    for index, begin in enumerate(polls):
        assert sum(1 for at in polls[index:] if at - begin <= 2.0) <= 16


def test_a_full_disk_refuses_before_anything_is_paid(
    context: AppContext, sandbox: EmbeddedSandbox, monkeypatch: object
) -> None:
    from kaimedia.errors import StorageFull

    def full() -> None:
        raise StorageFull("There is no room left where the media are kept.")

    context.storage.check_writable = full  # type: ignore[method-assign]
    try:
        context.studio.tasks.submit(image_request())
    except StorageFull as error:
        assert "Free up disk space" in error.next_step
    else:
        raise AssertionError("it was accepted")
    assert sandbox_tasks(sandbox) == []


def test_a_worker_ends_within_five_seconds_of_sigterm(config: Config, tmp_path: Path, sandbox: EmbeddedSandbox) -> None:
    environment = {
        **os.environ,
        "KAIMEDIA_DATABASE_URL": config.database_url,
        "KAIMEDIA_MEDIA_URL": config.media_url,
        "KAIMEDIA_DATA": str(config.data_folder),
        "KAIMEDIA_SANDBOX_URL": sandbox.base_url,
        "KAIMEDIA_POLL_S": "0.2",
    }
    command = worker_command(sys.executable)
    worker = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        assert worker.stderr is not None
        for line in worker.stderr:
            if "running as" in line:
                break
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=5) == 0
    finally:
        worker.kill()
        worker.communicate()


def test_owners() -> None:
    here = f"{socket.gethostname()}@{pid_space()}"
    assert is_dead(f"{here}:{_dead_pid()}:ab")
    assert is_dead(f"{here}:{os.getpid()}:ab")  # our own pid, from an earlier start
    ours = new_owner()
    assert not is_dead(ours)
    retire(ours)
    assert is_dead(ours)
    assert not is_dead(f"another-machine@{pid_space()}:{_dead_pid()}:ab")
    assert not is_dead(f"{here}:1:ab")


def test_owners_of_another_container_with_our_host_name_are_not_judged() -> None:
    for place in (socket.gethostname(), f"{socket.gethostname()}@another-boot-4026531836"):
        assert not is_dead(f"{place}:{_dead_pid()}:ab")
        assert not is_dead(f"{place}:{os.getpid()}:ab")


def test_a_paid_call_in_another_container_with_our_host_name_goes_on(
    config: Config, open_test_context: Callable[..., AppContext]
) -> None:
    first = open_test_context(config, run_engine=False)
    task = first.studio.tasks.submit(image_request())
    owner = f"{socket.gethostname()}@another-boot-4026531836:{_dead_pid()}:ab"
    (sending,) = first.stores.task_claims.claim_to_send(owner, utc_now(), 30.0, 1, provider=task.provider)
    engine = open_test_context(config).engine
    beat = wait_for(lambda: engine.heartbeat_at, "a first round")
    wait_for(lambda: engine.heartbeat_at and (engine.heartbeat_at - beat).total_seconds() > 1.5, "later rounds")
    assert first.studio.tasks.get(sending.task_id).phase is Phase.SENDING
    assert first.stores.task_claims.owners() == {owner}


def test_running_tasks_are_listed(context: AppContext) -> None:
    task = context.studio.tasks.submit(image_request("x [fault:slow=90]"))
    assert [shown.task_id for shown in context.studio.tasks.shown()] == [task.task_id]
    assert context.studio.tasks.page(status=Status.COMPLETED).total == 0
    wait_for_phase(context, task.task_id, Phase.DONE)
    assert context.studio.tasks.page(status=Status.COMPLETED).total == 1
    assert FAST.creates > 20


def _dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid
