"""What a request costs, as far as it can be known before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from kaimedia.domain import GenerationRequest, InputKind, Reference, Role
from kaimedia.models import catalogue
from kaimedia.models.estimates import Estimate, Unsure
from kaimedia.models.prices import Offer, Price, PriceUnit
from kaimedia.models.spec import ModelSpec
from kaimedia.models.validation import validate
from tests.model_requests import simplest

END = datetime(2026, 10, 7, 6, tzinfo=UTC)
NOW = datetime(2026, 11, 30, tzinfo=UTC)


def of(model: str, *clips_s: float | None, **options: Any) -> tuple[ModelSpec, GenerationRequest]:
    """A valid request; its clips and sounds have these lengths."""
    spec = catalogue.get(model)
    params = options.pop("params", {})
    request = simplest(spec)
    lengths = iter(clips_s)
    references = tuple(
        each if each.kind is InputKind.IMAGE else replace(each, duration_s=next(lengths, None))
        for each in request.references
    )
    changed = replace(request, references=references, params={**request.params, **params}, **options)
    return spec, validate(spec, changed)


def test_an_offer_ends_by_itself() -> None:
    spec, request = of("seedance-2.0-fast", duration_s=5, params={"resolution": "720p"})
    assert spec.estimate(request, at=END - timedelta(seconds=1)) == Estimate(124.0, 124.0)
    assert spec.estimate(request, at=END) == Estimate(165.0, 165.0)


def test_after_an_offer_whose_usual_price_is_unknown_its_price_is_the_least() -> None:
    spec, request = of("seedance-2.5", duration_s=4, params={"resolution": "1080p"})
    assert spec.estimate(request, at=datetime(2026, 10, 17, tzinfo=UTC)) == Estimate(632.0, 632.0)
    ended = spec.estimate(request, at=NOW)
    assert ended == Estimate(632.0, None, (Unsure.OFFER_ENDED,))
    assert ended.exact is None and ended.reserved == 632.0


def test_the_length_of_a_given_clip_counts() -> None:
    spec, request = of("kling-3.0-motion-control", 12.5, params={"mode": "720p"})
    assert spec.estimate(request) == Estimate(250.0, 250.0)
    spec, request = of("kling-3.0-motion-control", None, params={"mode": "720p"})
    assert spec.estimate(request) == Estimate(60.0, 600.0, (Unsure.INPUT_LENGTH,))
    spec, request = of("omnihuman-1.5", None)
    assert spec.estimate(request) == Estimate(None, 1620.0, (Unsure.INPUT_LENGTH,))


def test_a_length_that_the_model_chooses_is_a_range() -> None:
    spec, request = of("seedance-2.0", duration_s=-1, params={"resolution": "480p"})
    assert spec.estimate(request) == Estimate(76.0, 285.0, (Unsure.RESULT_LENGTH,))


def test_reference_videos_are_billed_too() -> None:
    spec, request = of("seedance-2.0", duration_s=5, params={"resolution": "480p"})
    clips = tuple(
        Reference(url=f"https://x.example/{n}.mp4", role=Role.REFERENCE_VIDEO, kind=InputKind.VIDEO, duration_s=4.0)
        for n in range(2)
    )
    assert spec.estimate(replace(request, references=clips)) == Estimate(149.5, 149.5)


def test_the_frames_set_the_length() -> None:
    params = {"num_frames": 120, "frames_per_second": 16, "resolution": "480p"}
    spec, request = of("wan-2.2-speech-to-video", params=params)
    assert spec.estimate(request) == Estimate(90.0, 90.0)


def test_a_named_size_is_counted_in_megapixels() -> None:
    spec, request = of("qwen-image", aspect_ratio="1:1")
    assert spec.estimate(request) == Estimate(4.0, 4.0)
    spec, request = of("qwen-image", aspect_ratio="4:3")
    assert spec.estimate(request) == Estimate(3.0, 4.0, (Unsure.RESULT_SIZE,))


def test_an_enlarged_image_costs_by_its_size() -> None:
    spec, request = of("topaz-image-upscale", params={"upscale_factor": "4"})
    assert spec.estimate(request) == Estimate(10.0, 40.0, (Unsure.RESULT_SIZE,))
    for size, credits in (((512, 300), 10.0), ((1024, 768), 20.0), ((800, 1025), 40.0)):
        assert spec.estimate(request, {Role.SOURCE: size}) == Estimate(credits, credits)


def test_what_depends_on_the_earlier_video_is_a_range() -> None:
    spec, request = of("grok-imagine-extend", params={"extend_times": "10"})
    assert spec.estimate(request) == Estimate(24.0, 45.0, (Unsure.EARLIER_TASK,))


def test_layers_are_counted_afterwards() -> None:
    spec, request = of("seedream-5.0-flash-layers")
    assert spec.estimate(request) == Estimate(3.24, 55.08, (Unsure.RESULT_COUNT,))


def test_a_row_without_a_number_is_unknown() -> None:
    spec, request = of("runway-extend")
    found = spec.estimate(request)
    assert found == Estimate(None, None, (Unsure.NOT_LISTED,))
    assert found.exact is None and found.reserved is None


@pytest.mark.parametrize(("chosen", "expected"), [({"size": "S"}, Estimate(2.0, 2.0)), ({}, Estimate(2.0, 6.0))])
def test_a_field_left_to_the_provider_is_a_range(chosen: dict[str, Any], expected: Estimate) -> None:
    spec = catalogue.get("z-image")
    table = (({"size": "S"}, 2.0), ({"size": "L"}, 6.0))
    spec = replace(spec, price=Price(table, date(2026, 11, 1), unit=PriceUnit.IMAGE, offers=(Offer(END, ()),)))
    found = spec.estimate(GenerationRequest(spec.id, "A fox", "1:1", params=chosen), at=NOW)
    assert (found.low, found.high) == (expected.low, expected.high)
