"""Which rows of a provider's price list replace ours: only those that surely belong together."""

from __future__ import annotations

from datetime import date

import pytest

from kaimedia.domain import ListedPrice
from kaimedia.models import catalogue
from kaimedia.models.listed_prices import with_listed
from kaimedia.providers.kie.parsing import listed_prices

TODAY = date(2026, 11, 30)
NANO = "nano-banana-2"


def row(description: str, credits: float, model: str = NANO, unit: str = "per image") -> ListedPrice:
    return ListedPrice(model, description, unit, credits)


def of_nano(*rows: ListedPrice) -> list[float | None]:
    spec = with_listed(catalogue.get(NANO), {NANO: rows}, TODAY)
    assert (spec is catalogue.get(NANO)) is (spec.price.other is None)
    return [credits for _, credits in spec.price.table]


KNOWN = (row("Google nano banana 2, 1K", 9), row("Google nano banana 2, 2K", 12), row("Google nano banana 2, 4K", 20))


def test_rows_are_matched_by_their_conditions() -> None:
    assert of_nano(*KNOWN) == of_nano(*reversed(KNOWN)) == [9, 12, 20]


@pytest.mark.parametrize(
    "rows",
    [
        KNOWN[:2],  # one is missing
        (*KNOWN, row("Google nano banana 2, 8K", 40)),  # one more than we know
        (*KNOWN, row("Google nano banana 2, fast, 4K", 15)),  # two fit
        (*KNOWN[:2], row("Google nano banana 2, 4K", 20, unit="per second")),
        (*KNOWN[:2], row("Google nano banana 2, 4K", 2000)),  # in another unit
        (*KNOWN[:2], row("Google nano banana 4K", 20)),  # only in the name
        (),
    ],
)
def test_what_is_not_certain_is_left_alone(rows: tuple[ListedPrice, ...]) -> None:
    assert of_nano(*rows) == [8, 12, 18]


def test_a_price_per_image_is_not_one_for_several() -> None:
    """Grok makes six images for one price; what the list has per image is not that price."""
    name = "grok-imagine/image-to-image"
    spec = next(spec for spec in catalogue.MODELS for mode in spec.modes or (spec,) if mode.remote_name == name)
    assert with_listed(spec, {name: [row("Grok imagine, image-to-image", 2, name)]}, TODAY) is spec
    assert with_listed(spec, {name: [row("Grok imagine, image-to-image", 5, name, "per request")]}, TODAY) is not spec


def test_switches_and_lengths() -> None:
    name = "kling-2.6/text-to-video"
    texts = {"5s, without audio": 60, "10s, no audio": 111, "5.0s, with audio": 112, "10 s, with audio": 222}
    rows = [row(f"Kling 2.6, {text}", credits, name, "per video") for text, credits in texts.items()]
    spec = with_listed(catalogue.get("kling-2.6"), {name: rows}, TODAY)
    assert [credits for _, credits in spec.mode_for(()).price.table] == [60, 111, 112, 222]


def test_a_price_that_ours_lacks_is_taken() -> None:
    name = "bytedance/seedance-2-5"
    spec = catalogue.get("seedance-2.5")
    rows = []
    for conditions, credits in spec.price.table:
        video = "with video input" if conditions["has_video_input"] else "no video input"
        price = credits or (90.0 if conditions["has_video_input"] else 160.0)
        rows.append(row(f"Seedance 2.5, {conditions['resolution']}, {video}", price, name, "per second"))
    found = with_listed(spec, {name: rows}, TODAY)
    assert [credits for _, credits in found.price.table][-2:] == [160.0, 90.0]
    assert found.price.other is spec.price and found.price.is_of_provider


def test_a_models_id_is_read_from_its_link() -> None:
    link = "https://kie.ai/kling-2-6?model=kling-2.6%2Ftext-to-video"
    rows = [
        {"modelDescription": "a,  1K ", "creditPrice": "8", "creditUnit": "per image", "anchor": "https://kie.ai/nb-2"},
        {"modelDescription": "b", "creditPrice": "0.5", "creditUnit": "", "anchor": link},
        {"modelDescription": "c", "creditPrice": "free", "creditUnit": "per image", "anchor": link},
        {"modelDescription": "d", "creditPrice": "0", "creditUnit": "per image", "anchor": link},
        {"modelDescription": "e", "creditPrice": "NaN", "creditUnit": "per image", "anchor": link},
        {"modelDescription": "f", "creditPrice": "8", "creditUnit": "per image", "anchor": "https://[x"},
        {"modelDescription": None, "creditPrice": "8", "creditUnit": "per image", "anchor": link},
        {"modelDescription": "g", "creditPrice": 10**400, "creditUnit": "per image", "anchor": link},
        "no row",
    ]
    assert list(listed_prices.read(rows)) == [
        ListedPrice("nb-2", "a, 1K", "per image", 8.0),
        ListedPrice("kling-2.6/text-to-video", "b", "", 0.5),
    ]
