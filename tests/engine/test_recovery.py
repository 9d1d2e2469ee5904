"""The app recovers from states it enters when their cause is over; see the list in docs/decisions.md."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kaimedia import entry, runtime, worker
from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, Phase, ProviderName, Reference, Task, TaskChange, utc_now
from kaimedia.errors import (
    ClosedReason,
    ConfigError,
    DatabaseClosed,
    FetchFailed,
    KaimediaError,
    MediaError,
    ProviderUnavailable,
    StorageFull,
    StorageUnavailable,
    StoreUnavailable,
    TooLarge,
)
from kaimedia.jobs import plan
from kaimedia.jobs.handlers import FETCH_TRIES
from kaimedia.media.references import ReferenceStore
from kaimedia.providers.base import Report, TaskState
from kaimedia.providers.kie.client import KieClient
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.sandbox.options import SandboxOptions
from kaimedia.sandbox.shared import SharedSandbox
from kaimedia.store.database import backups
from kaimedia.studio.lookups import Lookup
from kaimedia.studio.paid import is_resumable
from tests.conftest import image_request, wait_for, wait_for_phase
from tests.engine.test_task_lifecycle import png, sandbox_tasks


def no_thread(_self: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


# --- opening ----------------------------------------------------------------------------------------------


def test_an_app_that_could_not_open_retries_without_visitors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paid tasks may be waiting: a database server that starts later than the app must not leave them unattended."""
    tries: list[int] = []

    def context() -> None:
        tries.append(1)
        if len(tries) < 4:
            raise StoreUnavailable("The database does not answer.")

    monkeypatch.setattr(runtime, "context", context)
    monkeypatch.setattr(entry, "OPEN_AGAIN_S", (0.01, 0.02))
    entry.open_with_retries(threading.Event())
    assert len(tries) == 4


def test_an_app_that_cannot_open_stops_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    stopping = threading.Event()

    def context() -> None:
        stopping.set()
        raise StoreUnavailable("The database does not answer.")

    monkeypatch.setattr(runtime, "context", context)
    entry.open_with_retries(stopping)


def test_a_worker_waits_for_its_database_and_for_nothing_else(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Any] = [StoreUnavailable("away"), StoreUnavailable("away"), "context"]

    def open_context(*_: Any, **__: Any) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(worker, "open_context", open_context)
    monkeypatch.setattr(worker, "FIRST_PAUSE_S", 0.01)
    assert worker.open_with_retries(config, threading.Event()) == "context"  # type: ignore[comparison-overlap]
    answers[:] = [ConfigError("wrong", setting="KAIMEDIA_DATA")]
    with pytest.raises(ConfigError):
        worker.open_with_retries(config, threading.Event())
    answers[:] = [StoreUnavailable("away")]
    stopped = threading.Event()
    stopped.set()
    assert worker.open_with_retries(config, stopped) is None


# --- the provider -----------------------------------------------------------------------------------------


def as_kie(config: Config, sandbox: EmbeddedSandbox) -> Config:
    url = sandbox.base_url or ""
    return replace(config, kie_api_url=url, kie_upload_url=url, sandbox_url=url)


