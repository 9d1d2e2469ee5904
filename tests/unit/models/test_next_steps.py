"""What can be done with a result, and with which models."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kaimedia.domain import InputKind, Modality, Role
from kaimedia.models import catalogue
from kaimedia.models.next_steps import STEPS, NextStep, SourceTask, closed_by, ways

MODELS = [spec for spec in catalogue.MODELS if spec.retirement is None]


@pytest.mark.parametrize("step", [step for step in NextStep if STEPS[step].roles])
def test_each_step_has_models_that_take_the_result(step: NextStep) -> None:
    of = STEPS[step].of
    found = ways(step, of, None, MODELS)
    assert found
    is_image = of is Modality.IMAGE or step is NextStep.LAST_FRAME
    kind = InputKind.IMAGE if is_image else InputKind.VIDEO
    for way in found:
        assert way.slot is not None and way.slot.kind is kind
        assert set(way.model.capabilities) & set(STEPS[step].capabilities)


def test_videos_are_upscaled_by_models_that_take_videos() -> None:
    assert [way.model.id for way in ways(NextStep.UPSCALE, Modality.VIDEO, None, MODELS)] == ["topaz-video-upscale"]
    images = [way.model.id for way in ways(NextStep.UPSCALE, Modality.IMAGE, None, MODELS)]
    assert images == ["topaz-image-upscale", "recraft-crisp-upscale"]


def test_a_step_that_needs_the_providers_task_comes_first_where_it_fits() -> None:
    best, *_ = ways(NextStep.EXTEND, Modality.VIDEO, SourceTask("grok-imagine/text-to-video", {}), MODELS)
    assert best.model.id == "grok-imagine-extend" and best.slot is None
    assert best.task_field is not None and best.task_field.name == "task_id"
    veo = ways(NextStep.EXTEND, Modality.VIDEO, SourceTask("veo3_fast", {"resolution": "720p"}), MODELS)
    assert veo[0].model.id == "veo-3.1-extend" and "grok-imagine-extend" not in [way.model.id for way in veo]
    assert ways(NextStep.EXTEND, Modality.VIDEO, SourceTask("runway", {}), MODELS)[0].model.id == "runway-extend"


def test_a_video_made_in_1080p_is_not_extended_by_its_task() -> None:
    source = SourceTask("veo3_fast", {"resolution": "1080p"})
    assert all(way.task_field is None for way in ways(NextStep.EXTEND, Modality.VIDEO, source, MODELS))


def test_more_pixels_are_had_of_the_providers_own_task_alone() -> None:
    for step, model in ((NextStep.GET_1080P, "veo-3.1-1080p"), (NextStep.GET_4K, "veo-3.1-4k")):
        assert not ways(step, Modality.VIDEO, None, MODELS)
        assert not ways(step, Modality.VIDEO, SourceTask("runway", {"quality": "720p"}), MODELS)
        (way,) = ways(step, Modality.VIDEO, SourceTask("veo3", {"resolution": "720p"}), MODELS)
        assert way.model.id == model and way.task_field is not None
        assert not ways(step, Modality.VIDEO, SourceTask("veo3", {"resolution": "4k"}), MODELS)
    in_1080p = SourceTask("veo3", {"resolution": "1080p"})
    assert not ways(NextStep.GET_1080P, Modality.VIDEO, in_1080p, MODELS)
    assert ways(NextStep.GET_4K, Modality.VIDEO, in_1080p, MODELS)


def test_1080p_closes_extending_and_4k_does_not() -> None:
    source = SourceTask("veo3_fast", {"resolution": "720p"})
    closing = {}
    for step in (NextStep.GET_1080P, NextStep.GET_4K):
        (way,) = ways(step, Modality.VIDEO, source, MODELS)
        closing[step] = [spec.id for spec in closed_by(way, source, MODELS)]
    assert closing == {NextStep.GET_1080P: ["veo-3.1-extend"], NextStep.GET_4K: []}
    later = replace(source, followed_by=frozenset({"veo/get-1080p-video"}))
    assert all(way.task_field is None for way in ways(NextStep.EXTEND, Modality.VIDEO, later, MODELS))
    assert not ways(NextStep.GET_1080P, Modality.VIDEO, later, MODELS)
    assert ways(NextStep.GET_4K, Modality.VIDEO, later, MODELS)


def test_an_image_goes_into_its_place() -> None:
    animate = ways(NextStep.ANIMATE, Modality.IMAGE, None, MODELS)
    assert animate[0].slot is not None and animate[0].slot.role is Role.FIRST_FRAME
    talk = ways(NextStep.TALK, Modality.IMAGE, None, MODELS)
    assert {way.slot.role for way in talk if way.slot} == {Role.PORTRAIT}
