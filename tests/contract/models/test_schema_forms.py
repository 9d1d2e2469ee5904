"""Forms made from schemas: for every known model, what its schema says comes out as the catalog has it."""

from __future__ import annotations

from datetime import date

import pytest

from kaimedia.domain import ListedModel
from kaimedia.errors import InvalidRequest
from kaimedia.models import catalogue
from kaimedia.models.schema_form import SchemaForm, form_of
from kaimedia.models.spec import ModelSpec
from kaimedia.models.validation import validate
from kaimedia.models.wire_fields import Source
from kaimedia.providers.kie.families import market
from kaimedia.providers.kie.parsing import openapi
from kaimedia.sandbox.protocol import model_schema
from kaimedia.sandbox.protocol.families import market as sandbox_market
from kaimedia.sandbox.protocol.families.market_inputs import PAUSED_MODELS
from kaimedia.sandbox.protocol.replies import Refused
from tests.model_requests import simplest

MODES = [mode for spec in catalogue.MODELS if spec.wire or spec.modes for mode in spec.modes or (spec,) if mode.wire]
IDS = [mode.remote_name for mode in MODES]


def form(mode: ModelSpec) -> SchemaForm:
    """What becomes of a known model if only its schema is known."""
    document = model_schema.document(mode.remote_name, mode)
    found = openapi.input_schema({"model": mode.remote_name, "openapi": document})
    assert found.problem is None
    capabilities = tuple(each.value for each in mode.capabilities)
    listed = ListedModel(mode.remote_name, "A title", mode.maker, mode.modality, capabilities)
    return form_of(
        listed, found.schema, model_id=mode.remote_name, makers=(mode.maker.upper(),), as_of=date(2026, 11, 30)
    )


@pytest.mark.parametrize("mode", MODES, ids=IDS)
def test_no_field_is_lost_and_each_keeps_its_wire_type(mode: ModelSpec) -> None:
    made = form(mode)
    assert (made.hidden, made.missing) == ((), ())
    assert {field.name: field.json_type for field in made.spec.wire} == {
        field.name: field.json_type for field in mode.wire
    }
    assert {field.name for field in made.spec.wire if field.is_required} == {
        field.name for field in mode.wire if field.is_required
    }
    assert made.spec.prompt_use is mode.prompt_use and made.spec.modality is mode.modality
    assert made.spec.capabilities == mode.capabilities and made.spec.maker == mode.maker.upper()


@pytest.mark.parametrize("mode", MODES, ids=IDS)
def test_files_stay_files_and_choices_keep_their_values(mode: ModelSpec) -> None:
    made = form(mode).spec
    for field in mode.wire:
        other = next(each for each in made.wire if each.name == field.name)
        assert (other.source is Source.INPUTS) == (field.source is Source.INPUTS and field.item is None), field.name
        before, after = mode.param(field.name), made.param(field.name)
        if before is not None and after is not None:
            assert (after.choices, after.max_chars, after.max_items) == (
                before.choices,
                before.max_chars,
                before.max_items,
            )
        if field.source in (Source.ASPECT_RATIO, Source.DURATION) and other.source is field.source:
            assert dict(other.values) == dict(field.values)


@pytest.mark.parametrize("mode", MODES, ids=IDS)
def test_its_simplest_request_has_no_field_that_the_provider_refuses(mode: ModelSpec) -> None:
    """Rules over several fields are in no schema, so that a request may still break one of those."""
    made = form(mode).spec
    request = validate(made, simplest(made))
    urls = tuple(reference.url or "" for reference in request.references)
    body = dict(market.build(made, request, urls, None).json or {})
    assert body["model"] == mode.remote_name
    try:
        sandbox_market.order(body)
    except Refused as refused:
        is_paused = mode.remote_name in PAUSED_MODELS
        assert is_paused or isinstance(refused.__cause__, InvalidRequest), refused.message
