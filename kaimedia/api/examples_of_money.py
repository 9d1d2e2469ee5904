"""Example responses about money: quotes, limits and spending."""

from __future__ import annotations

from datetime import UTC, datetime

from kaimedia.api.limits import LimitOut, Limits
from kaimedia.api.quotes import CostOut, QuoteItemOut, QuoteOut, QuoteTotalOut
from kaimedia.api.schemas import Out
from kaimedia.api.spending import SpendingOut
from kaimedia.domain import ProviderName
from kaimedia.domain.limits import LimitScope, LimitUse, SpendingLimit
from kaimedia.models.catalogue import MODELS

_SUMS = {"tasks": 12, "credits": 152.0, "usd": 0.76, "credits_lost": 6.0, "credits_reserved": 0.0}
_SPENDING = {
    "provider": "kie",
    "is_charged": True,
    "by": "day",
    "since": "2026-11-22",
    "until": "2026-11-22",
    "time_zone": "Europe/Berlin",
    "total": _SUMS,
    "credits_reserved_now": 60.0,
    "credits_undecided": 6.0,
    "undecided_tasks": 1,
    "items": [{"key": "2026-11-22", "label": "2026-11-22", **_SUMS}],
    "lost": [{"reason": "outcome_unknown", "tasks": 1, "credits": 6.0, "usd": 0.03}],
    "models": [
        {
            "model": "gpt4o-image",
            "label": "GPT-4o Image",
            "credits": 152.0,
            "made": 22,
            "kept": 19,
            "favorites": 4,
            "credits_per_kept": 8.0,
            "credits_per_favorite": 38.0,
            "compared_tasks": 11,
            "credits_estimated": 146.0,
            "credits_actual": 146.0,
            "unreported_tasks": 0,
            "credits_unreported": 0.0,
            "unpriced_tasks": 0,
        }
    ],
    "balance": {
        "since": "2026-11-22T06:02:11Z",
        "until": "2026-11-22T21:40:03Z",
        "credits_before": 1000.0,
        "credits_after": 848.0,
        "credits_topped_up": 0.0,
        "credits_taken": 152.0,
        "credits_recorded": 152.0,
        "credits_unexplained": 0.0,
    },
}


def of_money() -> tuple[Out, ...]:
    """All of them."""
    return (_quote(), _limits(), SpendingOut.model_validate(_SPENDING))


def _limits() -> Limits:
    use = LimitUse(SpendingLimit(LimitScope.DAY, credits=500.0), 412.0, datetime(2026, 11, 23, tzinfo=UTC), "kie")
    return Limits(items=[LimitOut.of(use)], time_zone="UTC", your_token_id="5b1e4f2d8a6c")


def _quote() -> QuoteOut:
    price = CostOut(credits_low=6.0, credits_high=6.0, usd_low=0.03, usd_high=0.03)
    total = CostOut(credits_low=12.0, credits_high=12.0, usd_low=0.06, usd_high=0.06)
    item = QuoteItemOut(
        model=MODELS[0].id,
        provider=ProviderName.KIE,
        is_free=False,
        cost=price,
        unsure=[],
        prices_as_of=MODELS[0].price.as_of,
    )
    of_kie = QuoteTotalOut(
        provider=ProviderName.KIE,
        tasks=2,
        unpriced=0,
        is_free=False,
        cost=total,
        balance_credits=812.5,
        missing_credits=0.0,
    )
    return QuoteOut(items=[item, item], totals=[of_kie], must_confirm=False, limits=[])
