"""What the sandbox draws for every market model: pixels for each ratio and resolution, seconds, counts."""

from __future__ import annotations

import io
import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from kaimedia.domain import GenerationRequest, Modality
from kaimedia.errors import InvalidRequest
from kaimedia.models import catalogue
from kaimedia.models.params import SharedAs
from kaimedia.models.spec import ModelSpec
from kaimedia.models.validation import validate
from kaimedia.providers.kie.families import market
from kaimedia.sandbox.protocol.families import market as sandbox_market
from kaimedia.sandbox.task import Order
from tests.contract.sandbox.wire import CREATE, Wire
from tests.model_requests import simplest

MODES = [
    (spec, mode)
    for spec in catalogue.MODELS
    if spec.wire or spec.modes
    for mode in spec.modes or (spec,)
    if not mode.remote_name.startswith("sora-2-pro")
]
IDS = [mode.remote_name for _, mode in MODES]
DRAWN_WITHIN_S = 90
LINES_AT_MOST = 1080  # for videos; larger ones are charged as such and drawn in this size
SIDES = {
    **{f"{lines}{letter}": lines for lines in (360, 480, 512, 540, 580, 720, 768, 1080) for letter in ("", "p", "P")},
    **{f"{number:g}{letter}": round(number * 1024) for number in (0.5, 1, 1.5, 2, 4) for letter in ("K", "k")},
}
NAMED_SIDES = {
    ("seedream/4.5-text-to-image", "basic"): 2048,
    ("seedream/4.5-text-to-image", "high"): 4096,
    ("seedream/5-lite-text-to-image", "high"): 3072,
    ("seedream/5-pro-image-to-image", "basic"): 1024,
    ("seedream/5-pro-image-to-image", "high"): 2048,
}


def ordered(spec: ModelSpec, request: GenerationRequest) -> Order | None:
    """What the sandbox would draw; None if the model's rules do not allow this request."""
    try:
        valid = validate(spec, request)
    except InvalidRequest:
        return None
    urls = tuple(reference.url or "" for reference in valid.references)
    return sandbox_market.order(dict(market.build(spec, valid, urls, None).json or {}))


def changed(spec: ModelSpec, mode: ModelSpec, **changes: Any) -> GenerationRequest:
    request = simplest(spec, mode)
    return replace(request, params={**request.params, **changes.pop("params", {})}, **changes)


def resolutions(mode: ModelSpec) -> Iterator[tuple[str, Any]]:
    for param in mode.params:
        if param.shared_as is SharedAs.RESOLUTION:
            yield from ((param.name, choice) for choice in param.choices)


@pytest.mark.parametrize(("spec", "mode"), MODES, ids=IDS)
def test_each_ratio_is_drawn(spec: ModelSpec, mode: ModelSpec) -> None:
    for ratio in mode.aspect_ratios:
        order = ordered(spec, changed(spec, mode, aspect_ratio=ratio))
        if order is None or ":" not in ratio or len(order.sizes) > 1:  # several: the result follows an input
            continue
        across, down = map(float, ratio.split(":"))
        ((width, height),) = order.sizes
        assert width / height == pytest.approx(across / down, rel=0.05), ratio


@pytest.mark.parametrize(("spec", "mode"), MODES, ids=IDS)
def test_each_resolution_is_drawn(spec: ModelSpec, mode: ModelSpec) -> None:
    for name, choice in resolutions(mode):
        side = NAMED_SIDES.get((mode.remote_name, choice)) or SIDES.get(str(choice))
        order = ordered(spec, changed(spec, mode, params={name: choice}))
        if order is None or side is None:
            continue
        for width, height in order.sizes:
            is_video = mode.modality is Modality.VIDEO
            found = min(width, height) if is_video else math.sqrt(width * height)
            assert found == pytest.approx(min(side, LINES_AT_MOST) if is_video else side, rel=0.03), choice


@pytest.mark.parametrize(("spec", "mode"), MODES, ids=IDS)
def test_each_length_and_each_count_is_drawn(spec: ModelSpec, mode: ModelSpec) -> None:
    for duration_s in mode.durations_s:
        order = ordered(spec, changed(spec, mode, duration_s=duration_s))
        assert order is None or duration_s < 1 or order.duration_s == duration_s
    for variants in mode.variants:
        order = ordered(spec, changed(spec, mode, variants=variants))
        assert order is None or mode.max_results or order.variants == variants


