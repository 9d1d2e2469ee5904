"""Every price of the catalog against a table made from the data set of the provider's models alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from kaimedia.domain import GenerationRequest, InputKind
from kaimedia.errors import InvalidRequest
from kaimedia.models import catalogue
from kaimedia.models.estimates import Estimate
from kaimedia.models.params import ParamKind
from kaimedia.models.spec import ModelSpec
from kaimedia.models.validation import validate
from kaimedia.providers.kie.families import market
from tests.contract.models import market_data_set, market_prices
from tests.model_requests import inputs, simplest

pytestmark = pytest.mark.skipif(not market_data_set.entries(), reason="the data set of models is not there")
MODES = tuple(
    (spec, mode)
    for spec in catalogue.MODELS
    if spec.family == "market"
    for mode in spec.modes or (spec,)
    if mode.remote_name in market_data_set.entries()
)
# Before and after the offers of October 2026.
MOMENTS = (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 30, tzinfo=UTC))
LENGTH_S = 7.5

# Models with an endpoint of their own: our id, the data set's, and its fields by the request.
OWN: tuple[tuple[str, str, Any], ...] = (
    ("veo3_fast", "veo-3-1", lambda it: {"model": "veo3_fast", "resolution": it.params["resolution"]}),
    ("veo3", "veo-3-1", lambda it: {"model": "veo3", "resolution": it.params["resolution"]}),
    ("veo-3.1-extend", "veo/extend", lambda it: {"source_model": {"fast": "veo3_fast"}.get(it.params["tier"], "veo3")}),
    ("veo-3.1-1080p", "veo/get-1080p-video", lambda it: {}),
    ("veo-3.1-4k", "veo/get-4k-video", lambda it: {}),
    ("runway", "runway", lambda it: {"duration": it.duration_s, "quality": it.params["quality"]}),
    ("runway-extend", "runway/extend-ai-video", lambda it: {}),
)


def cells(spec: ModelSpec, mode: ModelSpec) -> Iterator[GenerationRequest]:
    """A valid request for every combination of what its price depends on."""
    request = simplest(spec, mode)
    keys = {key for conditions, _ in mode.price.table for key in conditions}
    options: dict[str, tuple[Any, ...]] = {}
    for param in mode.params:
        if param.name in keys or param.name in (mode.price.frames or ()) or param.name == "upscale_factor":
            values: tuple[Any, ...] = (None, *param.choices)
            if param.kind is ParamKind.FLAG:
                values = (None, True, False)
            elif param.kind is ParamKind.NUMBER:
                values = (None, int(param.minimum or 0), int(param.maximum or 0))
            options[param.name] = values
    lengths, counts, ratios = mode.durations_s or (None,), mode.variants, mode.aspect_ratios or (request.aspect_ratio,)
    shapes = ratios if mode.price.unit.value == "megapixel" else (request.aspect_ratio,)
    for values in product(lengths, counts, shapes, _input_sets(mode, request), *options.values()):
        duration_s, variants, ratio, references, *rest = values
        chosen = {name: value for name, value in zip(options, rest, strict=True) if value is not None}
        kept = {name: value for name, value in request.params.items() if name not in options}
        changed = replace(request, duration_s=duration_s, variants=variants, aspect_ratio=ratio, references=references)
        try:
            valid = validate(spec, replace(changed, params=kept | chosen))
        except InvalidRequest:
            continue
        if spec.mode_for(valid.references) is mode:
            yield valid


def _input_sets(mode: ModelSpec, request: GenerationRequest) -> Iterator[tuple[Any, ...]]:
    """The fewest inputs, and as many of each kind as the model takes; clips with and without a known length."""
    yield request.references
    for slot in mode.inputs:
        others = tuple(each for each in request.references if each.role is not slot.role)
        for count in {1, slot.maximum}:
            given = (*others, *inputs(slot, count))
            yield given
            if any(each.kind is not InputKind.IMAGE for each in given):
                yield tuple(
                    each if each.kind is InputKind.IMAGE else replace(each, duration_s=LENGTH_S) for each in given
                )


def expected(
    entry: Mapping[str, Any], given: Mapping[str, Any], lengths: Mapping[str, float], at: datetime
) -> Estimate:
    span = market_prices.price(entry, given, lengths, at)
    return Estimate(None, None) if span is None else Estimate(*span)


def differs(ours: Estimate, theirs: Estimate) -> bool:
    """True for another number; nothing is known to cost less than 0, so a lowest price of 0 says nothing."""
    same_low = (ours.low or 0.0) == pytest.approx(theirs.low or 0.0, abs=1e-3)
    same_high = ours.high is theirs.high is None or ours.high == pytest.approx(theirs.high, abs=1e-3)
    return not (same_low and same_high)


def test_every_price_of_the_jobs_api(capsys: pytest.CaptureFixture[str]) -> None:
    """0 differences over every combination of options that a price depends on."""
    differences: list[str] = []
    ids: set[str] = set()
    count = exact = 0
    for spec, mode in MODES:
        entry = market_data_set.entries()[mode.remote_name]
        seen = set()
        for request in cells(spec, mode):
            urls = tuple(reference.url or "" for reference in request.references)
            body = dict(market.build(spec, request, urls, None).json or {})
            assert body["model"] == mode.remote_name
            lengths = {each.url or "": each.duration_s for each in request.references if each.duration_s is not None}
            key = repr((sorted(body["input"].items()), sorted(lengths.items())))
            if key in seen:
                continue
            seen.add(key)
            for at in MOMENTS:
                ours = spec.estimate(request, at=at)
                theirs = expected(entry, body["input"], lengths, at)
                count, exact = count + 1, exact + (ours.exact is not None)
                if differs(ours, theirs):
                    differences.append(f"{mode.remote_name} {at:%Y-%m-%d} {body['input']}: {ours} not {theirs}")
        ids.add(mode.remote_name)
    for model, name, fields in OWN:
        spec, entry = catalogue.get(model), market_data_set.entries()[name]
        for request in cells(spec, spec):
            ours, theirs = spec.estimate(request), expected(_only_prices(entry), fields(request), {}, MOMENTS[1])
            count, exact = count + 1, exact + (ours.exact is not None)
            if differs(ours, theirs):
                differences.append(f"{model} {fields(request)}: {ours} not {theirs}")
        ids.add(name)
    with capsys.disabled():
        print(f"\nprices: {len(ids)} ids, {count} cells ({exact} exact), {len(differences)} differences")
    assert not differences, "\n".join(differences[:20])


def test_the_table_can_differ() -> None:
    """A price that is changed by a tenth of a credit is found."""
    spec, mode = next((spec, mode) for spec, mode in MODES if mode.remote_name == "z-image")
    request = next(cells(spec, mode))
    ours = spec.estimate(request)
    entry = market_data_set.entries()["z-image"]
    body = dict(market.build(spec, request, (), None).json or {})
    theirs = expected(entry, body["input"], {}, MOMENTS[1])
    assert not differs(ours, theirs)
    assert ours.low is not None
    assert differs(replace(ours, low=ours.low + 0.1, high=ours.low + 0.1), theirs)


def test_every_priced_id_is_compared() -> None:
    priced = {
        name
        for name, entry in market_data_set.entries().items()
        if entry["status"] != "retired" and any(row["credits"] is not None for row in entry["price"]["table"])
    }
    compared = {mode.remote_name for _, mode in MODES} | {name for _, name, _ in OWN}
    # The first has no counterpart here; the second is compared in the test of the catalog, as "gpt4o-image".
    assert priced - compared <= {"omnihuman-1-5/human-identification", "4o-image-api"}


def _only_prices(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """An entry whose params are only those of its price: the data set describes another form of the same model."""
    keys = {key for row in entry["price"]["table"] for key in row["when"]}
    return {**entry, "params": [{"name": key, "type": "string"} for key in keys]}
