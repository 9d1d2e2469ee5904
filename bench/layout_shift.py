"""Layout shifts as defined by Web Vitals: the worst session window, and the nodes that moved in it.

Definition: https://web.dev/articles/cls. A window ends after a second without a shift, or five seconds after its first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MOST_GAP_MS = 1000.0
MOST_WINDOW_MS = 5000.0


@dataclass(frozen=True, slots=True)
class Moved:
    """A node that moved: `x, y, width, height` in CSS pixels before and after, clipped to the viewport."""

    node: str
    before: tuple[int, int, int, int]
    after: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Shift:
    """One shift without recent input: when, milliseconds since the navigation; its score; what moved."""

    at_ms: float
    value: float
    moved: tuple[Moved, ...] = ()


def from_page(entries: Sequence[dict[str, Any]]) -> list[Shift]:
    """What `page_watch.js` recorded."""
    return [
        Shift(
            entry["at_ms"],
            entry["value"],
            tuple(Moved(each["node"], tuple(each["from"]), tuple(each["to"])) for each in entry["sources"]),
        )
        for entry in entries
    ]


def worst_window(shifts: Sequence[Shift]) -> list[Shift]:
    """The shifts of the session window with the highest sum."""
    windows: list[list[Shift]] = []
    for shift in sorted(shifts, key=lambda each: each.at_ms):
        open_one = windows[-1] if windows else None
        if (
            open_one is None
            or shift.at_ms - open_one[-1].at_ms >= MOST_GAP_MS
            or shift.at_ms - open_one[0].at_ms >= MOST_WINDOW_MS
        ):
            windows.append([shift])
        else:
            open_one.append(shift)
    return max(windows, key=score, default=[])


def score(shifts: Sequence[Shift]) -> float:
    """The sum of their values."""
    return sum(shift.value for shift in shifts)


def causes(shifts: Sequence[Shift]) -> list[tuple[float, Moved]]:
    """Nodes by the total score of their shifts, each with its longest move, highest first."""
    scores: defaultdict[str, float] = defaultdict(float)
    example: dict[str, Moved] = {}
    for shift in shifts:
        for name in {each.node for each in shift.moved}:
            scores[name] += shift.value
        for each in shift.moved:
            if each.node not in example or _way_px(each) > _way_px(example[each.node]):
                example[each.node] = each
    return sorted(((value, example[name]) for name, value in scores.items()), key=lambda found: -found[0])


def _way_px(moved: Moved) -> int:
    return max(abs(after - before) for before, after in zip(moved.before, moved.after, strict=True))
