"""Tasks that another program sent are imported by their ids, once, with what the provider's record says."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, Modality, Phase
from kaimedia.domain.imports import ImportOutcome, ImportResult
from kaimedia.domain.ledger import Basis, EntryKind
from kaimedia.errors import InvalidRequest, StaleTransition
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.studio import MAX_IMPORT_IDS, ids_in, import_text
from tests.conftest import image_request, wait_for, wait_for_phase
from tests.contract.sandbox.wire import CREATE, body
from tests.elsewhere import Make


def run(context: AppContext, *ids: str, **options: Any) -> list[ImportResult]:
    return list(context.studio.rescue.imports.run(ids, **options))


def one(context: AppContext, provider_task_id: str, **options: Any) -> ImportResult:
    (result,) = run(context, provider_task_id, **options)
    return result


EVERY_FAMILY = [
    ("market", body("market", "a red kite", duration="5"), "kling-2.5-turbo", Modality.VIDEO),
    ("market", body("market", "a vase", model="google/nano-banana"), "nano-banana", Modality.IMAGE),
    ("veo", body("veo", "a comet", model="veo3"), "veo3", Modality.VIDEO),
    ("gpt4o", body("gpt4o", "a fox", nVariants=2, size="3:2"), "gpt4o-image", Modality.IMAGE),
    ("runway", body("runway", "a train"), "runway", Modality.VIDEO),
]


@pytest.mark.every_storage("exhaustive")
@pytest.mark.parametrize(("family", "given", "model", "modality"), EVERY_FAMILY, ids=lambda each: str(each)[:20])
def test_every_family_is_imported_with_its_prompt(
    context: AppContext, make_elsewhere: Make, family: str, given: dict[str, Any], model: str, modality: Modality
) -> None:
    provider_task_id = make_elsewhere(family, given)
    result = one(context, provider_task_id)
    assert result.outcome is ImportOutcome.IMPORTED and result.task_id, import_text(result)
    task = wait_for_phase(context, result.task_id, Phase.DONE)
    assert (task.model, task.modality, task.provider_task_id) == (model, modality, provider_task_id)
    assert task.imported_at is not None and task.created_at <= task.imported_at
    prompt = given.get("prompt") or given["input"]["prompt"]
    media = context.studio.gallery.of_task(task.task_id)
    assert [item.prompt for item in media] == [prompt] * given.get("nVariants", 1)
    assert all(context.storage.facts(str(item.filename)) and item.media_type is modality for item in media)
    if family == "gpt4o":
        assert task.request.aspect_ratio == "3:2" and task.credits_estimated
    again = one(context, provider_task_id)
    assert (again.outcome, again.task_id) == (ImportOutcome.KNOWN, task.task_id)
    assert context.studio.tasks.page().total == 1


def test_a_kind_without_a_model_here_is_imported_too(
    context: AppContext, make_elsewhere: Make, sandbox: EmbeddedSandbox
) -> None:
    kontext = make_elsewhere("flux_kontext", {"prompt": "a chair", "model": "flux-kontext-pro"})
    result = one(context, kontext, family="flux_kontext")
    assert result.outcome is ImportOutcome.IMPORTED and result.task_id
    task = wait_for_phase(context, result.task_id, Phase.DONE)
    assert (task.model, task.request.prompt) == ("flux-kontext-pro", "a chair")
    assert context.studio.gallery.of_task(task.task_id)[0].filename


def test_what_the_record_reports_is_settled_once(context: AppContext, make_elsewhere: Make) -> None:
    provider_task_id = make_elsewhere("market", body("market", "a vase", model="google/nano-banana"))
    task_id = str(one(context, provider_task_id).task_id)
    task = wait_for_phase(context, task_id, Phase.DONE)
    assert task.credits_actual
    entries = context.stores.ledger.of_task(task_id)
    sums = {kind: sum(entry.credits for entry in entries if entry.kind is kind) for kind in EntryKind}
    assert sums[EntryKind.SETTLED] == task.credits_actual and sums[EntryKind.RESERVED] == 0
    assert {entry.basis for entry in entries if entry.kind is EntryKind.SETTLED} == {Basis.REPORTED}


def test_a_running_task_is_followed(context: AppContext, sandbox: EmbeddedSandbox) -> None:
    headers = {"Authorization": "Bearer a key"}
    envelope = requests.post(f"{sandbox.base_url}{CREATE['veo']}", json=body("veo", "a comet"), headers=headers).json()
    result = one(context, envelope["data"]["taskId"], family="veo")
    assert result.outcome in (ImportOutcome.FOLLOWED, ImportOutcome.IMPORTED)  # the sandbox may be quicker
    wait_for_phase(context, str(result.task_id), Phase.DONE)


def test_reasons(context: AppContext, make_elsewhere: Make) -> None:
    failed = make_elsewhere("gpt4o", body("gpt4o", "a fox [fault:policy]"))
    results = run(context, "unknown-1", failed, "two words", "unknown-1")
    assert [result.outcome for result in results] == [
        ImportOutcome.NOT_FOUND,
        ImportOutcome.FAILED,
        ImportOutcome.INVALID,
    ]
    assert "flagged" in import_text(results[1]) and context.studio.tasks.page().total == 0
    assert one(context, failed, family="veo").outcome is ImportOutcome.NOT_FOUND
    with pytest.raises(InvalidRequest, match="cannot be looked up"):
        run(context, failed, family="tarot")
    with pytest.raises(InvalidRequest, match="no model"):
        run(context, failed, model="tarot")
    with pytest.raises(InvalidRequest, match=f"1 to {MAX_IMPORT_IDS}"):
        run(context, *map(str, range(MAX_IMPORT_IDS + 1)))


def test_the_chosen_model_counts_where_the_record_names_none(context: AppContext, make_elsewhere: Make) -> None:
    provider_task_id = make_elsewhere("runway", body("runway", "a train"))
    result = one(context, provider_task_id, model="runway")
    assert context.studio.tasks.get(str(result.task_id)).model == "runway"


def test_a_lost_reply_is_recognized(context: AppContext, sandbox: EmbeddedSandbox) -> None:
    lost = context.studio.tasks.submit(image_request("a lost boat [fault:create_accepted_reset]"))
    assert wait_for_phase(context, lost.task_id, Phase.FAILED).error_code is ErrorCode.OUTCOME_UNKNOWN
    context.studio.tasks.dismiss(lost.task_id)
    account = requests.get(f"{sandbox.base_url}/_sandbox/account").json()["tasks"]
    result = one(context, account[0]["task_id"])
    assert (result.outcome, result.task_id) == (ImportOutcome.ATTACHED, lost.task_id)
    done = wait_for_phase(context, lost.task_id, Phase.DONE)
    assert done.imported_at is None and context.studio.tasks.page().total == 1
    totals = context.stores.ledger.totals()
    assert (totals.settled, totals.reserved, totals.written_off) == (6.0, 0.0, 0.0)


def test_in_the_background_one_list_at_a_time(context: AppContext, make_elsewhere: Make) -> None:
    ids = [make_elsewhere("gpt4o", body("gpt4o", f"fox {number}")) for number in range(3)]
    imports = context.studio.rescue.imports
    imports.begin(ids_in(f"{ids[0]}, {ids[1]}\n{ids[2]};"), family="gpt4o")
    if imports.state().is_running:
        with pytest.raises(StaleTransition):
            imports.begin(ids)
    state = wait_for(lambda: not imports.state().is_running and imports.state(), "the end of the import")
    assert [(each.provider_task_id, each.outcome) for each in state.results] == [
        (each, ImportOutcome.IMPORTED) for each in ids
    ]
    assert state.total == 3 and state.problem is None
