"""Restarts, two engines, limits: the rows decide, and nothing is paid twice."""

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

from kaimedia.bootstrap import House
from kaimedia.config import Config
from kaimedia.domain import ErrorCode, Phase, ProviderKind, Status, TaskChange, utc_now
from kaimedia.jobs.limits import Limits
from kaimedia.jobs.owner import is_dead, new_owner, retire
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.conftest import FAST, ROOT, image_request, wait_for, wait_for_phase
from tests.engine.test_life import ledger


def test_a_restart_goes_on_where_it_was(
    config: Config, open_test_house: Callable[..., House], sandbox: EmbeddedSandbox
) -> None:
    first = open_test_house(config)
    tasks = [first.studio.submit(image_request(f"picture {n} [fault:slow=150]")) for n in range(6)]
    wait_for(lambda: len(ledger(sandbox)) == 6, "six accepted tasks")
    first.close()
    second = open_test_house(config)
    for task in tasks:
        wait_for_phase(second, task.task_id, Phase.DONE)
    assert len(ledger(sandbox)) == 6


def test_what_is_in_flight_is_fetched_before_anything_new_is_sent(
    config: Config, open_test_house: Callable[..., House], sandbox: EmbeddedSandbox
) -> None:
    first = open_test_house(config)
    old = first.studio.submit(image_request("old [fault:slow=60]"))
    wait_for_phase(first, old.task_id, Phase.WAITING, Phase.GENERATING)
    first.close()
    wait_for(lambda: ledger(sandbox)[0]["state"] == "success", "the provider to finish meanwhile")
    second = open_test_house(config, run_engine=False)
    new = second.studio.submit(image_request("new"))
    second.engine.start()
    wait_for_phase(second, new.task_id, Phase.DONE)
    saved_at = second.studio.task(old.task_id).completed_at
    sent_at = second.studio.task(new.task_id).sent_at
    assert saved_at and sent_at and saved_at <= sent_at


def test_a_task_found_sending_after_a_crash_is_not_sent_again(
    config: Config, open_test_house: Callable[..., House], sandbox: EmbeddedSandbox
) -> None:
    house = open_test_house(config, run_engine=False)
    task = house.studio.submit(image_request())
    dead = f"{socket.gethostname()}:{_dead_pid()}:0123456789ab"
    claimed = house.parts.tasks.claim_to_send(dead, utc_now(), 600, 5, provider=ProviderKind.SANDBOX)
    assert [c.task_id for c in claimed] == [task.task_id]
    house.engine.start()
    lost = wait_for_phase(house, task.task_id, Phase.FAILED)
    assert lost.error_code is ErrorCode.OUTCOME_UNKNOWN and lost.may_have_cost
    assert ledger(sandbox) == []


def test_a_late_reply_settles_what_was_taken_for_lost(
    config: Config, open_test_house: Callable[..., House], sandbox: EmbeddedSandbox
) -> None:
    """Another process gave the task up while our call was still under way."""
    house = open_test_house(config, run_engine=False)
    client = house.providers.client(ProviderKind.SANDBOX)
    submit, given_up = client.submit, threading.Event()

    def slow_submit(*args: Any) -> str:
        provider_task_id = submit(*args)
        assert given_up.wait(20)
        return provider_task_id

    client.submit = slow_submit  # type: ignore[method-assign,assignment]
    task = house.studio.submit(image_request())
    house.engine.start()
    wait_for_phase(house, task.task_id, Phase.SENDING)
    fields = {"phase": Phase.FAILED, "error_code": ErrorCode.OUTCOME_UNKNOWN, "error_message": "?"}
    house.parts.tasks.change(TaskChange(task.task_id, frozenset({Phase.SENDING}), fields), utc_now())
    given_up.set()
    wait_for_phase(house, task.task_id, Phase.DONE)
    assert len(ledger(sandbox)) == 1


def test_two_engines_on_one_database_pay_once(
    config: Config, open_test_house: Callable[..., House], sandbox: EmbeddedSandbox
) -> None:
    one, two = open_test_house(config), open_test_house(config)
    tasks = [one.studio.submit(image_request(f"number {n}")) for n in range(60)]
    for task in tasks:
        wait_for_phase(two, task.task_id, Phase.DONE, timeout_s=60)
    prompts = Counter(entry["prompt"] for entry in ledger(sandbox))
    assert len(prompts) == 60 and set(prompts.values()) == {1}


