"""The catalog is consistent and matches the price list."""

from __future__ import annotations

from typing import Any

import pytest

from kaimedia.domain import GenerationRequest, Modality, Reference, Settings
from kaimedia.errors import InvalidRequest
from kaimedia.models import catalogue
from kaimedia.models.params import ParamKind
from kaimedia.models.rules import RuleKind, request_facts
from kaimedia.models.spec import ModelSpec, Rank
from kaimedia.models.validation import validate
from kaimedia.providers.kie.families.codecs import FAMILIES
from kaimedia.providers.registry import entry_of
from tests.providers import KIE_MODELS

IDS = ("gpt4o-image", "veo3_fast", "veo3", "runway", "sora2", "kling-2.5-turbo")


def test_ids_and_labels() -> None:
    assert tuple(spec.id for spec in catalogue.MODELS[:6]) == IDS
    labels = [spec.label for spec in catalogue.MODELS]
    assert labels[:6] == ["GPT-4o Image", "Veo 3.1 Fast", "Veo 3.1 Quality", "Runway", "Sora 2", "Kling 2.5 Turbo"]
    assert len(set(labels)) == len(labels) == len({spec.id for spec in catalogue.MODELS}) > 90


def test_featured_models_come_before_the_others() -> None:
    ranks = [spec.rank for spec in catalogue.MODELS[6:]]
    assert ranks == sorted(ranks, key=list(Rank).index)


def test_get_names_similar_models() -> None:
    assert catalogue.get("veo3").label == "Veo 3.1 Quality"
    with pytest.raises(InvalidRequest, match=r"Did you mean kling-2\.5-turbo") as caught:
        catalogue.get("Kling-2.5-turb")
    assert caught.value.field == "model"
    with pytest.raises(InvalidRequest, match="GET /api/models lists those there are"):
        catalogue.get("dall-e")


def test_by_modality_keeps_the_order() -> None:
    assert catalogue.by_modality(Modality.IMAGE)[0].id == "gpt4o-image"
    assert [spec.id for spec in catalogue.by_modality(Modality.VIDEO)][:5] == list(IDS[1:])


def test_every_family_has_a_codec() -> None:
    assert set(FAMILIES) == {spec.family for spec in KIE_MODELS}


def test_models_with_inputs_are_of_providers_that_take_uploads() -> None:
    assert all(entry_of(spec.provider).takes_uploads for spec in catalogue.MODELS if spec.inputs)


def test_the_settings_defaults_are_models() -> None:
    assert catalogue.get(Settings().default_image_model).modality is Modality.IMAGE
    assert catalogue.get(Settings().default_video_model).modality is Modality.VIDEO


@pytest.mark.parametrize("spec", catalogue.MODELS, ids=lambda spec: spec.id)
def test_each_entry_is_sound(spec: ModelSpec) -> None:
    is_video = spec.modality is Modality.VIDEO
    assert is_video or not spec.durations_s
    assert (spec.default_duration_s in spec.durations_s) == bool(spec.durations_s)
    assert spec.variants and spec.source and spec.maker and spec.capabilities
    assert spec.tagline and len(spec.tagline) <= 60 and not spec.tagline.endswith(".")
    if spec.typical_s is not None:
        assert 0 < spec.typical_s[0] <= spec.typical_s[1] < spec.deadline_s
    if spec.family != "veo_upgrade":  # its pages say how often to ask
        assert spec.poll_s == ((10.0, 20.0) if is_video else (3.0, 10.0))
    assert len({param.name for param in spec.params}) == len(spec.params)
    if spec.retirement:
        assert catalogue.get(spec.retirement.replacement).retirement is None
    for param in spec.params:
        assert param.label and (param.kind is ParamKind.CHOICE) == bool(param.choices)
        assert param.default is None or param.takes(param.default)
        assert spec.param(param.name) is param
    assert spec.param("no such field") is None
    for mode in spec.modes or (spec,):
        keys = set(request_facts(GenerationRequest(spec.id, "", ""))) | {param.name for param in mode.params}
        keys |= {f"has_{param.name}" for param in mode.params} | {"prompt"}
        for rule in mode.rules:
            assert set(rule.when) | set(rule.then) <= keys, rule
            assert rule.kind is not RuleKind.FORBID or rule.when


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
