"""Events from the grid's script, each exactly once and in order, however often they are sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from kaimedia.ui import state

HEARD = "media_grid_heard"
MOST_SIDS = 4
MAX_NUMBER = 2**31 - 1
MAX_CHARS = 40


def unheard(given: Any) -> Iterator[Mapping[str, Any]]:
    """The events in `given` that were not done yet, for whichever grid: what one could not send, the next one does.

    `given` is `{"sid": …, "events": [{"n": …, "do": …}, …]}`, or one event without a number. An event counts as
    heard before it is handed out: one that fails is not tried again.
    """
    if not isinstance(given, Mapping):
        return
    events, sid = given.get("events"), given.get("sid")
    if events is None and "do" in given:
        yield given
    if not isinstance(events, list) or not isinstance(sid, str) or not 0 < len(sid) <= MAX_CHARS:
        return
    for event in events:
        number = event.get("n") if isinstance(event, Mapping) else None
        if not isinstance(number, int) or isinstance(number, bool) or not 0 < number <= MAX_NUMBER:
            continue
        numbers = st.session_state.get(HEARD, {})
        if number <= numbers.get(sid, 0):
            continue
        others = [(each, last) for each, last in numbers.items() if each != sid][1 - MOST_SIDS :]
        st.session_state[HEARD] = {**dict(others), sid: number}
        yield event


def heard() -> list[str | int]:
    """The session id of the script heard last and the number of its last event; empty before the first."""
    numbers: dict[str, int] = st.session_state.get(HEARD, {})
    return [*list(numbers.items())[-1]] if numbers else []


def note_trouble(key: str, before: int) -> None:
    """Keep the newest error told since there were `before` notices: over a viewer no toast can be seen."""
    troubles = [notice.text for notice in state.notices.get()[before:] if notice.is_error]
    if troubles:
        st.session_state[f"{key}_trouble"] = [trouble(key)[0] + 1, troubles[-1]]


def trouble(key: str) -> list[Any]:
    """How many times something went wrong for the grid `key`, and the last error in words."""
    found: list[Any] = st.session_state.get(f"{key}_trouble", [0, ""])
    return found
