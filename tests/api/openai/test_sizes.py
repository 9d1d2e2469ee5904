"""OpenAI's sizes for models that take ratios and resolutions."""

from __future__ import annotations

import pytest

from kaimedia.api.openai.sizes import nearest_ratio, read_size, resolution
from kaimedia.errors import InvalidRequest
from kaimedia.models.catalogue import find


@pytest.mark.parametrize(
    ("model", "size", "ratio", "tier"),
    [
        ("gpt4o-image", "1024x1024", "1:1", {}),
        ("gpt4o-image", "1792x1024", "3:2", {}),
        ("gpt4o-image", "1024x1792", "2:3", {}),
        ("nano-banana-pro", "1024x1024", "1:1", {"resolution": "1K"}),
        ("nano-banana-pro", "1536x1024", "3:2", {"resolution": "1K"}),
        ("nano-banana-pro", "2048x2048", "1:1", {"resolution": "2K"}),
        ("nano-banana-pro", "3840x2160", "16:9", {"resolution": "4K"}),
        ("flux.2-pro", "4096x4096", "1:1", {"resolution": "2K"}),
        ("seedream-4.0", "2560x1440", "16:9", {"image_resolution": "2K"}),
        ("seedream-5.0-flash", "1600x1600", "1:1", {"size": "1.5K"}),
        ("topaz-image-upscale", "1024x1024", "", {}),
    ],
)
def test_the_nearest_is_taken(model: str, size: str, ratio: str, tier: dict[str, str]) -> None:
    spec, pixels = find(model), read_size(size)
    assert spec is not None and pixels is not None
    assert nearest_ratio(spec.aspect_ratios, pixels) == ratio
    assert resolution(spec, pixels) == tier


@pytest.mark.parametrize("text", ["1024", "1024×1024", "0x10", "-1x5", "10x10x10", "", "1024x1024\n", "big"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_size(text)
    assert caught.value.field == "size"


@pytest.mark.parametrize("text", [None, "auto"])
def test_no_size_is_fine(text: str | None) -> None:
    assert read_size(text) is None
