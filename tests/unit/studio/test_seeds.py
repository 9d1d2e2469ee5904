"""The same request with several random seeds."""

from __future__ import annotations

import random

import pytest

from kaimedia.domain import GenerationRequest
from kaimedia.errors import InvalidRequest
from kaimedia.models import catalogue
from kaimedia.models.params import ParamKind
from kaimedia.models.spec import ModelSpec
from kaimedia.models.validation import validate
from kaimedia.studio.seeds import seed_param, with_seeds
from tests.conftest import image_request
from tests.model_requests import simplest

SEEDED = [spec for spec in catalogue.all_models() if seed_param(spec, simplest(spec).references)]


@pytest.mark.parametrize("spec", SEEDED, ids=lambda spec: spec.id)
def test_each_seed_is_different_and_valid(spec: ModelSpec) -> None:
    request = simplest(spec)
    param = seed_param(spec, request.references)
    assert param is not None
    made = with_seeds(request, 20, random.Random(1))
    seeds = [each.params[param.name] for each in made]
    assert len(set(seeds)) == 20
    assert all(int(seed) > 0 for seed in seeds)  # 0 and -1 ask for a random one
    assert all(isinstance(seed, str) == (param.kind is ParamKind.TEXT) for seed in seeds)
    assert [validate(spec, each).params[param.name] for each in made] == seeds


def test_one_seed_changes_nothing() -> None:
    assert with_seeds(image_request(), 1) == [image_request()]


def test_a_model_without_a_seed_is_named() -> None:
    with pytest.raises(InvalidRequest, match="GPT-4o Image takes no seed") as refused:
        with_seeds(image_request(), 2)
    assert refused.value.field == "seeds"


def test_the_number_must_be_possible() -> None:
    request: GenerationRequest = simplest(SEEDED[0])
    with pytest.raises(InvalidRequest, match="must be 1 to"):
        with_seeds(request, 0)
