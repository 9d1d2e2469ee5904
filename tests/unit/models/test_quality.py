"""Better requests: by a better model, else by the best settings."""

from __future__ import annotations

import re
from dataclasses import replace

from kaimedia.domain import GenerationRequest, Modality, Reference, Role
from kaimedia.errors import InvalidRequest
from kaimedia.models import catalogue
from kaimedia.models.params import SharedAs
from kaimedia.models.quality import better
from kaimedia.models.validation import validate
from tests.conftest import image_request, video_request


def of(request: GenerationRequest) -> GenerationRequest:
    """As it is stored in a task."""
    return validate(catalogue.get(request.model), request)


def test_a_draft_model_names_its_better_one() -> None:
    found = better(of(video_request(params={"resolution": "1080p"})))
    assert found is not None and found.model is catalogue.get("veo3") and found.values == ()
    assert (found.request.model, found.request.params["resolution"]) == ("veo3", "1080p")


def test_without_one_the_best_settings_that_are_valid() -> None:
    found = better(of(video_request(model="veo3")))
    assert found is not None and (found.model, found.values) == (None, ("4k",))
    found = better(of(video_request(model="runway", duration_s=10, params={"quality": "720p"})))
    assert found is None  # 1080p is for 5 s only
    found = better(of(video_request(model="runway", duration_s=5, params={"quality": "720p"})))
    assert found is not None and found.request.params["quality"] == "1080p"


def test_what_costs_more_is_better_where_choices_are_words() -> None:
    request = of(image_request(model="ideogram-v3", params={"rendering_speed": "TURBO"}))
    found = better(request)
    assert found is not None and found.request.params["rendering_speed"] == "QUALITY"


def test_nothing_is_better_than_the_best() -> None:
    assert better(of(image_request())) is None
    assert better(of(video_request(model="veo3", params={"resolution": "4k"}))) is None


def test_an_unavailable_model_and_one_that_does_not_take_the_inputs_is_not_proposed() -> None:
    request = of(video_request())
    found = better(request, {"veo3"})
    assert found is not None and (found.model, found.request.params["resolution"]) == (None, "4k")
    things = (Reference(url="https://kai.test/a.png", role=Role.REFERENCE),)  # Veo 3.1 Quality has no such input
    found = better(of(replace(request, references=things)))
    assert found is not None and found.request.model == "veo3_fast"


def test_a_better_model_exists_makes_the_same_and_leads_to_no_circle() -> None:
    for spec in catalogue.all_models():
        seen, at = [spec.id], spec
        while at.better:
            at = catalogue.get(at.better)
            assert at.modality is spec.modality and at.retirement is None and at.id not in seen, spec.id
            seen.append(at.id)


def test_resolutions_are_listed_from_low_to_high() -> None:
    for spec in catalogue.all_models():
        for param in spec.params:
            if param.shared_as is SharedAs.RESOLUTION:
                pixels = [_pixels(str(choice)) for choice in param.choices if re.search(r"\d", str(choice))]
                assert pixels == sorted(pixels), (spec.id, param.choices)


def _pixels(text: str) -> float:
    number = float(re.findall(r"[\d.]+", text)[0])
    return number * 540 if text[-1] in "kK" else number


def test_every_proposal_is_valid_and_of_the_same_kind() -> None:
    proposed = 0
    for spec in catalogue.all_models():
        example = image_request() if spec.modality is Modality.IMAGE else video_request()
        request = replace(example, model=spec.id, aspect_ratio="", duration_s=None)
        try:
            found = better(of(request))
        except InvalidRequest:  # it needs more than a prompt
            continue
        if found is not None:
            proposed += 1
            assert of(found.request) == found.request and found.request.prompt == request.prompt
    assert proposed > 20
