"""Every market model's `createTask` bodies, checked by the data set of the provider's models alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from kaimedia.domain import GenerationRequest
from kaimedia.errors import InvalidRequest
from kaimedia.models import catalogue
from kaimedia.models.params import ParamKind
from kaimedia.models.spec import ModelSpec, PromptUse
from kaimedia.models.validation import validate
from kaimedia.providers.kie.families import market
from tests.contract.models import market_data_set
from tests.model_requests import example, inputs, simplest

pytestmark = pytest.mark.skipif(not market_data_set.entries(), reason="the data set of models is not there")
MARKET = tuple(spec for spec in catalogue.MODELS if spec.family == "market")
# Of newer models the data set knows nothing; a mistyped id is found because the right one is then missing.
MODES = tuple(
    (spec, mode) for spec in MARKET for mode in spec.modes or (spec,) if mode.remote_name in market_data_set.entries()
)
ids = [mode.remote_name for _, mode in MODES]
each_id = pytest.mark.parametrize(("spec", "mode"), MODES, ids=ids)
LEFT_OUT = {
    "4o-image-api",
    "veo-3-1",
    "runway",
    "veo/extend",
    "veo/get-1080p-video",
    "veo/get-4k-video",
    "runway/extend-ai-video",
    "omnihuman-1-5/human-identification",
    "sora-2-pro-storyboard",
}


def body_of(spec: ModelSpec, request: GenerationRequest) -> dict[str, Any]:
    valid = validate(spec, request)
    assert validate(spec, valid) == valid, "validating again changes nothing"
    urls = tuple(reference.url or "" for reference in valid.references)
    return dict(market.build(spec, valid, urls, None).json or {})


def choices(mode: ModelSpec, request: GenerationRequest) -> Iterator[GenerationRequest]:
    """The request with every value of every choice."""
    yield from (replace(request, aspect_ratio=ratio) for ratio in mode.aspect_ratios)
    yield from (replace(request, duration_s=length) for length in mode.durations_s)
    yield from (replace(request, variants=count) for count in mode.variants)
    for param in mode.params:
        values: tuple[Any, ...] = param.choices
        if param.kind is ParamKind.FLAG:
            values = (True, False)
        elif param.kind is ParamKind.NUMBER:
            values = tuple(each for each in (param.minimum, param.maximum, *param.special) if each is not None)
            values = tuple(int(each) if param.is_whole else each for each in values) or (7,)
        elif param.kind in (ParamKind.LIST, ParamKind.OBJECTS):
            values = (example(param),)
        elif param.kind is ParamKind.TEXT:
            values = ("words",)
        yield from (replace(request, params={**request.params, param.name: value}) for value in values)


def full(mode: ModelSpec, request: GenerationRequest) -> Iterator[GenerationRequest]:
    """The request with as many of each input as the model takes, alone and together."""
    for slot in mode.inputs:
        others = tuple(each for each in request.references if each.role is not slot.role)
        yield replace(request, references=(*others, *inputs(slot, slot.maximum)))
    yield replace(request, references=tuple(each for slot in mode.inputs for each in inputs(slot, slot.maximum)))


def test_every_active_id_is_in_the_catalog() -> None:
    active = {name for name, entry in market_data_set.entries().items() if entry["status"] != "retired"}
    assert active - set(ids) == LEFT_OUT - {"sora-2-pro-storyboard"}
    print(f"{len(MARKET)} models, {len(ids)} ids")


@each_id
def test_the_defaults_are_accepted(spec: ModelSpec, mode: ModelSpec) -> None:
    body = body_of(spec, simplest(spec, mode))
    assert body["model"] == mode.remote_name
    assert market_data_set.problems(body) == []


@each_id
def test_what_validation_accepts_the_data_set_accepts(spec: ModelSpec, mode: ModelSpec, record_property: Any) -> None:
    """Every value of every choice, and every full set of inputs: sent as the provider wants it, or refused here."""
    request = simplest(spec, mode)
    sent = refused = 0
    for each in (*choices(mode, request), *full(mode, request)):
        try:
            body = body_of(spec, each)
        except InvalidRequest as problem:
            assert problem.field and problem.message
            refused += 1
            continue
        sent += 1
        assert market_data_set.problems(body) == [], each
    record_property("bodies_sent", sent)
    record_property("refused_before", refused)
    assert sent > refused


@each_id
def test_wrong_values_are_refused_before_sending(spec: ModelSpec, mode: ModelSpec) -> None:
    request = simplest(spec, mode)
    wrong = [replace(request, variants=99), replace(request, duration_s=999)]
    if mode.aspect_ratios:
        wrong.append(replace(request, aspect_ratio="17:5"))
    if mode.prompt_use is not PromptUse.NONE:
        wrong.append(replace(request, prompt="x" * (mode.prompt_max_chars + 1)))
    for param in mode.params:
        wrong.append(replace(request, params={**request.params, param.name: object()}))
    wrong.append(replace(request, params={**request.params, "no_such_field": 1}))
    for each in wrong:
        with pytest.raises(InvalidRequest) as caught:
            validate(spec, each)
        assert caught.value.field
