"""The facts on the card of a task whose outcome is unknown: when it was sent, and the balances around that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import streamlit as st

from kaimedia.domain import Task
from kaimedia.domain.ledger import Balance
from kaimedia.domain.outcome import OutcomeEvidence
from kaimedia.studio import Studio, verdict_text
from kaimedia.ui import ui_text
from kaimedia.ui.gallery import dates as gallery_dates
from kaimedia.ui.generate import progress_text

Clock = Callable[[datetime], str]


def show(studio: Studio, task: Task) -> None:
    """Draw them, and what the balances say."""
    found = studio.rescue.outcomes.of_task(task)
    lines = "".join(
        f"<dt>{ui_text.escaped(name)}</dt><dd>{ui_text.escaped(value)}</dd>" for name, value in rows(found, _clock)
    )
    st.html(f'<dl class="k-outcome">{lines}</dl><p class="k-quiet">{ui_text.escaped(verdict_text(found))}</p>')


def rows(found: OutcomeEvidence, clock: Clock) -> list[tuple[str, str]]:
    """Names and values; `clock` writes a time of day."""
    listed = []
    if found.sent_from is not None and found.sent_until is not None:
        listed.append(("Sent", f"between {clock(found.sent_from)} and {clock(found.sent_until)}"))
    listed += [("Balance before", _balance(found.before, clock, "not known"))]
    listed += [("Balance after", _balance(found.after, clock, "not known yet"))]
    if found.fell_by is not None:
        listed.append(("Change", _change(found.fell_by)))
        listed.append(("Other tasks", _others(found)))
    if found.price_credits is not None:
        listed.append(("Its price", f"about {ui_text.credits(found.price_credits)}"))
    return listed


def _balance(balance: Balance | None, clock: Clock, unknown: str) -> str:
    return unknown if balance is None else f"{ui_text.credits(balance.credits)}, {clock(balance.at)}"


def _change(fell_by: float) -> str:
    if not fell_by:
        return "none"
    return f"{ui_text.credits(abs(fell_by))} {'less' if fell_by > 0 else 'more'}"


def _others(found: OutcomeEvidence) -> str:
    text = ui_text.credits(found.others_credits) if found.others_credits else "none"
    return f"{text}; {found.others_unknown} more of unknown outcome or cost" if found.others_unknown else text


def _clock(at: datetime) -> str:
    return progress_text.clock(at, gallery_dates.zone_of(st.context.timezone), st.context.locale)
