"""The catalog is consistent and matches the price list."""

from __future__ import annotations

from typing import Any

import pytest

from kaimedia.domain import GenerationRequest, Modality, Reference, Settings
from kaimedia.errors import InvalidRequest
from kaimedia.models import catalogue
from kaimedia.models.spec import ModelSpec
from kaimedia.models.validation import validate
from kaimedia.providers.kie.families.codecs import FAMILIES

IDS = ("gpt4o-image", "veo3_fast", "veo3", "runway", "sora2", "kling-2.5-turbo")
KINDS = {"choice", "text", "number", "flag"}


def test_ids_and_labels() -> None:
    assert tuple(spec.id for spec in catalogue.MODELS) == IDS
    labels = [spec.label for spec in catalogue.MODELS]
    assert labels == ["GPT-4o Image", "Veo 3.1 Fast", "Veo 3.1 Quality", "Runway", "Sora 2", "Kling 2.5 Turbo"]


def test_get_names_the_known_models() -> None:
    assert catalogue.get("veo3").label == "Veo 3.1 Quality"
    with pytest.raises(InvalidRequest, match=r"kling-2\.5-turbo") as caught:
        catalogue.get("dall-e")
    assert caught.value.field == "model"


def test_by_modality_keeps_the_order() -> None:
    assert [spec.id for spec in catalogue.by_modality(Modality.IMAGE)] == ["gpt4o-image"]
    assert [spec.id for spec in catalogue.by_modality(Modality.VIDEO)] == list(IDS[1:])


def test_every_family_has_a_codec() -> None:
    assert set(FAMILIES) == {spec.family for spec in catalogue.MODELS}


def test_the_settings_defaults_are_models() -> None:
    assert catalogue.get(Settings().default_image_model).modality is Modality.IMAGE
    assert catalogue.get(Settings().default_video_model).modality is Modality.VIDEO


@pytest.mark.parametrize("spec", catalogue.MODELS, ids=lambda spec: spec.id)
def test_each_entry_is_sound(spec: ModelSpec) -> None:
    is_video = spec.modality is Modality.VIDEO
    assert bool(spec.durations_s) == is_video == (spec.default_duration_s in spec.durations_s)
    assert spec.variants[0] == 1 and spec.aspect_ratios and spec.tagline and spec.source
    assert 0 < spec.typical_s[0] < spec.typical_s[1] < spec.deadline_s == (2100 if is_video else 600)
    assert spec.poll_s == ((10.0, 20.0) if is_video else (3.0, 10.0))
    assert len({param.name for param in spec.params}) == len(spec.params)
    if spec.retirement:
        assert catalogue.get(spec.retirement.replacement).retirement is None
    for param in spec.params:
        assert param.kind in KINDS and (param.kind == "choice") == bool(param.choices)
        assert param.default is not None and spec.param(param.name) is param
    assert spec.param("no such field") is None
    for refusal in spec.refusals:
        assert refusal.message and (refusal.field in refusal.when)


PRICES: list[tuple[str, dict[str, Any], float | None]] = [
    ("gpt4o-image", {}, 6),
    ("gpt4o-image", {"variants": 2}, 12),
    ("gpt4o-image", {"variants": 4}, 24),
    ("veo3_fast", {}, 60),
    ("veo3_fast", {"params": {"resolution": "1080p"}}, 65),
    ("veo3_fast", {"params": {"resolution": "4k"}, "duration_s": 4}, 180),
    ("veo3", {}, 250),
    ("veo3", {"params": {"resolution": "1080p"}}, 255),
    ("veo3", {"params": {"resolution": "4k"}}, 370),
    ("runway", {}, 12),
    ("runway", {"duration_s": 10}, 30),
    ("runway", {"params": {"quality": "1080p"}}, 30),
    ("sora2", {}, 30),
    ("sora2", {"duration_s": 15}, None),
    ("kling-2.5-turbo", {}, 42),
    ("kling-2.5-turbo", {"duration_s": 10, "references": (Reference(url="https://x.example/a.png"),)}, 84),
]


@pytest.mark.parametrize(("model", "options", "credits"), PRICES)
def test_prices(model: str, options: dict[str, Any], credits: float | None) -> None:
    spec = catalogue.get(model)
    request = validate(spec, GenerationRequest(model, "A fox", spec.aspect_ratios[0], **options))
    assert spec.estimate_credits(request) == credits
