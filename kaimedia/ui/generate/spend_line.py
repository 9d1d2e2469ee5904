"""The balance and today's spending, as sentences."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import streamlit as st

from kaimedia.domain import utc_now
from kaimedia.studio import KeyCheck, ProviderState, Spending, Studio
from kaimedia.ui import ui_text

MAX_OFFSET_MIN = 16 * 60


def facts(studio: Studio, provider: ProviderState) -> tuple[KeyCheck, list[str]]:
    """The provider's last known balance, and sentences about it and today's spending; unknown ones are left out.

    Only the current provider's balance is fetched: one older than a minute is refreshed in the background; the page
    does not wait for it.
    """
    now = utc_now()
    today = studio.account.spending_since(midnight(now, st.context.timezone_offset), provider.name)
    check = provider.check
    # Do not start the sandbox only to show its balance; it starts with the first task.
    is_current = provider.name == studio.account.state().name
    if is_current and not check.is_refused and not provider.problem and (today.tasks or not provider.is_sandbox):
        check, _ = studio.account.balance()
    balance = balance_text(check, now, is_sandbox=provider.is_sandbox)
    sentences = [balance, today_text(today, is_free=provider.is_free)]
    return check, [f"{line[0].upper()}{line[1:]}." for line in sentences if line]


def midnight(now: datetime, offset_min: int | None) -> datetime:
    """The start of today in the user's time zone; `offset_min` is UTC minus local time, as browsers report it."""
    is_sound = offset_min is not None and abs(offset_min) <= MAX_OFFSET_MIN
    local = now.astimezone(timezone(timedelta(minutes=-(offset_min or 0) if is_sound else 0)))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def balance_text(check: KeyCheck, now: datetime, *, is_sandbox: bool) -> str:
    """The balance and its age, "" while unknown."""
    if check.balance_credits is None or check.checked_at is None:
        return ""
    is_new = (now - check.checked_at).total_seconds() < ui_text.JUST_NOW_S
    age_text = "" if is_new else f" {ui_text.ago(check.checked_at, now)}"
    whose = "Sandbox balance" if is_sandbox else "Balance"
    return f"{whose} {check.balance_credits:,.0f} credits{age_text}"


def today_text(today: Spending, *, is_free: bool) -> str:
    """Today's spending in credits, "" when nothing with a price was sent."""
    if today.unpriced == today.tasks:
        return ""
    amount = f"{today.credits:,.0f}" if today.credits >= 1000 else f"{today.credits:g}"
    unit = "credit" if amount == "1" else "credits"
    cost = f"about {amount} {unit}{', plus tasks without a list price' if today.unpriced else ''}"
    return f"today’s tasks would have cost {cost}" if is_free else f"spent today: {cost}"
