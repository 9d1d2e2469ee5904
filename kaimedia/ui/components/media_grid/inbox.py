"""Events from the grid's script, delivered exactly once and in order, however often they are sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from kaimedia.ui import state

ACKNOWLEDGED = "media_grid_acknowledged"
MAX_SIDS = 4
MAX_NUMBER = 2**31 - 1
MAX_CHARS = 40


def new_events(value: Any) -> Iterator[Mapping[str, Any]]:
    """The events in `value` that were not handled yet; one grid may send events that a previous grid could not.

    `value` is `{"sid": …, "events": [{"n": …, "do": …}, …]}`, or one event without a number. An event counts as
    handled before it is yielded: one that fails is not retried.
    """
    if not isinstance(value, Mapping):
        return
    events, sid = value.get("events"), value.get("sid")
    if events is None and "do" in value:
        yield value
    if not isinstance(events, list) or not isinstance(sid, str) or not 0 < len(sid) <= MAX_CHARS:
        return
    for event in events:
        number = event.get("n") if isinstance(event, Mapping) else None
        if not isinstance(number, int) or isinstance(number, bool) or not 0 < number <= MAX_NUMBER:
            continue
        numbers = st.session_state.get(ACKNOWLEDGED, {})
        if number <= numbers.get(sid, 0):
            continue
        others = [(each, last) for each, last in numbers.items() if each != sid][1 - MAX_SIDS :]
        st.session_state[ACKNOWLEDGED] = {**dict(others), sid: number}
        yield event


def events() -> list[str | int]:
    """The script session id of the last event and its number; empty before the first."""
    numbers: dict[str, int] = st.session_state.get(ACKNOWLEDGED, {})
    return [*list(numbers.items())[-1]] if numbers else []


def note_failure(key: str, before: int) -> None:
    """Save the newest error notice since there were `before` notices: an open viewer covers toasts."""
    failures = [notice.text for notice in state.notices.get()[before:] if notice.is_error]
    if failures:
        st.session_state[f"{key}_failure"] = [last_failure(key)[0] + 1, failures[-1]]


def last_failure(key: str) -> list[Any]:
    """The number of errors of the grid `key` so far, and the last error message."""
    found: list[Any] = st.session_state.get(f"{key}_failure", [0, ""])
    return found