def test_a_key_saved_elsewhere_clears_the_rejection_of_the_old_one(
    config: Config,
    open_test_context: Callable[..., AppContext],
    sandbox: EmbeddedSandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kaimedia.jobs.providers.KEY_IS_FRESH_S", 0.0)
    one, two = (open_test_context(as_kie(config, sandbox), run_engine=False) for _ in range(2))
    one.studio.account.save_key_unchecked("a-key-of-some-length")
    assert two.providers.current() is ProviderName.KIE
    monkeypatch.setattr(two.providers.key_recheck, "begin", lambda: None)
    two.providers.note_refused_key("kie", "kie.ai rejected the key.")
    assert two.studio.account.state().problem
    one.studio.account.save_key_unchecked("another-key-of-that-length")
    assert two.studio.account.state().problem is None


def test_the_check_of_a_refused_key_survives_unexpected_errors(
    config: Config,
    open_test_context: Callable[..., AppContext],
    sandbox: EmbeddedSandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An error that is not the provider's must not end the thread, and with it all sends."""
    context = open_test_context(as_kie(config, sandbox), run_engine=False)
    context.studio.account.save_key_unchecked("a-key-of-some-length")
    monkeypatch.setattr(context.providers.key_recheck, "pauses_s", (0.0, 0.01, 0.01, 0.01))
    credits, errors = KieClient.credits, [ConfigError("odd", setting="KIE_API_KEY"), StoreUnavailable("away")]

    def odd(self: KieClient) -> float:
        if errors:
            raise errors.pop(0)
        return credits(self)

    monkeypatch.setattr(KieClient, "credits", odd)
    context.providers.note_refused_key("kie", "kie.ai rejected the key.")
    wait_for(lambda: context.studio.account.state().problem is None, "the key to be accepted again")


@pytest.mark.parametrize("code", [ErrorCode.EXPIRED, ErrorCode.NOT_SAVED])
def test_a_long_outage_does_not_use_up_the_polls(
    context: AppContext, sandbox: EmbeddedSandbox, monkeypatch: pytest.MonkeyPatch, code: ErrorCode
) -> None:
    """A task past its deadline must not be given up after a day of unanswered polls."""
    monkeypatch.setattr("kaimedia.jobs.plan.SLOW_POLL_S", 0.05)
    report, is_away = KieClient.report, threading.Event()
    calls: list[int] = []

    def away(self: KieClient, *args: Any) -> Report:
        calls.append(1)
        if is_away.is_set():
            return Report(TaskState.PROCESSING, message="No connection to kie.ai.", is_transient=True)
        return report(self, *args)

    monkeypatch.setattr(KieClient, "report", away)
    task = context.studio.tasks.submit(image_request("a boat [fault:slow=40]"))
    wait_for_phase(context, task.task_id, Phase.WAITING, Phase.GENERATING)
    is_away.set()
    fields = {"phase": Phase.FAILED, "error_code": code, "error_message": "late", "due_at": utc_now()}
    last = plan.SLOW_POLLS - 1 if code is ErrorCode.EXPIRED else plan.SLOW_SAVES - 1
    context.stores.task_updater.change(
        TaskChange(task.task_id, frozenset(Phase), fields | {"attempts": last}), utc_now()
    )
    calls.clear()
    wait_for(lambda: len(calls) > 3, "unanswered polls")
    wait_for(lambda: sandbox_tasks(sandbox)[0]["state"] == "success", "the provider to finish meanwhile")
    assert context.studio.tasks.get(task.task_id).due_at is not None
    is_away.clear()
    assert wait_for_phase(context, task.task_id, Phase.DONE).error_code is None


# --- references, the disk ---------------------------------------------------------------------------------


def with_reference(done: Task, attempts: int, reference: Reference | None = None) -> Task:
    """A task whose reference is being uploaded."""
    reference = reference or Reference(filename=f"{'0' * 64}.png")
    return replace(done, request=replace(done.request, references=(reference,)), attempts=attempts)


@pytest.mark.parametrize("error", [ProviderUnavailable("No connection."), StorageFull("full")], ids=lambda e: e.code)
def test_a_reference_waits_for_an_outage_to_end(
    context: AppContext, monkeypatch: pytest.MonkeyPatch, error: KaimediaError
) -> None:
    """It must not fail after a few minutes and need the user to try again."""
    answers: list[KaimediaError | str] = [error] * (FETCH_TRIES + 2) + ["https://kie.example/a.png"]

    def upload(_self: KieClient, *_: Any) -> str:
        answer = answers.pop(0)
        if isinstance(answer, str):
            return answer
        raise answer

    monkeypatch.setattr(KieClient, "upload", upload)
    handlers = context.engine.handlers
    stored = context.studio.references.add("gpt4o-image", png())
    done = wait_for_phase(context, context.studio.tasks.submit(image_request()).task_id, Phase.DONE)
    for attempts in range(FETCH_TRIES + 2):
        assert "phase" not in handlers.prepare(with_reference(done, attempts, stored)).fields
    assert handlers.prepare(with_reference(done, 0, stored)).fields["phase"] is Phase.QUEUED


def test_a_link_that_cannot_be_fetched_is_given_up(context: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user has to change it; nothing was paid."""

    def path(*_: Any) -> Path:
        raise FetchFailed("The link did not answer in time.")

    monkeypatch.setattr(ReferenceStore, "path", path)
    done = wait_for_phase(context, context.studio.tasks.submit(image_request()).task_id, Phase.DONE)
    handlers = context.engine.handlers
    assert "phase" not in handlers.prepare(with_reference(done, FETCH_TRIES - 2)).fields
    assert handlers.prepare(with_reference(done, FETCH_TRIES - 1)).fields["error_code"] is ErrorCode.BAD_REFERENCE


# --- held by a process ------------------------------------------------------------------------------------


def test_sending_resumes_when_a_later_backup_finds_no_damage(
    config: Config, open_test_context: Callable[..., AppContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The damage may have been in the backup."""
    context = open_test_context(config, run_engine=False)
    assert context.database.back_up_daily() is not None

    def damaged(*_: Any, **__: Any) -> Any:
        raise DatabaseClosed("The database is damaged: x.", reason=ClosedReason.DAMAGED, next_step="-")

    with monkeypatch.context() as patch:
        patch.setattr(backups, "back_up", damaged)
        with pytest.raises(DatabaseClosed):
            context.database.back_up()
        with pytest.raises(DatabaseClosed):
            context.database.check_before_paying()
    assert context.database.back_up_daily() is not None, "checked again although there is a recent backup"
    context.database.check_before_paying()


def test_a_sandbox_that_failed_to_start_is_started_by_the_next_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock must not stay taken for as long as the process runs."""
    shared = SharedSandbox(SandboxOptions(api_key=None, media_folder=tmp_path / "media"), tmp_path)

    def refused(_self: EmbeddedSandbox) -> str:
        raise ConfigError("The sandbox did not start.", setting="sandbox")

    with monkeypatch.context() as patch:
        patch.setattr(EmbeddedSandbox, "start", refused)
        with pytest.raises(ConfigError):
            shared.url()
    try:
        assert shared.url().startswith("http://")
    finally:
        shared.stop()


def test_a_lookup_that_could_not_start_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    lookup = Lookup("kaimedia-test", lambda: 1)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        with pytest.raises(KaimediaError):
            lookup.request().result(1)
    assert lookup.request().result(5) == 1


def test_a_full_disk_never_gives_up_a_result(context: AppContext, sandbox: EmbeddedSandbox) -> None:
    handlers = context.engine.handlers
    task = context.studio.tasks.submit(image_request())
    done = replace(wait_for_phase(context, task.task_id, Phase.DONE), attempts=plan.SLOW_SAVES + 5)
    fields = handlers.after_failed_save(done, StorageFull("The disk is full."))
    assert fields.get("phase", Phase.SAVING) in (Phase.SAVING, Phase.WAITING) and fields["due_at"]
    assert fields["attempts"] < plan.SAVE_TRIES, "tries start over once there is space"
    assert len(sandbox_tasks(sandbox)) == 1


@pytest.mark.parametrize("error", [StorageFull("full"), StorageUnavailable("down")], ids=lambda e: e.code)
def test_an_outage_of_the_storage_uses_up_no_tries(context: AppContext, error: MediaError) -> None:
    """Tries are for damaged files: after many, one is saved as it is or given up."""
    handlers = context.engine.handlers
    done = wait_for_phase(context, context.studio.tasks.submit(image_request()).task_id, Phase.DONE)
    for attempts in (0, 4, plan.DAMAGED_TRIES - 2):
        fields = handlers.after_failed_save(replace(done, attempts=attempts), error)
        assert fields["attempts"] == attempts and fields["due_at"]
        assert "phase" not in fields, "fresh links do not help"


def test_a_result_over_the_size_limit_waits_for_the_user(context: AppContext) -> None:
    """Each try could download gigabytes; nothing is fetched until the user raises the limit."""
    handlers = context.engine.handlers
    done = wait_for_phase(context, context.studio.tasks.submit(image_request()).task_id, Phase.DONE)
    fields = handlers.after_failed_save(replace(done, attempts=0), TooLarge("The file is larger than 64.0 GB."))
    assert (fields["error_code"], fields["due_at"]) == (ErrorCode.NOT_SAVED, None)
    assert is_resumable(replace(done, phase=Phase.FAILED, error_code=ErrorCode.NOT_SAVED))
