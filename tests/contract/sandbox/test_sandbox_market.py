"""The sandbox answers for every market model by the catalog's data."""

from __future__ import annotations

from typing import Any

import pytest

from kaimedia.models import catalogue
from kaimedia.models.spec import ModelSpec
from kaimedia.models.validation import validate
from kaimedia.providers.kie.families import market
from kaimedia.sandbox.protocol.families import market as sandbox_market
from kaimedia.sandbox.protocol.families.market_inputs import EARLIER_NAMES
from kaimedia.sandbox.protocol.replies import Refused
from tests.model_requests import simplest
from tests.providers import KIE_MODELS

MODES = [(spec, mode) for spec in KIE_MODELS if spec.wire or spec.modes for mode in spec.modes or (spec,)]
PAUSED = "sora-2-pro"


def body_of(spec: ModelSpec, mode: ModelSpec) -> dict[str, Any]:
    valid = validate(spec, simplest(spec, mode))
    urls = tuple(reference.url or "" for reference in valid.references)
    return dict(market.build(spec, valid, urls, None).json or {})


@pytest.mark.parametrize(("spec", "mode"), MODES, ids=[mode.remote_name for _, mode in MODES])
def test_what_the_product_sends_is_accepted(spec: ModelSpec, mode: ModelSpec) -> None:
    body = body_of(spec, mode)
    if mode.remote_name.startswith(PAUSED):
        with pytest.raises(Refused, match="paused"):
            sandbox_market.order(body)
        return
    order = sandbox_market.order(body)
    assert order.kind == spec.modality and order.variants >= 1
    assert order.credits > 0 or not any(credits for _, credits in mode.price.table)
    assert all(width % 2 == height % 2 == 0 for width, height in order.sizes)


def wrong(changes: dict[str, Any], model: str = "kling-3.0") -> Refused:
    spec = catalogue.get(model)
    body = body_of(spec, (spec.modes or (spec,))[0])
    for name, value in changes.items():
        if value is None:
            del body["input"][name]
        else:
            body["input"][name] = value
    with pytest.raises(Refused) as caught:
        sandbox_market.order(body)
    return caught.value


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"multi_shots": None}, 422, "multi_shots cannot be empty"),
        ({"aspect_ratio": None}, 422, "aspect_ratio cannot be empty"),
        ({"duration": "99"}, 500, "duration is not within the range of allowed options"),
        ({"duration": 5}, 422, "duration must be a string"),
        ({"sound": "yes"}, 422, "sound must be a boolean"),
        ({"prompt": ""}, 422, "prompt cannot be empty"),
        ({"image_urls": "https://x.example/a.png"}, 422, "image_urls must be a list of strings"),
    ],
)
def test_wrong_bodies_are_refused_as_the_provider_does(changes: dict[str, Any], code: int, message: str) -> None:
    refused = wrong(changes)
    assert (refused.code, refused.message) == (code, message)


def test_a_missing_list_of_shots_is_read_as_an_empty_one() -> None:
    """As the provider answers a client that leaves out both fields for several shots, or one of them."""
    refused = wrong({"multi_prompt": None, "multi_shots": None})
    assert (refused.code, refused.message) == (422, "multi_shots cannot be empty")
    kling = catalogue.get("kling-3.0")
    body = body_of(kling, kling)
    del body["input"]["multi_prompt"]
    assert sandbox_market.order(body).model == "kling-3.0/video"


@pytest.mark.parametrize(
    ("model", "remote_name", "is_refused"),
    [
        ("kling-2.5-turbo", "kling/v2-5-turbo-image-to-video-pro", True),
        ("minimax-h3", "minimax-h3/image-to-video", True),
        ("happyhorse-1.0", "happyhorse/image-to-video", False),
    ],
)
def test_a_ratio_is_refused_where_that_is_documented(model: str, remote_name: str, is_refused: bool) -> None:
    spec = catalogue.get(model)
    body = body_of(spec, next(mode for mode in spec.modes if mode.remote_name == remote_name))
    body["input"]["aspect_ratio"] = "16:9"
    if not is_refused:
        assert sandbox_market.order(body).model == remote_name
        return
    with pytest.raises(Refused, match="aspect_ratio is not supported by this model") as caught:
        sandbox_market.order(body)
    assert caught.value.code == 422


@pytest.mark.parametrize("name", EARLIER_NAMES)
def test_earlier_names_are_read_as_the_models_that_have_a_page(name: str) -> None:
    spec = next(spec for spec, mode in MODES if mode.remote_name == EARLIER_NAMES[name])
    body = body_of(spec, next(mode for _, mode in MODES if mode.remote_name == EARLIER_NAMES[name]))
    order = sandbox_market.order({**body, "model": name})
    assert (order.model, order.credits) == (name, sandbox_market.order(body).credits)


def test_counts_sizes_and_lengths_follow_the_request() -> None:
    grok = catalogue.get("grok-imagine")
    assert sandbox_market.order(body_of(grok, grok.modes[0])).variants == 6
    seedream = catalogue.get("seedream-4.0")
    body = body_of(seedream, seedream.modes[0])
    body["input"] |= {"max_images": 3, "image_size": "landscape_16_9", "image_resolution": "2K"}
    order = sandbox_market.order(body)
    assert order.variants == 3 and order.sizes == ((2736, 1536),)
    kling = catalogue.get("kling-3.0")
    body = body_of(kling, kling)
    body["input"] |= {"duration": "12", "aspect_ratio": "9:16", "mode": "std"}
    order = sandbox_market.order(body)
    assert (order.duration_s, order.sizes) == (12, ((720, 1280),))