def test_no_more_than_the_account_allows_is_sent(
    config: Config, open_test_house: Callable[..., House], sandbox: EmbeddedSandbox
) -> None:
    limits = Limits(creates=5, window_s=1.0, reads_per_s=1000)
    houses = [open_test_house(config, limits=limits) for _ in range(2)]
    for number in range(20):
        houses[number % 2].studio.submit(image_request(f"number {number}"))
    wait_for(lambda: len(ledger(sandbox)) == 20, "twenty accepted", 30)
    sent = sorted(task.sent_at for task in houses[0].studio.tasks(limit=100).items if task.sent_at is not None)
    for first, sixth in zip(sent, sent[5:], strict=False):
        assert sixth - first >= timedelta(seconds=1)


def test_looks_are_paced_for_the_account(
    config: Config, open_test_house: Callable[..., House], sandbox: EmbeddedSandbox
) -> None:
    looks: list[float] = []
    house = open_test_house(
        replace(config, poll_s=0.05), run_engine=False, limits=Limits(creates=1000, window_s=1, reads_per_s=5)
    )
    client = house.providers.client(ProviderKind.SANDBOX)
    report = client.report

    def counted(*args: object) -> object:
        looks.append(utc_now().timestamp())
        return report(*args)  # type: ignore[arg-type]

    client.report = counted  # type: ignore[method-assign,assignment]
    for number in range(12):
        house.studio.submit(image_request(f"number {number} [fault:stuck]"))
    house.engine.start()
    wait_for(lambda: len(looks) >= 20, "twenty looks")
    # A bucket of 5 that refills with 5 a second: within any 2 seconds at most 5 + 2 × 5.
    for index, begin in enumerate(looks):
        assert sum(1 for at in looks[index:] if at - begin <= 2.0) <= 16


def test_a_full_disk_refuses_before_anything_is_paid(
    house: House, sandbox: EmbeddedSandbox, monkeypatch: object
) -> None:
    from kaimedia.errors import StorageFull

    def full() -> None:
        raise StorageFull("There is no room left where the media are kept.")

    house.storage.check_writable = full  # type: ignore[method-assign]
    try:
        house.studio.submit(image_request())
    except StorageFull as error:
        assert "Make room" in error.next_step
    else:
        raise AssertionError("it was accepted")
    assert ledger(sandbox) == []


def test_a_worker_ends_within_five_seconds_of_sigterm(config: Config, tmp_path: Path, sandbox: EmbeddedSandbox) -> None:
    environment = {
        **os.environ,
        "KAIMEDIA_DATABASE_URL": config.database_url,
        "KAIMEDIA_MEDIA_URL": str(config.media_folder),
        "KAIMEDIA_DATA": str(config.data_folder),
        "KAIMEDIA_SANDBOX_URL": sandbox.base_url,
        "KAIMEDIA_POLL_S": "0.2",
    }
    command = [sys.executable, "-m", "kaimedia", "worker"]
    worker = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        assert worker.stderr is not None
        for line in worker.stderr:
            if "working as" in line:
                break
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=5) == 0
    finally:
        worker.kill()
        worker.communicate()


def test_owners() -> None:
    assert is_dead(f"{socket.gethostname()}:{_dead_pid()}:ab")
    assert is_dead(f"{socket.gethostname()}:{os.getpid()}:ab")  # this very process number, another start
    ours = new_owner()
    assert not is_dead(ours)
    retire(ours)
    assert is_dead(ours)
    assert not is_dead(f"another-machine:{_dead_pid()}:ab")
    assert not is_dead(f"{socket.gethostname()}:1:ab")


def test_pending_work_is_visible_to_everybody(house: House) -> None:
    task = house.studio.submit(image_request("x [fault:slow=90]"))
    assert [shown.task_id for shown in house.studio.shown_tasks()] == [task.task_id]
    assert house.studio.tasks(status=Status.COMPLETED).total == 0
    wait_for_phase(house, task.task_id, Phase.DONE)
    assert house.studio.tasks(status=Status.COMPLETED).total == 1
    assert FAST.creates > 20


def _dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid
