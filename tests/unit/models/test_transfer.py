"""A request for another model: what is kept, what becomes the default, and what is said to differ."""

from __future__ import annotations

import pytest

from kaimedia.domain import GenerationRequest, Modality, Reference, Role
from kaimedia.models import catalogue
from kaimedia.models.spec import PromptUse, Rank
from kaimedia.models.transfer import Setting, carried, differences
from kaimedia.models.validation import validate
from tests.conftest import image_request, video_request


def to(model_id: str, request: GenerationRequest) -> GenerationRequest:
    return carried(request, catalogue.get(request.model), catalogue.get(model_id))


def differing(model_id: str, request: GenerationRequest) -> dict[Setting, tuple[object, object]]:
    before, after = catalogue.get(request.model), catalogue.get(model_id)
    found = differences(request, before, carried(request, before, after), after)
    return {each.setting: (each.wanted, each.given) for each in found}


def test_what_the_other_model_takes_is_kept() -> None:
    wanted = video_request(aspect_ratio="9:16", duration_s=8, params={"resolution": "1080p"})
    given = to("veo3", wanted)
    assert (given.model, given.aspect_ratio, given.duration_s) == ("veo3", "9:16", 8)
    assert given.params["resolution"] == "1080p"
    assert differing("veo3", wanted) == {}


def test_the_rest_is_the_default_of_the_other_model_and_is_named() -> None:
    wanted = video_request(duration_s=8, params={"resolution": "4k"})
    given = to("kling-2.5-turbo", wanted)
    assert (given.duration_s, given.aspect_ratio) == (5, "16:9")
    assert "resolution" not in given.params
    assert differing("kling-2.5-turbo", wanted) == {Setting.LENGTH: (8, 5), Setting.PARAM: ("4k", None)}
    assert differing("wan-3.0", wanted) == {Setting.PARAM: ("4k", "1080P")}


def test_equal_choices_may_be_spelled_differently() -> None:
    assert to("wan-3.0", video_request(params={"resolution": "720p"})).params["resolution"] == "720P"
    assert Setting.PARAM not in differing("wan-3.0", video_request(params={"resolution": "720p"}))


def test_a_model_that_enhances_nothing_and_makes_one_image() -> None:
    wanted = image_request(variants=4, enhance=True)
    assert differing("z-image", wanted) == {Setting.VARIANTS: (4, 1), Setting.ENHANCE: (True, False)}


def test_inputs_go_along_where_the_role_exists() -> None:
    first, last = (Reference(url="https://kai.test/a.png", role=role) for role in (Role.FIRST_FRAME, Role.LAST_FRAME))
    wanted = video_request(references=(first, last))
    assert to("veo3", wanted).references == (first, last)
    assert to("runway", wanted).references == (first,)


@pytest.mark.parametrize("modality", Modality)
def test_every_model_that_needs_only_a_prompt_takes_a_carried_request(modality: Modality) -> None:
    wanted = image_request() if modality is Modality.IMAGE else video_request()
    for spec in catalogue.by_modality(modality):
        needs_more = any(slot.minimum for slot in spec.mode_for(()).inputs) or any(
            param.is_required and param.default is None for param in spec.params
        )
        is_alone = spec.mode_for(()).prompt_use is PromptUse.REQUIRED and spec.rank is not Rank.UTILITY
        if is_alone and not needs_more:
            assert validate(spec, to(spec.id, wanted)).model == spec.id