@pytest.mark.parametrize(
    ("model", "params", "size"),
    [
        ("kling-3.0", {"mode": "std"}, (1280, 720)),
        ("kling-3.0", {"mode": "pro"}, (1920, 1080)),
        ("seedream-5.0-lite", {"quality": "ultra"}, (4096, 4096)),
        ("nano-banana-2", {"resolution": "4K"}, (4096, 4096)),
        ("wan-2.7", {"resolution": "1080p"}, (1920, 1080)),
    ],
)
def test_some_sizes_in_pixels(model: str, params: dict[str, Any], size: tuple[int, int]) -> None:
    spec = catalogue.get(model)
    mode = (spec.modes or (spec,))[0]
    ratio = "16:9" if mode.modality is Modality.VIDEO else "1:1"
    order = ordered(spec, changed(spec, mode, aspect_ratio=ratio, params=params))
    assert order is not None
    ((width, height),) = order.sizes
    assert (width, height) == size


def test_a_ratio_that_is_not_sent_follows_the_image() -> None:
    spec = catalogue.get("grok-imagine-video")
    mode = next(mode for mode in spec.modes if mode.remote_name == "grok-imagine/image-to-video")
    order = ordered(spec, changed(spec, mode, aspect_ratio="16:9"))
    assert order is not None and len(order.reference_urls) == 1
    assert {width > height for width, height in order.sizes} == {True, False}


def finished(wire: Wire, model: str, inputs: dict[str, Any]) -> list[bytes]:
    """The files of a task that is drawn in full."""
    answer = wire.post(CREATE["market"], json={"model": model, "input": inputs}).json()
    assert answer["code"] == 200, answer
    until = time.monotonic() + DRAWN_WITHIN_S
    while (record := wire.record("market", answer["data"]["taskId"]))["state"] != "success":
        assert time.monotonic() < until, record
        wire.clock.advance(30)
        time.sleep(0.1)
    return [wire.get(url).content for url in json.loads(record["resultJson"])["resultUrls"]]


@pytest.mark.parametrize("model", ["qwen/text-to-image", "ideogram/v3-text-to-image"])
def test_the_small_square_that_the_catalog_leaves_out(model: str) -> None:
    inputs = {"prompt": "a boat", "image_size": "square"}
    assert sandbox_market.order({"model": model, "input": inputs}).sizes == ((512, 512),)
    inputs["image_size"] = "square_hd"
    assert sandbox_market.order({"model": model, "input": inputs}).sizes == ((1024, 1024),)


@pytest.mark.parametrize(
    ("model", "chosen", "made"),
    [
        ("google/nano-banana", {}, "PNG"),
        ("google/nano-banana", {"output_format": "jpeg"}, "JPEG"),
        ("nano-banana-2", {}, "JPEG"),
        ("qwen2-1/text-to-image", {"output_format": "webp"}, "WEBP"),
    ],
)
def test_images_have_the_format_that_was_requested(
    open_wire: Callable[..., Wire], model: str, chosen: dict[str, Any], made: str
) -> None:
    (image,) = finished(open_wire(), model, {"prompt": "a boat", **chosen})
    assert Image.open(io.BytesIO(image)).format == made


@pytest.mark.slow
def test_files_have_the_pixels_and_seconds(open_wire: Callable[..., Wire], tmp_path: Path) -> None:
    wire = open_wire(media="full", media_folder=tmp_path)
    portrait = {"prompt": "a boat", "aspect_ratio": "9:16"}
    (image,) = finished(wire, "z-image", portrait)
    assert Image.open(io.BytesIO(image)).size == (768, 1360)
    two = {"prompt": "a boat", "image_size": "square_hd", "image_resolution": "1K", "max_images": 2}
    images = finished(wire, "bytedance/seedream-v4-text-to-image", two)
    assert [Image.open(io.BytesIO(each)).size for each in images] == [(1024, 1024)] * 2
    (video,) = finished(wire, "pixverse-v6/text-to-video", {**portrait, "quality": "360p", "duration": 5})
    with av.open(io.BytesIO(video)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (360, 640)
        assert container.duration is not None and container.duration / av.time_base == pytest.approx(5, abs=0.1)
