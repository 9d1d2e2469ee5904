"""State words and flags, and which one wins when they contradict each other.

Source: docs.kie.ai, record pages of all families, state of 2026-10; spellings differ from page to page.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from kaimedia.providers.base import TaskState
from kaimedia.providers.http.redaction import quote
from kaimedia.providers.kie.parsing.envelope import whole_number

_log = logging.getLogger(__name__)

_WAITING_WORDS = ("wait", "waiting", "queued", "queueing", "queuing", "pending", "submitted")
_RUNNING_WORDS = ("generating", "processing", "running", "in_progress")
_COMPLETED_WORDS = ("success", "succeeded", "completed", "done", "finished")
_FAILED_WORDS = ("fail", "failed", "error", "canceled", "cancelled", "timeout", "create_task_failed", "generate_failed")

_WORDS: Mapping[str, TaskState] = {
    **dict.fromkeys((*_WAITING_WORDS, *_RUNNING_WORDS), TaskState.PROCESSING),
    **dict.fromkeys(_COMPLETED_WORDS, TaskState.COMPLETED),
    **dict.fromkeys(_FAILED_WORDS, TaskState.FAILED),
}
_FLAGS = (TaskState.PROCESSING, TaskState.COMPLETED, TaskState.FAILED, TaskState.FAILED)


@dataclass(frozen=True, slots=True)
class Signals:
    """A record's state: `states` from each word and flag it has, `shown` as the provider wrote it."""

    states: tuple[TaskState, ...]
    shown: str | None
    is_running: bool

    @property
    def are_recognized(self) -> bool:
        """True when at least one word or flag is known."""
        return bool(self.states)


def signals(record: Mapping[str, Any], fields: Iterable[str], flag: str, *, has_error_text: bool) -> Signals:
    """Collect the state words (from `fields`) and the flag of a record."""
    states: list[TaskState] = []
    shown: list[str] = []
    is_running = False
    for name in fields:
        word = record.get(name)
        if isinstance(word, str) and word.strip():
            shown.append(quote(word)[:64])
            is_running = is_running or _plain(word) in _RUNNING_WORDS
            states.extend(state for state in (read_word(word),) if state is not None)
    raw = record.get(flag)
    if raw is not None:
        shown.append(quote(str(raw))[:64])
        state = read_flag(raw, has_error_text=has_error_text)
        # A flag of 0 without a state word is all that some families report while they work.
        is_running = is_running or (state is TaskState.PROCESSING and not states)
        states.extend(known for known in (state,) if known is not None)
    return Signals(tuple(states), shown[0] if shown else None, is_running)


def resolve(states: Iterable[TaskState], *, has_links: bool) -> TaskState:
    """One state from several: failure wins, then success with a link, then processing."""
    seen = set(states)
    if TaskState.FAILED in seen:
        return TaskState.FAILED
    return TaskState.COMPLETED if TaskState.COMPLETED in seen and has_links else TaskState.PROCESSING


def read_word(word: str) -> TaskState | None:
    """The state a word means, ignoring case; an unknown word is logged once and returns None."""
    state = _WORDS.get(_plain(word))
    if state is None:
        _note_unknown(quote(word)[:64])
    return state


def read_flag(value: Any, *, has_error_text: bool) -> TaskState | None:
    """The state a `successFlag` means: 0–3, also as text, `true` and `false`; above 3 it depends on an error text."""
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        value = value.strip().lower() == "true"
    number = int(value) if isinstance(value, bool) else whole_number(value)
    if number is None or number < 0:
        return None
    if number < len(_FLAGS):
        return _FLAGS[number]
    return TaskState.FAILED if has_error_text else TaskState.PROCESSING


def _plain(word: str) -> str:
    return word.strip().lower().replace("-", "_").replace(" ", "_")


@lru_cache(maxsize=256)
def _note_unknown(word: str) -> None:
    _log.warning("kie.ai reported an unknown state, treated as still processing: %s", word)
