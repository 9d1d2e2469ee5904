"""What is said about a price that was estimated. Pure functions."""

from __future__ import annotations

from kaimedia.models.estimates import Estimate, Unsure
from kaimedia.studio.totals import BatchPrice

_WHY = {
    Unsure.NOT_LISTED: "The price list has no number for these settings.",
    Unsure.OFFER_ENDED: "The price list only has the price of an offer that has ended.",
    Unsure.OPTION: "It depends on a setting that is left to the provider.",
    Unsure.EARLIER_TASK: "It depends on the video of the earlier task.",
    Unsure.INPUT_LENGTH: "It depends on the length of the input.",
    Unsure.RESULT_LENGTH: "It depends on the length that the model chooses.",
    Unsure.RESULT_SIZE: "It depends on the size of the result.",
    Unsure.RESULT_COUNT: "It depends on how many results the model makes.",
}


def number(credits: float) -> str:
    """A number of credits: "0.5", "24,000"."""
    return f"{credits:,.0f}" if credits >= 1000 else f"{round(credits, 2):g}"


def credits_text(credits: float) -> str:
    """An amount of credits: "1 credit", "0.5 credits", "24,000 credits"."""
    text = number(credits)
    return f"{text} {'credit' if text == '1' else 'credits'}"


def amount_text(estimate: Estimate) -> str:
    """A price: "24 credits", "76–285 credits", "at least 632 credits", "up to 1,620 credits"; "" if unknown."""
    return _range(estimate.low, estimate.high)


def total_text(price: BatchPrice) -> str:
    """A total, like `amount_text`."""
    return _range(price.least_credits, None if price.is_open else price.credits)


def unsure_text(estimate: Estimate) -> str:
    """Why a price is not one number, as sentences; "" if it is."""
    return " ".join(_WHY[each] for each in estimate.unsure)


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return credits_text(high) if low == high else f"{number(low)}–{credits_text(high)}"
    if low is not None:
        return f"at least {credits_text(low)}"
    return "" if high is None else f"up to {credits_text(high)}"
