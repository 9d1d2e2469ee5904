"""A record is taken for a lost task only where its address proves it, or where nothing it says contradicts that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, Phase, Task, utc_now
from kaimedia.domain.imports import ImportOutcome, ImportResult
from kaimedia.providers.base import FoundTask
from kaimedia.providers.kie.client import KieClient
from tests.conftest import image_request, wait_for_phase
from tests.contract.sandbox.wire import body
from tests.elsewhere import Make

Change = Callable[..., None]


@pytest.fixture
def changed_records(monkeypatch: pytest.MonkeyPatch) -> Change:
    """Changes what the client finds; a value may be a function of the record. With `only`, in one record."""
    find = KieClient.find_task

    def change(*, only: str | None = None, **changes: Any) -> None:
        def changed(client: KieClient, family: str, provider_task_id: str) -> FoundTask | None:
            found = find(client, family, provider_task_id)
            if found is None or only not in (None, provider_task_id):
                return found
            return replace(found, **{name: v(found) if callable(v) else v for name, v in changes.items()})

        monkeypatch.setattr(KieClient, "find_task", changed)

    return change


def lost_task(context: AppContext, **changes: Any) -> Task:
    task = context.studio.tasks.submit(image_request("a lost boat [fault:create_reset]", **changes))
    assert wait_for_phase(context, task.task_id, Phase.FAILED).error_code is ErrorCode.OUTCOME_UNKNOWN
    return context.studio.tasks.get(task.task_id)


def imported(context: AppContext, *ids: str) -> list[ImportResult]:
    return list(context.studio.rescue.imports.run(ids, family="gpt4o"))


@pytest.mark.parametrize(
    ("changes", "is_attached"),
    [
        ({}, True),
        ({"callback_url": "https://another.example/api/callbacks/kie/abc"}, False),
        ({"fields": {"size": "3:2"}}, False),
        ({"fields": {"nVariants": 2, "size": "1:1"}}, False),
        ({"fields": {"nVariants": "1"}}, True),
        ({"report": lambda found: replace(found.report, result_urls=found.report.result_urls * 2)}, False),
    ],
    ids=["same", "foreign-address", "ratio", "variants", "no-ratio", "results"],
)
def test_only_a_record_that_agrees_is_attached(
    context: AppContext, make_elsewhere: Make, changed_records: Change, changes: dict[str, Any], is_attached: bool
) -> None:
    lost = lost_task(context)
    made = make_elsewhere("gpt4o", body("gpt4o", "a boat", size="1:1"))
    changed_records(**({"prompt": lost.request.prompt} | changes))
    (result,) = imported(context, made)
    assert (result.task_id == lost.task_id) is is_attached
    assert result.outcome is (ImportOutcome.ATTACHED if is_attached else ImportOutcome.IMPORTED)
    now = context.studio.tasks.get(lost.task_id)
    assert now.is_id_unproven is is_attached and (now.provider_task_id == made) is is_attached


def test_the_real_id_replaces_a_guess_that_was_wrong(
    config: Config, open_test_context: Callable[..., AppContext], make_elsewhere: Make, changed_records: Change
) -> None:
    context = open_test_context(config)
    lost = lost_task(context)
    context.engine.stop()
    made = make_elsewhere("gpt4o", body("gpt4o", "a boat", size="1:1"))
    changed_records(prompt=lost.request.prompt)
    (result,) = imported(context, made)
    assert result.outcome is ImportOutcome.ATTACHED
    nonce = context.studio.tasks.get(lost.task_id).nonce
    context.stores.task_updater.attach_provider_id("the-real-id", utc_now(), nonce=nonce, is_proven=True)
    assert context.studio.tasks.get(lost.task_id).provider_task_id == "the-real-id"


def test_a_failure_at_the_provider_settles_the_lost_task(
    context: AppContext, make_elsewhere: Make, changed_records: Change
) -> None:
    lost = lost_task(context)
    failed = make_elsewhere("gpt4o", body("gpt4o", "a lost boat [fault:policy]"))
    (result,) = imported(context, failed)
    assert result.outcome is ImportOutcome.FAILED, "without an address nothing proves that it is this one"
    changed_records(callback_url=f"https://studio.example/api/callbacks/sandbox/{lost.nonce}")
    (result,) = imported(context, failed)
    assert (result.outcome, result.task_id) == (ImportOutcome.ATTACHED, lost.task_id)
    settled = wait_for_phase(context, lost.task_id, Phase.FAILED)
    assert settled.error_code is not ErrorCode.OUTCOME_UNKNOWN
    totals = context.stores.ledger.totals()
    assert (totals.settled, totals.reserved, totals.written_off) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "changes",
    [
        {"prompt": "a \ud800 fox\x00"},
        {"created_at": datetime.max.replace(tzinfo=UTC)},
        {"created_at": datetime.min.replace(tzinfo=UTC)},
        {"callback_url": "https://x/\ud800"},
        {"fields": {"size": "\ud800", "\udfff": 1, "nVariants": 10**400, "duration": float("nan"), "a": [[]]}},
        {"model_name": "\ud800"},
    ],
    ids=["prompt", "late", "early", "address", "fields", "model"],
)
def test_an_unusual_record_is_imported_and_the_next_one_too(
    context: AppContext, make_elsewhere: Make, changed_records: Change, changes: dict[str, Any]
) -> None:
    ids = [make_elsewhere("gpt4o", body("gpt4o", prompt)) for prompt in ("a fox", "a hen")]
    changed_records(only=ids[0], **changes)
    results = imported(context, *ids)
    assert [each.outcome for each in results] == [ImportOutcome.IMPORTED] * 2
    task = context.studio.tasks.get(str(results[0].task_id))
    assert task.request.prompt == ("a \ufffd fox\ufffd" if "prompt" in changes else "a fox")
    assert abs((utc_now() - task.created_at).total_seconds()) < 3600


def test_no_list_price_is_taken_from_a_model_that_may_be_another(
    context: AppContext, make_elsewhere: Make, changed_records: Change
) -> None:
    ids = [make_elsewhere("veo", body("veo", prompt, model="veo3")) for prompt in ("a comet", "a kite")]
    (named,) = context.studio.rescue.imports.run(ids[:1], family="veo")
    changed_records(model_name="")
    (unnamed,) = context.studio.rescue.imports.run(ids[1:], family="veo")
    tasks = [context.studio.tasks.get(str(each.task_id)) for each in (named, unnamed)]
    assert tasks[0].credits_estimated and tasks[1].credits_estimated is None
