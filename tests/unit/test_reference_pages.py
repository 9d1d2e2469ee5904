"""What the generated pages say of models of several providers."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path

import pytest

from kaimedia.models import catalogue
from tests.pictureworks.extension import MODEL, registered

PAGES = runpy.run_path(str(Path(__file__).resolve().parents[2] / "docs" / "reference.py"))


@pytest.mark.parametrize(
    ("usd_per_credit", "text"),
    [
        (None, "5 credits at PictureWorks per image (2026-11-30)"),
        (0.01, "5 credits at PictureWorks ($0.05) per image (2026-11-30)"),
    ],
)
def test_the_price_of_another_providers_model_says_whose_credits_they_are(
    usd_per_credit: float | None, text: str
) -> None:
    with registered():
        price = replace(MODEL.price, usd_per_credit=usd_per_credit)
        assert PAGES["price_text"](replace(MODEL, price=price)) == text


def test_a_range_of_prices_has_a_range_of_dollars() -> None:
    with registered():
        price = replace(MODEL.price, table=(({"size": "1:1"}, 3.0), ({}, 12.0)), usd_per_credit=0.01)
        assert PAGES["price_text"](replace(MODEL, price=price)).startswith("3–12 credits at PictureWorks ($0.03–$0.12)")


def test_credits_of_kie_need_no_name() -> None:
    spec = catalogue.get("gpt4o-image")
    assert PAGES["price_text"](spec) == "6 credits per image (2026-09-24)"
