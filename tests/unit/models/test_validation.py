"""Nothing invalid is sent, and the message says why."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaimedia.domain import GenerationRequest, Reference, Role
from kaimedia.errors import InvalidRequest, ModelRetired
from kaimedia.models import catalogue
from kaimedia.models.params import Param, ParamKind
from kaimedia.models.spec import ModelSpec, PromptUse
from kaimedia.models.validation import refuse_retired, validate
from kaimedia.providers.kie.families.codecs import codec_of
from tests.model_requests import simplest

IMAGE = Reference(url="https://x.example/a.png")
FIRST = replace(IMAGE, role=Role.FIRST_FRAME)


def a_request(model: str, **changes: Any) -> GenerationRequest:
    spec = catalogue.get(model)
    ratio = next(iter(spec.mode_for(changes.get("references", ())).aspect_ratios), "")
    values: dict[str, Any] = {"model": model, "prompt": "A fox", "aspect_ratio": ratio, **changes}
    return GenerationRequest(**values)


def rejection(spec: ModelSpec, request: GenerationRequest) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        validate(spec, request)
    return caught.value


def test_defaults_are_filled_in() -> None:
    valid = validate(catalogue.get("veo3_fast"), a_request("veo3_fast", prompt="  A fox\r\nruns "))
    assert valid.prompt == "A fox\nruns" and valid.duration_s == 8
    assert valid.params == {"resolution": "720p", "enable_translation": True, "watermark": ""}
    assert validate(catalogue.get("gpt4o-image"), a_request("gpt4o-image", aspect_ratio="")).aspect_ratio == "1:1"


@pytest.mark.parametrize("prompt", ["", "  ", "\n\t", "\x00\x01", "\u200b\ufeff", "\ud800"])
def test_an_empty_prompt(prompt: str) -> None:
    error = rejection(catalogue.get("veo3"), a_request("veo3", prompt=prompt))
    assert (error.message, error.field) == ("Write a prompt first. One sentence is enough.", "prompt")


@pytest.mark.parametrize(
    ("model", "limit"),
    [("gpt4o-image", 4000), ("veo3", 4000), ("runway", 1800), ("sora2", 5000), ("kling-2.5-turbo", 2500)],
)
def test_the_longest_prompt(model: str, limit: int) -> None:
    spec = catalogue.get(model)
    assert len(validate(spec, a_request(model, prompt=f"  {'x' * limit}  ")).prompt) == limit
    error = rejection(spec, a_request(model, prompt="x" * (limit + 1)))
    assert f"{limit + 1:,}" in error.message and f"{limit:,}" in error.message and error.field == "prompt"


WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("veo3_fast", {"duration_s": 5}, "duration_s", "Veo 3.1 Fast makes 4, 6 or 8 s videos, not 5 s."),
    ("veo3_fast", {"duration_s": True}, "duration_s", "not True s"),
    ("veo3_fast", {"duration_s": "8"}, "duration_s", "4, 6 or 8"),
    ("veo3_fast", {"duration_s": 8.0}, "duration_s", "4, 6 or 8"),
    ("sora2", {"duration_s": 5}, "duration_s", "10 or 15 s videos"),
    ("gpt4o-image", {"duration_s": 5}, "duration_s", "have no duration"),
    ("veo3", {"aspect_ratio": "1:1"}, "aspect_ratio", "Veo 3.1 Quality supports 16:9 or 9:16, not 1:1."),
    ("veo3", {"aspect_ratio": ["16:9"]}, "aspect_ratio", "16:9 or 9:16"),
    ("gpt4o-image", {"variants": 3}, "variants", "GPT-4o Image makes 1, 2 or 4 at a time, not 3."),
    ("gpt4o-image", {"variants": True}, "variants", "not True."),
    ("gpt4o-image", {"variants": 10**400}, "variants", "not that number."),
    ("veo3", {"variants": 2}, "variants", "makes 1 at a time, not 2"),
    ("veo3", {"enhance": True}, "enhance", "does not enhance"),
    ("veo3", {"prompt": 5}, "prompt", "must be text"),
    ("veo3", {"params": {"resolution": "8k"}}, "resolution", "720p, 1080p or 4k, not 8k"),
    ("veo3", {"params": {"resolution": True}}, "resolution", "True"),
    ("veo3", {"params": {"enable_translation": 1}}, "enable_translation", "must be true or false"),
    ("veo3", {"params": {"enable_translation": "true"}}, "enable_translation", "must be true or false"),
    ("veo3", {"params": {"watermark": 5}}, "watermark", "must be text"),
    ("veo3", {"params": {"watermark": "x" * 61}}, "watermark", "61 characters; it takes up to 60"),
    (
        "veo3",
        {"params": {"seeds": 5}},
        "seeds",
        "no field “seeds”. Its fields are resolution, enable_translation, watermark",
    ),
    ("gpt4o-image", {"params": {"quality": "x"}}, "quality", "It has none."),
    ("veo3", {"params": {5: 5}}, "5", "no field “5”"),
    ("kling-2.5-turbo", {"params": {"cfg_scale": 1.1}}, "cfg_scale", "must be from 0 to 1, not 1.1"),
    ("kling-2.5-turbo", {"params": {"cfg_scale": -0.1}}, "cfg_scale", "not -0.1"),
    ("kling-2.5-turbo", {"params": {"cfg_scale": 0.55}}, "cfg_scale", "steps of 0.1; 0.55 is between"),
    ("kling-2.5-turbo", {"params": {"cfg_scale": True}}, "cfg_scale", "must be a number"),
    ("kling-2.5-turbo", {"params": {"cfg_scale": "0.5"}}, "cfg_scale", "must be a number"),
    ("kling-2.5-turbo", {"params": {"cfg_scale": float("nan")}}, "cfg_scale", "must be a number"),
    ("kling-2.5-turbo", {"params": {"cfg_scale": float("inf")}}, "cfg_scale", "must be a number"),
    ("kling-2.5-turbo", {"params": {"cfg_scale": 10**400}}, "cfg_scale", "must be a number"),
    ("kling-2.5-turbo", {"params": {"negative_prompt": "x" * 501}, "references": (IMAGE,)}, "negative_prompt", "501"),
    ("runway", {"params": {"quality": "1080p"}, "duration_s": 10}, "quality", "10 s videos in 720p only"),
]


@pytest.mark.parametrize(("model", "changes", "field", "text"), WRONG)
def test_what_is_refused(model: str, changes: dict[str, Any], field: str, text: str) -> None:
    error = rejection(catalogue.get(model), a_request(model, **changes))
    assert error.field == field and text in error.message
    assert error.next_step.endswith("Nothing was sent.")


def test_runway_combinations_that_work() -> None:
    spec = catalogue.get("runway")
    for quality, duration_s in (("720p", 5), ("720p", 10), ("1080p", 5)):
        assert validate(spec, a_request("runway", params={"quality": quality}, duration_s=duration_s))


def test_steps_are_rounded_to_what_was_meant() -> None:
    valid = validate(catalogue.get("kling-2.5-turbo"), a_request("kling-2.5-turbo", params={"cfg_scale": 0.1 + 0.2}))
    assert valid.params["cfg_scale"] == 0.3


def test_none_means_not_given() -> None:
    valid = validate(catalogue.get("veo3"), a_request("veo3", params={"resolution": None}))
    assert valid.params["resolution"] == "720p"


def test_references() -> None:
    kling = catalogue.get("kling-2.5-turbo")
    assert validate(kling, a_request("kling-2.5-turbo", references=(IMAGE,))).references == (FIRST,)
    assert validate(kling, a_request("kling-2.5-turbo")).references == ()
    requires_image = kling.modes[1]
    assert rejection(requires_image, a_request("kling-2.5-turbo")).field == "first_frame"
    assert validate(requires_image, a_request("kling-2.5-turbo", references=(IMAGE,)))
    takes_no_image = kling.modes[0]
    assert rejection(takes_no_image, a_request("kling-2.5-turbo", references=(IMAGE,))).field == "reference"


def test_fields_only_with_or_without_a_reference() -> None:
    kling = catalogue.get("kling-2.5-turbo")
    tail = Param("tail", "End frame", ParamKind.TEXT)
    size = Param("size", "Size", ParamKind.TEXT)
    from_text, from_image = kling.modes
    modes = (replace(from_text, params=(size,)), replace(from_image, params=(tail,)))
    spec = replace(kling, params=(tail, size), modes=modes)
    early = rejection(spec, a_request("kling-2.5-turbo", params={"tail": "x"}))
    assert early.message == "Kling 2.5 Turbo does not take “End frame” with these inputs." and early.field == "tail"
    late = rejection(spec, a_request("kling-2.5-turbo", params={"size": "x"}, references=(IMAGE,)))
    assert "does not take “Size”" in late.message
    assert validate(spec, a_request("kling-2.5-turbo", params={"size": "x"})).params == {"size": "x"}


@pytest.mark.parametrize(
    ("bounds", "value", "text"),
    [({"minimum": 2.0}, 1, "at least 2"), ({"maximum": 2.0}, 3, "at most 2"), ({}, 10**16, "must be a number")],
)
def test_half_open_bounds(bounds: dict[str, float], value: float, text: str) -> None:
    spec = replace(catalogue.get("veo3"), params=(Param("n", "N", ParamKind.NUMBER, **bounds),))
    assert text in rejection(spec, a_request("veo3", params={"n": value})).message
    assert validate(spec, a_request("veo3", params={"n": 2})).params == {"n": 2}


def test_retirement_is_checked_separately() -> None:
    sora = catalogue.get("sora2")
    assert validate(sora, a_request("sora2"))
    with pytest.raises(ModelRetired, match=r"since 11 June 2026\. Use Veo 3\.1 Fast instead") as caught:
        refuse_retired(sora)
    assert caught.value.next_step == "Choose Veo 3.1 Fast."
    refuse_retired(catalogue.get("veo3"))


anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.lists(st.integers(), max_size=2)
)
models = st.sampled_from(catalogue.MODELS)


@st.composite
def wild_requests(draw: st.DrawFn) -> tuple[ModelSpec, GenerationRequest]:
    spec = draw(models)
    names = st.sampled_from([param.name for param in spec.params] + ["other"])
    values = st.one_of(anything, st.sampled_from(["720p", "1080p", "4k", 0.5, True]))
    return spec, GenerationRequest(
        model=spec.id,
        prompt=draw(st.one_of(st.text(max_size=60), anything)),  # type: ignore[arg-type]
        aspect_ratio=draw(st.one_of(st.sampled_from(spec.aspect_ratios or ("",)), anything)),  # type: ignore[arg-type]
        variants=draw(st.one_of(st.sampled_from(spec.variants), anything)),  # type: ignore[arg-type]
        duration_s=draw(st.one_of(st.none(), st.sampled_from((4, 5, 8, 10)), anything)),  # type: ignore[arg-type]
        enhance=draw(st.booleans()),
        references=draw(st.sampled_from([(), (IMAGE,)])),
        params=draw(st.dictionaries(names, values, max_size=3)),
    )


@given(wild_requests())
def test_any_request_is_refused_with_a_message_or_becomes_sendable(pair: tuple[ModelSpec, GenerationRequest]) -> None:
    spec, request = pair
    try:
        valid = validate(spec, request)
    except InvalidRequest as error:
        assert error.field and error.message.endswith(".")
        return
    assert validate(spec, valid) == valid  # once is enough
    urls = ("https://x.example/a.png",) * len(valid.references)
    call = codec_of(spec).build(spec, valid, urls, None)
    json.dumps(call.json, allow_nan=False).encode()
    assert "\x00" not in valid.prompt and (valid.prompt.strip() or spec.prompt_use is not PromptUse.REQUIRED)


@pytest.mark.parametrize("odd", ["\x00", "\x07", "\x1b", "\x7f", "\x9b", "\ud800", "\udce9"])
def test_unreadable_characters_are_refused_not_removed(odd: str) -> None:
    for prompt in (f"a caf{odd}", f"{odd}a cafe", f"a{odd}b"):
        error = rejection(catalogue.get("veo3"), a_request("veo3", prompt=prompt))
        assert error.field == "prompt" and "character" in error.message and odd not in error.message
    for spec in catalogue.MODELS:
        mode = (spec.modes or (spec,))[0]
        request = simplest(spec, mode)
        for param in mode.params:
            if param.kind is ParamKind.TEXT:
                odd_request = replace(request, params={**request.params, param.name: f"a{odd}"})
                assert rejection(spec, odd_request).field == param.name


def test_all_line_ends_are_normalized() -> None:
    valid = validate(catalogue.get("veo3"), a_request("veo3", prompt="one\r\ntwo\rthree\x0bfour\x0cfive\x85six\tseven"))
    assert valid.prompt == "one\ntwo\nthree\nfour\nfive\nsix\tseven"


@given(models, st.text(min_size=1, max_size=40))
def test_cleaned_prompts_survive_storage(spec: ModelSpec, prompt: str) -> None:
    try:
        valid = validate(spec, a_request(spec.id, prompt=prompt))
    except InvalidRequest:
        return
    assert valid.prompt.encode("utf-8").decode("utf-8") == valid.prompt


DEEP: list[Any] = []
for _ in range(50):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    "odd",
    ["a\x00b", "\ud800", float("nan"), float("inf"), 10**400, {"deep": DEEP}, {"a\x07": 1}, object()],
    ids=["nul", "surrogate", "nan", "infinity", "too-large", "too-deep", "control-in-key", "not-json"],
)
def test_what_no_database_takes_is_refused_inside_objects_too(odd: Any) -> None:
    params = {"multi_shots": True, "multi_prompt": [{"prompt": odd, "duration": 5}]}
    error = rejection(catalogue.get("kling-3.0"), a_request("kling-3.0", duration_s=5, params=params))
    assert error.field == "multi_prompt" and len(error.message) < 200
