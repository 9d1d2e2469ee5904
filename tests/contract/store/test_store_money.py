"""The settings of money, in the database and checked by the studio."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kaimedia.domain import ConfirmUnit, MoneySettings, money_text
from kaimedia.errors import InvalidRequest
from kaimedia.models.estimates import Estimate
from kaimedia.store.stores import Stores
from kaimedia.studio.money import MoneyService
from kaimedia.studio.totals import BatchPrice


def test_the_defaults_are_the_list_rate_in_dollars(stores: Stores) -> None:
    assert stores.money_settings.get() == MoneySettings()
    money = MoneyService(stores.money_settings)
    assert (money.text(60.0, "kie"), money.text(0.8, "kie")) == ("$0.30", "$0.004")
    assert money.range_text(Estimate(76.0, 285.0), "kie") == "$0.38–$1.43"
    assert money.range_text(Estimate(632.0, None), "kie") == "at least $3.16"
    assert money.range_text(Estimate(None, 1620.0), "kie") == "up to $8.10"
    assert money.range_text(Estimate(None, None), "kie") == ""
    assert money.text(5.0, "no-such-provider") == ""


@pytest.mark.parametrize(
    ("credits", "text"),
    [
        (3.5, "$0.0175"),
        (6.5, "$0.0325"),
        (0.5, "$0.0025"),
        (0.05, "$0.00025"),
        (42.0, "$0.21"),
        (199.99, "$1.00"),
        (275.0, "$1.38"),
        (0.0, "$0.00"),
        (0.000001, "$0.00"),
    ],
)
def test_parts_of_a_cent_are_shown(stores: Stores, credits: float, text: str) -> None:
    assert MoneyService(stores.money_settings).text(credits, "kie") == text


def test_rate_and_currency_are_used_for_every_amount(stores: Stores) -> None:
    money = MoneyService(stores.money_settings)
    money.save(usd_per_credit=0.0045, currency="EUR", currency_per_usd=0.9)
    saved = money.save(confirm_above=2.5, confirm_unit=ConfirmUnit.MONEY)
    assert (saved.currency, saved.confirm_above, saved.confirm_unit) == ("EUR", 2.5, ConfirmUnit.MONEY)
    assert saved.updated_at is not None
    assert money.text(1000.0, "kie") == "€4.05"
    assert money_text(12.3, "CHF") == "CHF 12.30" and money_text(45.2, "JPY") == "¥45"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"usd_per_credit": 0.0}, "usd_per_credit"),
        ({"usd_per_credit": float("nan")}, "usd_per_credit"),
        ({"currency_per_usd": -1.0}, "currency_per_usd"),
        ({"currency": "euro"}, "currency"),
        ({"confirm_above": -0.1}, "confirm_above"),
        ({"confirm_above": float("inf")}, "confirm_above"),
    ],
)
def test_a_wrong_value_is_refused_and_nothing_is_saved(stores: Stores, change: dict[str, Any], field: str) -> None:
    money = MoneyService(stores.money_settings)
    with pytest.raises(InvalidRequest) as caught:
        money.save(**change)
    assert caught.value.field == field
    assert money.get() == MoneySettings()


def test_a_person_is_asked_above_the_sum(stores: Stores) -> None:
    money = MoneyService(stores.money_settings)
    assert not money.must_confirm({"kie": BatchPrice(1, 500.0, 0)})
    assert money.must_confirm({"kie": BatchPrice(1, 500.5, 0)})
    assert not money.must_confirm({"sandbox": BatchPrice(1, 9000.0, 0)})
    assert money.must_confirm({"kie": BatchPrice(1, 0.0, 1)}), "nobody knows what it costs"
    assert money.must_confirm({"kie": BatchPrice(1, 7.0, 0, is_open=True)}), "nor how much more this costs"
    assert not money.must_confirm({"sandbox": BatchPrice(1, 0.0, 1)})
    assert money.must_confirm({"kie": BatchPrice(1, 600.0, 0, 100.0)}), "the upper end of a range counts"
    money.save(confirm_above=2.0, confirm_unit=ConfirmUnit.MONEY)
    assert money.must_confirm({"kie": BatchPrice(1, 401.0, 0)})
    assert not money.must_confirm({"kie": BatchPrice(1, 400.0, 0)})
    assert money.must_confirm({"no-such-provider": BatchPrice(1, 4.0, 0)}), "its credits are no known sum of money"
    money.save(confirm_above=None)
    assert not money.must_confirm({"kie": BatchPrice(1, 0.0, 1)})
    assert not money.must_confirm({"kie": BatchPrice(1, 1e6, 0)})


def test_fields_saved_at_the_same_time_all_stay(stores: Stores) -> None:
    seen = stores.money_settings.get()
    stores.money_settings.save(replace(seen, currency="EUR"), ["currency"])
    stores.money_settings.save(replace(seen, usd_per_credit=0.004), ["usd_per_credit"])
    stores.money_settings.save(replace(seen, confirm_above=None), ["confirm_above"])
    found = stores.money_settings.get()
    assert (found.currency, found.usd_per_credit, found.confirm_above) == ("EUR", 0.004, None)
