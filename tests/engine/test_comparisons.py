"""Comparisons from submission to the choice: what is shown, what stays hidden, and what becomes of the others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import Batch, BatchKind, Phase, Status
from kaimedia.errors import InvalidRequest, NotFound
from tests.conftest import image_request, video_request, wait_for

MODELS = ("gpt4o-image", "z-image", "imagen-4-fast")


def submitted(context: AppContext, *, is_blind: bool = False, prompt: str = "a paper boat") -> Batch:
    requests = [image_request(prompt, model=model) for model in MODELS]
    return context.studio.batches.submit(BatchKind.COMPARISON, requests, is_blind=is_blind)


def ended(context: AppContext, batch: Batch) -> None:
    wait_for(lambda: not context.studio.batches.get(batch.id).is_active, "the comparison's end")


@pytest.fixture
def idle(config: Config, open_test_context: Callable[..., AppContext]) -> AppContext:
    return open_test_context(config, run_engine=False)


def test_the_results_are_there_with_their_models(context: AppContext) -> None:
    batch = submitted(context)
    ended(context, batch)
    found = context.studio.comparisons.get(batch.id)
    assert [(each.letter, each.task.model) for each in found.entries] == list(zip("ABC", MODELS, strict=True))
    assert all(each.is_done and len(each.media) == 1 for each in found.entries)
    assert found.is_revealed and found.winner is None


def test_keeping_the_winner_moves_the_others_to_the_trash_and_nothing_else(context: AppContext) -> None:
    studio = context.studio
    batch = submitted(context)
    ended(context, batch)
    with pytest.raises(InvalidRequest, match="winner"):
        studio.comparisons.keep_winner(batch.id)
    first, second, third = studio.comparisons.get(batch.id).entries
    studio.batches.vote(batch.id, second.task.task_id)
    moved = studio.comparisons.keep_winner(batch.id)
    assert sorted(moved) == sorted(each.id for entry in (first, third) for each in entry.media)
    after = studio.comparisons.get(batch.id)
    assert [each.is_in_trash for each in after.entries] == [True, False, True]
    assert studio.comparisons.keep_winner(batch.id) == []
    assert sorted(studio.gallery.restore(moved)) == sorted(moved)
    assert not any(each.is_in_trash for each in studio.comparisons.get(batch.id).entries)
    assert studio.batches.win_rates()["z-image"].wins == 1


def test_a_blind_comparison_hides_the_order_and_shows_names_after_the_choice(idle: AppContext) -> None:
    studio = idle.studio
    batch = submitted(idle, is_blind=True)
    found = studio.comparisons.get(batch.id)
    ids = [each.task.task_id for each in found.entries]
    assert ids == sorted(ids) and not found.is_revealed
    assert [each.letter for each in found.entries] == ["A", "B", "C"]


def test_with_nothing_to_choose_from_names_are_shown(idle: AppContext) -> None:
    studio = idle.studio
    batch = submitted(idle, is_blind=True)
    studio.batches.stop(batch.id)
    found = studio.comparisons.get(batch.id)
    assert found.is_revealed and {each.task.status for each in found.entries} == {Status.FAILED}


def test_a_task_tried_again_takes_the_place_of_the_one_before(idle: AppContext) -> None:
    studio = idle.studio
    batch = submitted(idle)
    before = studio.comparisons.get(batch.id)
    studio.batches.stop(batch.id)
    again = studio.tasks.retry(before.entries[0].task.task_id)
    after = studio.comparisons.get(batch.id)
    assert [each.task.model for each in after.entries] == list(MODELS)
    assert after.entries[0].task.task_id == again.task_id and after.entries[0].task.phase is Phase.QUEUED


def test_other_batches_are_no_comparisons(idle: AppContext) -> None:
    batch = idle.studio.batches.submit(BatchKind.PROMPTS, [image_request()])
    for batch_id in (batch.id, 999):
        with pytest.raises(NotFound):
            idle.studio.comparisons.get(batch_id)


def test_a_better_request_is_proposed_unless_its_model_is_not_available(idle: AppContext) -> None:
    studio = idle.studio
    batch = studio.batches.submit(
        BatchKind.COMPARISON, [video_request(duration_s=8), video_request(model="kling-2.5-turbo", duration_s=5)]
    )
    veo, kling = (each.task for each in studio.comparisons.get(batch.id).entries)
    found = studio.comparisons.better(veo)
    assert found is not None and found.request.model == "veo3"
    assert studio.comparisons.better(kling) is None
