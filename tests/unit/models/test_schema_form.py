"""Forms from schemas nobody has seen: what is understood, what is left out, and what makes a model unusable."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaimedia.domain import InputKind, ListedModel, Modality, Role
from kaimedia.models.json_schema import request_schema
from kaimedia.models.params import ParamKind
from kaimedia.models.schema_form import SchemaForm, form_of
from kaimedia.models.spec import Capability, PromptUse

VIDEO = ListedModel(
    "acme/lumen-2", "Lumen 2 API", "kling", Modality.VIDEO, ("text-to-video", "no such"), "A video costs 10 credits."
)
IMAGE = ListedModel("lumen", "Lumen", "Acme", Modality.IMAGE)


def made(
    properties: dict[str, Any], required: tuple[str, ...] = (), listed: ListedModel = VIDEO, **more: Any
) -> SchemaForm:
    schema = {"type": "object", "properties": properties, "required": list(required), **more}
    return form_of(listed, schema, model_id="an-id", makers=("Kling", "Google"), as_of=date(2026, 11, 30))


def kinds(form: SchemaForm) -> dict[str, ParamKind]:
    return {param.name: param.kind for param in form.spec.params}


def test_what_the_list_says_about_a_model() -> None:
    spec = made({}).spec
    assert (spec.id, spec.label, spec.maker, spec.tagline) == ("an-id", "acme/lumen-2", "Kling", "Lumen 2 API")
    assert (spec.remote_name, spec.family, spec.provider) == ("acme/lumen-2", "market", "kie")
    assert spec.capabilities == (Capability.TEXT_TO_VIDEO,)
    assert spec.price.span_credits is None and spec.max_results == 20
    assert spec.notes == ("The provider says about its price: “A video costs 10 credits.”",)
    assert made({}, listed=IMAGE).spec.maker == "Acme"


def test_prompt_ratio_and_length() -> None:
    form = made(
        {
            "prompt": {"type": "string", "maxLength": 700},
            "ratio": {"type": "string", "enum": ["landscape_16_9", "1:1", "Auto"], "default": "1:1"},
            "duration": {"type": "integer", "minimum": 3, "maximum": 6, "default": 5},
        },
        ("prompt",),
    )
    spec = form.spec
    assert (spec.prompt_use, spec.prompt_max_chars) == (PromptUse.REQUIRED, 700)
    assert (spec.aspect_ratios, spec.default_aspect_ratio) == (("16:9", "1:1", "auto"), "1:1")
    assert (spec.durations_s, spec.default_duration_s) == ((3, 4, 5, 6), 5)
    assert dict(spec.wire[1].values) == {"16:9": "landscape_16_9", "1:1": "1:1", "auto": "Auto"}
    assert form.hidden == ()


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string", "enum": ["a", "b"]}, ParamKind.CHOICE),
        ({"enum": [1, 2]}, ParamKind.CHOICE),
        ({"const": "a"}, ParamKind.CHOICE),
        ({"type": ["string", "null"]}, ParamKind.TEXT),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, ParamKind.NUMBER),
        ({"oneOf": [{"const": "a"}, {"const": "b"}]}, ParamKind.CHOICE),
        ({"allOf": [{"type": "boolean"}], "description": "A switch."}, ParamKind.FLAG),
        ({"type": "array", "items": {"type": "string"}}, ParamKind.LIST),
        ({"type": "array", "items": {"type": "object", "properties": {"x": {"type": "number"}}}}, ParamKind.OBJECTS),
    ],
)
def test_one_field_of_each_kind(schema: dict[str, Any], kind: ParamKind) -> None:
    form = made({"thing": schema})
    assert (kinds(form), form.hidden) == ({"thing": kind}, ())


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object", "properties": {"a": {"type": "string"}}},
        {"type": "array"},
        {"type": "array", "items": {"type": "object"}},
        {"type": "string", "enum": ["a", 1]},
        {"type": "string", "enum": [1, 2]},
        {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        {"type": ["string", "integer"]},
        {"type": "money"},
        True,
    ],
)
def test_what_is_not_understood_is_left_out_and_named(schema: Any) -> None:
    form = made({"thing": schema, "seed": {"type": "integer"}})
    assert (form.hidden, form.missing) == (("thing",), ())
    assert list(kinds(form)) == ["seed"]
    assert made({"thing": schema}, ("thing",)).missing == ("thing",)


def test_names_a_request_needs_for_something_else_are_left_out() -> None:
    strange = {name: {"type": "number"} for name in ("aspect_ratio", "duration", "n_variants", "model", "a b")}
    assert set(made(strange).hidden) == set(strange)
    assert made({"callBackUrl": {"type": "string"}}).hidden == ()


def test_a_required_field_without_a_schema_cannot_be_sent() -> None:
    assert made({}, ("secret",)).missing == ("secret",)


def test_names_with_a_space_are_sent_without() -> None:
    form = made({"image_urls ": {"type": "array", "items": {"type": "string"}}}, ("image_urls ",))
    assert [field.name for field in form.spec.wire] == ["image_urls"] and form.missing == ()


def test_defaults_that_break_their_own_limits_are_dropped() -> None:
    form = made(
        {
            "steps": {"type": "integer", "minimum": 1, "maximum": 10, "default": 40},
            "scale": {"type": "number", "minimum": 0, "multipleOf": 0.5, "default": 0.3},
            "mode": {"type": "string", "enum": ["a", "b"], "default": "c"},
            "text": {"type": "string", "maxLength": 2, "default": "long"},
            "switch": {"type": "boolean", "default": "yes"},
            "fine": {"type": "number", "minimum": 0, "maximum": 1, "multipleOf": 0.1, "default": 0.3},
        }
    )
    defaults = {param.name: param.default for param in form.spec.params}
    assert defaults == {"steps": None, "scale": None, "mode": None, "text": None, "switch": None, "fine": 0.3}


def test_exclusive_bounds_of_whole_numbers() -> None:
    (param,) = made({"steps": {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 5}}).spec.params
    assert (param.minimum, param.maximum, param.is_whole) == (1, 4, True)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"minimum": -(2**63), "maximum": 2**64 - 1}, (-(10**15), 10**15, None)),
        ({"minimum": 0, "maximum": 10**400}, (0, None, None)),
        ({"minimum": 0.5, "maximum": 3.5}, (1, 3, None)),
        ({"minimum": 0, "maximum": 10, "multipleOf": 0.5}, (0, 10, None)),
        ({"minimum": 0, "maximum": 10, "multipleOf": 2.0}, (0, 10, 2)),
        ({"minimum": 1, "maximum": 10, "multipleOf": 5e-324}, (1, 10, None)),
    ],
)
def test_limits_of_whole_numbers_are_ones_that_can_be_kept(limits: dict[str, Any], expected: tuple[Any, ...]) -> None:
    (param,) = made({"seed": {"type": "integer", **limits}}).spec.params
    assert (param.kind, param.minimum, param.maximum, param.step) == (ParamKind.NUMBER, *expected)
    assert all(isinstance(each, int) for each in (param.minimum, param.maximum, param.step) if each is not None)


@pytest.mark.parametrize("step", [5e-324, 1e-12, 1e300, 10**400])
def test_a_step_beyond_what_numbers_can_keep_to_is_dropped(step: float) -> None:
    (param,) = made({"scale": {"type": "number", "minimum": 0.5, "default": 0.7, "multipleOf": step}}).spec.params
    assert (param.step, param.default) == (None, 0.7)


def test_equal_limits_leave_one_value() -> None:
    form = made({"n": {"type": "integer", "minimum": 4, "maximum": 4}, "x": {"type": "integer", "default": 10**400}})
    n, x = form.spec.params
    assert (n.kind, n.choices, n.default) == (ParamKind.CHOICE, (4,), None)
    assert (x.kind, x.default) == (ParamKind.NUMBER, None)
    (required,) = made({"n": {"type": "integer", "minimum": 4, "maximum": 4}}, ("n",)).spec.params
    assert required.default == 4


@pytest.mark.parametrize(
    "limits", [{"minimum": 5, "maximum": 4}, {"minimum": 1.2, "maximum": 1.8}, {"minimum": 10**17}, {"maximum": -1e200}]
)
def test_limits_that_leave_no_value_hide_the_field(limits: dict[str, Any]) -> None:
    form = made({"n": {"type": "integer", **limits}}, ("n",))
    assert (form.hidden, form.missing) == (("n",), ("n",))


def test_each_file_gets_a_role_of_its_own() -> None:
    link = {"type": "string", "format": "uri"}
    form = made(
        {
            "image_url": link,
            "firstFrame": link,
            "tail_image_url": {"type": "string"},
            "reference_image_urls": {"type": "array", "items": {"type": "string"}, "maxItems": 4},
            "motion_video": {"type": "string", "default": "https://x.example/a.mp4"},
            "voice_url": link,
            "document_url": link,
            "image_format": {"type": "string"},
        },
        ("image_url",),
    )
    slots = {field.name: field.roles[0] for field in form.spec.wire if field.roles}
    assert slots == {
        "image_url": Role.SOURCE,
        "firstFrame": Role.FIRST_FRAME,
        "tail_image_url": Role.LAST_FRAME,
        "reference_image_urls": Role.REFERENCE,
        "motion_video": Role.DRIVING_VIDEO,
        "voice_url": Role.AUDIO,
    }
    assert len(set(slots.values())) == len(slots)
    by_role = {slot.role: slot for slot in form.spec.inputs}
    assert by_role[Role.SOURCE].minimum == 1
    assert by_role[Role.REFERENCE].maximum == 4
    assert by_role[Role.DRIVING_VIDEO].kind is InputKind.VIDEO
    assert kinds(form) == {"document_url": ParamKind.TEXT, "image_format": ParamKind.TEXT}


def test_more_files_than_roles_are_left_out() -> None:
    form = made({f"voice{n}_url": {"type": "string"} for n in range(4)})
    assert form.hidden == ("voice2_url", "voice3_url")


def test_one_image_of_an_image_model_is_its_source() -> None:
    assert made({"image": {"type": "string"}}, listed=IMAGE).spec.inputs[0].role is Role.SOURCE


def test_of_alternatives_only_what_all_require_is_required() -> None:
    form = made(
        {"prompt": {"type": "string"}},
        ("prompt",),
        oneOf=[
            {"properties": {"task_id": {"type": "string"}}, "required": ["task_id"]},
            {"properties": {"image_url": {"type": "string"}}, "required": ["image_url"]},
        ],
    )
    assert [(field.name, field.is_required) for field in form.spec.wire] == [
        ("prompt", True),
        ("task_id", False),
        ("image_url", False),
    ]
    assert form.spec.notes[-1].startswith("The provider takes only some combinations")


def test_without_a_schema_there_is_no_field() -> None:
    form = form_of(IMAGE, None, model_id="lumen", makers=(), as_of=date(2026, 11, 30))
    assert (form.spec.wire, form.spec.prompt_use) == ((), PromptUse.NONE)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
limits = ("minimum", "maximum", "exclusiveMinimum", "multipleOf", "maxLength")
keywords = st.sampled_from(["type", "enum", "const", "items", "properties", "anyOf", "allOf", "default", *limits])
types = st.sampled_from(["string", "integer", "number", "boolean", "array", "object", "null"])
schemas = st.recursive(
    json_values | st.fixed_dictionaries({"type": types}),
    lambda inner: st.dictionaries(keywords, inner | st.lists(inner, max_size=3) | types, max_size=4),
    max_leaves=12,
)
names = st.sampled_from(["prompt", "duration", "aspect_ratio", "image_url", "audio", "x", "n", "image_urls "])


@given(st.dictionaries(names, schemas, max_size=5), st.lists(names, max_size=3))
def test_no_schema_breaks_anything(properties: dict[str, Any], required: list[str]) -> None:
    form = made(properties, tuple(required))
    shown = {field.name for field in form.spec.wire}
    assert shown | set(form.hidden) == {name.strip() for name in [*properties, *required]}
    assert request_schema(form.spec)["properties"]
