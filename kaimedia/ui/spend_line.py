"""What is left to spend and what today came to, as sentences."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import streamlit as st

from kaimedia.domain import utc_now
from kaimedia.jobs.providers import KeyCheck, ProviderState
from kaimedia.studio import Spending, Studio
from kaimedia.ui import words

MOST_OFFSET_MIN = 16 * 60


def facts(studio: Studio, provider: ProviderState) -> tuple[KeyCheck, list[str]]:
    """The balance as last told, and sentences about it and about what was sent today; none that is not known.

    A balance older than a minute is asked for in the background; the page does not wait for it.
    """
    now = utc_now()
    today = studio.spending_since(midnight(now, st.context.timezone_offset))
    check = provider.check
    # The sandbox starts with the first task, not for the sake of a line.
    if check.is_ok is not False and not provider.problem and (today.tasks or not provider.is_sandbox):
        check, _ = studio.balance()
    is_sandbox = provider.is_sandbox
    said = [balance_words(check, now, is_sandbox=is_sandbox), today_words(today, is_sandbox=is_sandbox)]
    return check, [f"{line[0].upper()}{line[1:]}." for line in said if line]


def midnight(now: datetime, offset_min: int | None) -> datetime:
    """When the day of `now` began where the person is; `offset_min` is UTC minus local time, as browsers tell it."""
    is_sound = offset_min is not None and abs(offset_min) <= MOST_OFFSET_MIN
    local = now.astimezone(timezone(timedelta(minutes=-(offset_min or 0) if is_sound else 0)))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def balance_words(check: KeyCheck, now: datetime, *, is_sandbox: bool) -> str:
    """The balance and how old it is, an empty text while it is not known."""
    if check.balance_credits is None or check.checked_at is None:
        return ""
    age = words.ago(check.checked_at, now)
    told = "" if age == "just now" else f" {age}"
    whose = "Sandbox balance" if is_sandbox else "Balance"
    return f"{whose} {check.balance_credits:,.0f} credits{told}"


def today_words(today: Spending, *, is_sandbox: bool) -> str:
    """What today came to in credits, an empty text when nothing with a price was sent."""
    if today.unpriced == today.tasks:
        return ""
    amount = f"{today.credits:,.0f}" if today.credits >= 1000 else f"{today.credits:g}"
    unit = "credit" if amount == "1" else "credits"
    cost = f"about {amount} {unit}{' and more' if today.unpriced else ''}"
    return f"would have cost {cost} today" if is_sandbox else f"today {cost}"
