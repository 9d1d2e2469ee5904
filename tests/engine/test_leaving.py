"""States that the app enters by itself end when their cause is gone; see the list in docs/decisions.md."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kaimedia import bootstrap, entry, worker
from kaimedia.bootstrap import House
from kaimedia.config import Config
from kaimedia.domain import ErrorCode, Phase, ProviderKind, Reference, Task, TaskChange, utc_now
from kaimedia.errors import (
    ClosedReason,
    ConfigError,
    DatabaseClosed,
    FetchFailed,
    KaimediaError,
    ProviderUnavailable,
    StorageFull,
    StoreUnavailable,
    TooLarge,
)
from kaimedia.jobs import plan
from kaimedia.jobs.steps import FETCH_TRIES
from kaimedia.kie.client import KieClient
from kaimedia.kie.spec import Report, TaskState
from kaimedia.media.references import ReferenceShelf
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.sandbox.options import SandboxOptions
from kaimedia.sandbox.shared import SharedSandbox
from kaimedia.store import backups
from kaimedia.studio.lookups import Lookup
from kaimedia.studio.tasks import is_resumable
from tests.conftest import image_request, wait_for, wait_for_phase
from tests.engine.test_life import ledger


def no_thread(_self: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


# --- opening ----------------------------------------------------------------------------------------------


def test_an_app_that_could_not_open_opens_although_nobody_visits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paid tasks wait in it: a database server that starts later than we do must not leave them alone."""
    tries: list[int] = []

    def house() -> None:
        tries.append(1)
        if len(tries) < 4:
            raise StoreUnavailable("The database does not answer.")

    monkeypatch.setattr(bootstrap, "house", house)
    monkeypatch.setattr(entry, "OPEN_AGAIN_S", (0.01, 0.02))
    entry.open_with_retries(threading.Event())
    assert len(tries) == 4


def test_an_app_that_cannot_open_ends_when_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    stopping = threading.Event()

    def house() -> None:
        stopping.set()
        raise StoreUnavailable("The database does not answer.")

    monkeypatch.setattr(bootstrap, "house", house)
    entry.open_with_retries(stopping)


def test_a_worker_waits_for_its_database_and_for_nothing_else(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Any] = [StoreUnavailable("away"), StoreUnavailable("away"), "house"]

    def open_house(*_: Any, **__: Any) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(worker, "open_house", open_house)
    monkeypatch.setattr(worker, "FIRST_PAUSE_S", 0.01)
    assert worker.open_with_retries(config, threading.Event()) == "house"  # type: ignore[comparison-overlap]
    answers[:] = [ConfigError("wrong", setting="KAIMEDIA_DATA")]
    with pytest.raises(ConfigError):
        worker.open_with_retries(config, threading.Event())
    answers[:] = [StoreUnavailable("away")]
    told = threading.Event()
    told.set()
    assert worker.open_with_retries(config, told) is None


# --- the provider -----------------------------------------------------------------------------------------


def as_kie(config: Config, sandbox: EmbeddedSandbox) -> Config:
    url = sandbox.base_url or ""
    return replace(config, kie_api_url=url, kie_upload_url=url, sandbox_url=url)


