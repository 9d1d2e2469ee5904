"""What the page has to know about its running batches: how many tasks they run, what has ended since."""

from __future__ import annotations

import time
from collections.abc import Sequence

from kaimedia.domain import BatchProgress
from kaimedia.ui import state, ui_text
from kaimedia.ui.generate import batch_text

MAX_NEWS = 20
RESULTS_EVERY_S = 4.0  # drawing the whole page for each of 200 results would keep it busy


def running(batches: Sequence[BatchProgress]) -> int:
    """How many of their tasks run or wait to be sent; those of paused batches and those on hold do not."""
    return sum(each.running + (0 if each.is_paused else each.unsent - each.on_hold) for each in batches)


def is_due(batches: Sequence[BatchProgress]) -> bool:
    """True if the whole page is to be drawn again: a batch began or ended, or results are new and not just drawn."""
    seen, now = state.running_batches.get(), _ended_by_id(batches)
    if seen.keys() != now.keys():
        return True
    return seen != now and time.monotonic() - state.batches_drawn_s.get() >= RESULTS_EVERY_S


def report(batches: Sequence[BatchProgress]) -> None:
    """Note what the page is about to show; announces each batch whose last task has ended since, once."""
    before = state.running_batches.get()
    state.running_batches.set(_ended_by_id(batches))
    state.batches_drawn_s.set(time.monotonic())
    for progress in batches:
        if progress.batch.id in before and not progress.is_active:
            _announce(progress)


def _ended_by_id(batches: Sequence[BatchProgress]) -> dict[int, int]:
    return {each.batch.id: each.ended for each in batches if each.is_active}


def _announce(progress: BatchProgress) -> None:
    """A system notification; on the page also a toast if tasks failed. Results appear without one."""
    text = batch_text.ended(progress)
    news = (f"batch-{progress.batch.id}", "Your batch has ended.", ui_text.one_line(text, 120))
    state.ended.set((*state.ended.get(), news)[-MAX_NEWS:])
    if progress.failed > progress.canceled or progress.may_have_cost:
        state.notify(text, icon=":material/error:", link=("Show it", "#needs-attention"))
