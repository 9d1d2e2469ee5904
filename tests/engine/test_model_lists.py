"""The comparison with the provider's own list of models: what it finds, what it keeps, and who compares when."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import GenerationRequest, Phase, ProviderName, utc_now
from kaimedia.errors import InvalidRequest, RateLimited
from kaimedia.jobs.listed_models import ListedModels, shipped_ids
from kaimedia.models.model_catalog import ListingState, ModelCatalog
from kaimedia.providers.kie.client import KieClient
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.studio import Studio
from kaimedia.studio.model_lists import ModelListService
from tests.conftest import housekeeping_of, wait_for, wait_for_phase
from tests.lists import KLING, LUMEN, change_list

NANO = "nano-banana-2"
OpenContext = Callable[..., AppContext]


@pytest.fixture
def idle(config: Config, open_test_context: OpenContext) -> AppContext:
    """An app without an engine, on a sandbox whose list agrees with the catalog."""
    return open_test_context(config, run_engine=False)


@pytest.fixture
def studio(idle: AppContext) -> Studio:
    return idle.studio


def marks(studio: Studio) -> dict[str, str]:
    """The marked models."""
    return {spec.id: mark for spec in studio.catalog.models() if (mark := studio.catalog.mark(spec))}


def test_before_the_first_comparison_nothing_is_claimed(studio: Studio) -> None:
    state = studio.model_lists.state()
    assert (state.check.checked_at, state.known, state.new, state.missing) == (None, 0, (), ())
    assert marks(studio) == {}


def test_a_list_that_agrees_marks_nothing(studio: Studio) -> None:
    before = studio.catalog.models()
    assert studio.model_lists.compare()
    state = studio.model_lists.state()
    assert state.check.checked_at is not None and not state.is_running
    assert (state.known, state.new, state.missing) == (len(shipped_ids(are_expected=True)), (), ())
    assert marks(studio) == {} and studio.catalog.models() == before


def test_new_and_missing_models_are_marked_until_the_lists_agree_again(
    studio: Studio, sandbox: EmbeddedSandbox
) -> None:
    change_list(sandbox, removed=(KLING, NANO), lumen_2=KLING)
    studio.model_lists.compare()
    state = studio.model_lists.state()
    assert (state.new, state.missing) == ((LUMEN,), (KLING, NANO))
    spec = studio.catalog.get(LUMEN)
    assert studio.catalog.models()[-1] is spec and spec.maker == "Kling"
    today = f"{utc_now():%b} {utc_now().day}, {utc_now().year}"
    gone = f"No longer in kie.ai’s list since {today}"
    assert marks(studio) == {LUMEN: "Not yet known here", "kling-2.5-turbo": gone, "nano-banana-2": gone}
    kling = studio.catalog.listing(studio.catalog.get("kling-2.5-turbo"))
    assert (kling.state, kling.missing_ids) == (ListingState.NOT_LISTED, (KLING,))
    assert not studio.catalog.refuses(studio.catalog.get("nano-banana-2"))

    change_list(sandbox)
    studio.model_lists.compare()
    assert marks(studio) == {LUMEN: gone} and studio.model_lists.state().missing == ()


def test_a_failure_is_kept_with_its_reason_and_nothing_is_lost(
    config: Config, open_test_context: OpenContext, sandbox: EmbeddedSandbox
) -> None:
    change_list(sandbox, lumen_2=KLING)
    first = open_test_context(config, run_engine=False)
    first.studio.model_lists.compare()
    checked_at = first.studio.model_lists.state().check.checked_at
    first.close()
    unreachable = open_test_context(replace(config, sandbox_url="http://127.0.0.1:9"), run_engine=False)
    assert unreachable.studio.model_lists.compare()
    state = unreachable.studio.model_lists.state()
    assert "No connection to kie.ai" in state.check.failure
    assert (state.check.checked_at, state.new) == (checked_at, (LUMEN,))
    assert unreachable.studio.catalog.get(LUMEN).label == LUMEN


def test_a_list_of_other_models_altogether_is_a_failure(studio: Studio, sandbox: EmbeddedSandbox) -> None:
    change_list(sandbox, removed=tuple(shipped_ids()))
    studio.model_lists.compare()
    state = studio.model_lists.state()
    assert "none of the models known here" in state.check.failure and state.check.checked_at is None
    assert marks(studio) == {}


def test_a_schema_that_cannot_be_read_is_a_failure_of_its_own(
    studio: Studio, sandbox: EmbeddedSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def limited(self: KieClient, model_id: str) -> Any:
        raise RateLimited("Too often.")

    change_list(sandbox, lumen_2=KLING)
    monkeypatch.setattr(KieClient, "input_schema", limited)
    studio.model_lists.compare()
    state = studio.model_lists.state()
    assert state.check.failure == f"The schema of {LUMEN} could not be read: Too often."
    assert state.new == (LUMEN,) and studio.catalog.refuses(studio.catalog.get(LUMEN))
    with pytest.raises(InvalidRequest, match="its schema could not be read yet"):
        studio.tasks.submit(GenerationRequest(LUMEN, "A fox", ""))


def request_of(studio: Studio) -> GenerationRequest:
    spec = studio.catalog.get(LUMEN)
    return GenerationRequest(LUMEN, "A paper boat", spec.default_aspect_ratio or "", duration_s=10)


@pytest.mark.slow
def test_a_task_of_a_new_model_is_made_saved_and_outlives_a_restart(
    config: Config, open_test_context: OpenContext, sandbox: EmbeddedSandbox
) -> None:
    change_list(sandbox, lumen_2=KLING)
    first = open_test_context(config, run_engine=False)
    first.studio.model_lists.compare()
    spec = first.studio.catalog.get(LUMEN)
    assert spec.durations_s == (5, 10) and spec.estimate_credits(request_of(first.studio)) is None
    task = first.studio.tasks.submit(request_of(first.studio))
    first.close()

    second = open_test_context(config)
    done = wait_for_phase(second, task.task_id, Phase.DONE, Phase.FAILED)
    assert done.phase is Phase.DONE, done.error_message
    assert second.studio.catalog.get(done.model).label == LUMEN
    (item,) = second.stores.media_reader.of_task(task.task_id)
    assert item.filename in second.storage.files()
    with urllib.request.urlopen(f"{sandbox.base_url}/_sandbox/account") as answer:
        (made,) = json.load(answer)["tasks"]
    assert (made["model"], made["prompt"]) == (LUMEN, "A paper boat")


def test_models_of_one_provider_are_not_offered_for_another(
    config: Config, open_test_context: OpenContext, sandbox: EmbeddedSandbox
) -> None:
    change_list(sandbox, lumen_2=KLING)
    on_sandbox = open_test_context(config, run_engine=False)
    on_sandbox.studio.model_lists.compare()
    on_sandbox.close()
    with_key = replace(config, provider="kie", kie_api_key="a-key-of-kie", kie_api_url=sandbox.base_url or "")
    studio = open_test_context(with_key, run_engine=False).studio
    assert LUMEN not in {spec.id for spec in studio.catalog.models()}
    assert studio.catalog.get(LUMEN).label == LUMEN, "its tasks are still known"
    assert studio.catalog.refuses(studio.catalog.get(LUMEN))


class ManualClock:
    def __init__(self) -> None:
        self.at = utc_now()

    def __call__(self) -> datetime:
        return self.at


def service_of(context: AppContext, clock: Callable[[], datetime]) -> ModelListService:
    listed = ListedModels(context.stores.model_lists, context.providers.current)
    return ModelListService(context.stores.model_lists, context.providers, listed, clock)


def test_with_a_key_it_compares_once_a_day_and_an_hour_after_a_failure(
    config: Config, open_test_context: OpenContext, sandbox: EmbeddedSandbox
) -> None:
    api = sandbox.base_url or ""
    context = open_test_context(
        replace(config, provider="kie", kie_api_key="a-key-of-kie", kie_api_url=api), run_engine=False
    )
    clock = ManualClock()
    service = service_of(context, clock)

    def checked_at() -> datetime | None:
        service.reading.begin_if_due()
        wait_for(lambda: not service.state().is_running, "the comparison")
        return service.state().check.checked_at

    started = clock.at
    assert checked_at() == started
    clock.at = started + timedelta(hours=23)
    assert checked_at() == started
    clock.at = started + timedelta(hours=25)
    assert checked_at() == clock.at
    change_list(sandbox, removed=tuple(shipped_ids()))
    clock.at = failed_at = started + timedelta(hours=50)
    assert checked_at() == started + timedelta(hours=25) and service.state().check.failed_at == failed_at
    change_list(sandbox)
    clock.at = failed_at + timedelta(minutes=59)
    assert checked_at() == started + timedelta(hours=25)
    clock.at = failed_at + timedelta(minutes=61)
    assert checked_at() == clock.at and service.state().check.failure == ""
    service.reading.stop()


def test_without_a_key_it_compares_only_when_asked(idle: AppContext) -> None:
    housekeeping_of(idle)()
    state = idle.studio.model_lists.state()
    assert state.provider == ProviderName.SANDBOX and state.check.started_at is None and not state.is_running


def test_two_processes_do_not_compare_at_once(
    config: Config, open_test_context: OpenContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (open_test_context(config, run_engine=False).studio for _ in range(2))
    may_go_on, calls = threading.Event(), []
    read = KieClient.listed_models

    def slowly(self: KieClient) -> Any:
        calls.append(self)
        assert may_go_on.wait(10)
        return read(self)

    monkeypatch.setattr(KieClient, "listed_models", slowly)
    one.model_lists.reading.begin()
    wait_for(lambda: calls, "the first comparison")
    assert other.model_lists.state().is_running and not other.model_lists.compare()
    may_go_on.set()
    wait_for(lambda: not other.model_lists.state().is_running, "its end")
    assert len(calls) == 1 and other.model_lists.state().check.checked_at is not None


def test_another_process_sees_what_was_found(
    config: Config, open_test_context: OpenContext, sandbox: EmbeddedSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kaimedia.jobs.listed_models.IS_FRESH_S", 0.1)
    one, other = (open_test_context(config, run_engine=False) for _ in range(2))
    change_list(sandbox, lumen_2=KLING)
    assert LUMEN not in marks(other.studio)
    one.studio.model_lists.compare()
    wait_for(lambda: LUMEN in marks(other.studio), "the new model in the other process", timeout_s=5)


def test_an_unchanged_model_stays_the_same_object(idle: AppContext, sandbox: EmbeddedSandbox) -> None:
    change_list(sandbox, lumen_2=KLING)
    idle.studio.model_lists.compare()
    listed = ListedModels(idle.stores.model_lists, idle.providers.current)
    catalog = ModelCatalog(listed)
    before, every = catalog.get(LUMEN), catalog.all_models()
    assert catalog.all_models() is every
    change_list(sandbox, lumen_2=KLING, lumen_3=NANO)
    idle.studio.model_lists.compare()
    listed.reload()
    assert {spec.id for spec in catalog.all_models()} - {spec.id for spec in every} == {"acme/lumen-3"}
    assert catalog.get("acme/lumen-3").modality == "image" and catalog.get(LUMEN) is before