def test_a_key_saved_elsewhere_ends_the_refusal_of_the_former_one(
    config: Config, open_test_house: Callable[..., House], sandbox: EmbeddedSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kaimedia.jobs.providers.KEY_IS_FRESH_S", 0.0)
    one, two = (open_test_house(as_kie(config, sandbox), run_engine=False) for _ in range(2))
    one.studio.keep_key("a-key-of-some-length")
    assert two.providers.kind() is ProviderKind.KIE
    monkeypatch.setattr(two.providers.key_recheck, "begin", lambda: None)
    two.providers.note_refused_key("kie.ai refused the key.")
    assert two.studio.provider_state().problem
    one.studio.keep_key("another-key-of-that-length")
    assert two.studio.provider_state().problem is None


def test_the_check_of_a_refused_key_survives_what_nobody_foresaw(
    config: Config, open_test_house: Callable[..., House], sandbox: EmbeddedSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of another kind than the provider's ended the thread, and with it every send."""
    house = open_test_house(as_kie(config, sandbox), run_engine=False)
    house.studio.keep_key("a-key-of-some-length")
    monkeypatch.setattr(house.providers.key_recheck, "pauses_s", (0.0, 0.01, 0.01, 0.01))
    credits, errors = KieClient.credits, [ConfigError("odd", setting="KIE_API_KEY"), StoreUnavailable("away")]

    def odd(self: KieClient) -> float:
        if errors:
            raise errors.pop(0)
        return credits(self)

    monkeypatch.setattr(KieClient, "credits", odd)
    house.providers.note_refused_key("kie.ai refused the key.")
    wait_for(lambda: house.studio.provider_state().problem is None, "the key to be accepted again")


@pytest.mark.parametrize("code", [ErrorCode.EXPIRED, ErrorCode.NOT_SAVED])
def test_an_outage_of_days_does_not_use_up_the_looks(
    house: House, sandbox: EmbeddedSandbox, monkeypatch: pytest.MonkeyPatch, code: ErrorCode
) -> None:
    """Before, a task past its deadline was given up after a day in which nobody could be asked."""
    monkeypatch.setattr("kaimedia.jobs.plan.SLOW_LOOK_S", 0.05)
    report, is_away = KieClient.report, threading.Event()
    asked: list[int] = []

    def away(self: KieClient, *args: Any) -> Report:
        asked.append(1)
        if is_away.is_set():
            return Report(TaskState.PROCESSING, message="No connection to kie.ai.", is_transient=True)
        return report(self, *args)

    monkeypatch.setattr(KieClient, "report", away)
    task = house.studio.submit(image_request("a boat [fault:slow=40]"))
    wait_for_phase(house, task.task_id, Phase.WAITING, Phase.GENERATING)
    is_away.set()
    fields = {"phase": Phase.FAILED, "error_code": code, "error_message": "late", "due_at": utc_now()}
    last = plan.SLOW_LOOKS - 1 if code is ErrorCode.EXPIRED else plan.SLOW_SAVES - 1
    house.parts.tasks.change(TaskChange(task.task_id, frozenset(Phase), fields | {"attempts": last}), utc_now())
    asked.clear()
    wait_for(lambda: len(asked) > 3, "unanswered polls")
    wait_for(lambda: ledger(sandbox)[0]["state"] == "success", "the provider to finish meanwhile")
    assert house.studio.task(task.task_id).due_at is not None
    is_away.clear()
    assert wait_for_phase(house, task.task_id, Phase.DONE).error_code is None


# --- references, the disk ---------------------------------------------------------------------------------


def with_reference(done: Task, attempts: int) -> Task:
    """A task as it stands while its reference is uploaded."""
    reference = Reference(filename=f"{'0' * 64}.png")
    return replace(done, request=replace(done.request, reference=reference), attempts=attempts)


@pytest.mark.parametrize("error", [ProviderUnavailable("No connection."), StorageFull("full")], ids=lambda e: e.code)
def test_a_reference_waits_for_an_outage_to_end(
    house: House, monkeypatch: pytest.MonkeyPatch, error: KaimediaError
) -> None:
    """It failed after four minutes, and only a person could ask again."""
    answers: list[KaimediaError | str] = [error] * (FETCH_TRIES + 2) + ["https://kie.example/a.png"]

    def upload(_self: KieClient, *_: Any) -> str:
        answer = answers.pop(0)
        if isinstance(answer, str):
            return answer
        raise answer

    monkeypatch.setattr(KieClient, "upload", upload)
    monkeypatch.setattr(ReferenceShelf, "path", lambda _self, reference: Path(reference.filename))
    steps = house.engine.steps  # type: ignore[attr-defined]
    done = wait_for_phase(house, house.studio.submit(image_request()).task_id, Phase.DONE)
    for attempts in range(FETCH_TRIES + 2):
        assert "phase" not in steps.prepare(with_reference(done, attempts)).fields
    assert steps.prepare(with_reference(done, 0)).fields["phase"] is Phase.QUEUED


def test_a_link_that_cannot_be_fetched_is_given_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """That one a person has to change; nothing was paid."""

    def path(*_: Any) -> Path:
        raise FetchFailed("The link did not answer in time.")

    monkeypatch.setattr(ReferenceShelf, "path", path)
    done = wait_for_phase(house, house.studio.submit(image_request()).task_id, Phase.DONE)
    steps = house.engine.steps  # type: ignore[attr-defined]
    assert "phase" not in steps.prepare(with_reference(done, FETCH_TRIES - 2)).fields
    assert steps.prepare(with_reference(done, FETCH_TRIES - 1)).fields["error_code"] is ErrorCode.BAD_REFERENCE


# --- what is held by a process ----------------------------------------------------------------------------


def test_damage_that_a_later_copy_does_not_find_sends_again(
    config: Config, open_test_house: Callable[..., House], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy may have been what was damaged."""
    house = open_test_house(config, run_engine=False)
    assert house.database.back_up_daily() is not None

    def damaged(*_: Any, **__: Any) -> Any:
        raise DatabaseClosed("The database is damaged: x.", reason=ClosedReason.DAMAGED, next_step="-")

    with monkeypatch.context() as patch:
        patch.setattr(backups, "back_up", damaged)
        with pytest.raises(DatabaseClosed):
            house.database.back_up()
        with pytest.raises(DatabaseClosed):
            house.database.check_before_paying()
    assert house.database.back_up_daily() is not None, "looked at again although a copy is young"
    house.database.check_before_paying()


def test_a_sandbox_that_could_not_start_is_started_by_the_next_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock stayed with nobody behind it, for as long as the process lived."""
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


def test_a_question_that_could_not_be_asked_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    lookup = Lookup("kaimedia-test", lambda: 1)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        with pytest.raises(KaimediaError):
            lookup.ask().result(1)
    assert lookup.ask().result(5) == 1


def test_no_room_is_waited_for_without_end(house: House, sandbox: EmbeddedSandbox) -> None:
    steps = house.engine.steps  # type: ignore[attr-defined]
    task = house.studio.submit(image_request())
    done = replace(wait_for_phase(house, task.task_id, Phase.DONE), attempts=plan.SLOW_SAVES + 5)
    fields = steps.after_failed_save(done, StorageFull("The disk is full."))
    assert fields.get("phase", Phase.SAVING) in (Phase.SAVING, Phase.WAITING) and fields["due_at"]
    assert fields["attempts"] < plan.SAVE_TRIES, "once there is room the tries begin anew"
    assert len(ledger(sandbox)) == 1


def test_a_result_above_the_setting_waits_for_a_person(house: House) -> None:
    """Each try could bring gigabytes again; nothing is fetched before somebody has raised the limit."""
    steps = house.engine.steps  # type: ignore[attr-defined]
    done = wait_for_phase(house, house.studio.submit(image_request()).task_id, Phase.DONE)
    fields = steps.after_failed_save(replace(done, attempts=0), TooLarge("The file is larger than 64.0 GB."))
    assert (fields["error_code"], fields["due_at"]) == (ErrorCode.NOT_SAVED, None)
    assert is_resumable(replace(done, phase=Phase.FAILED, error_code=ErrorCode.NOT_SAVED))
