"""Result tables of `bench/gallery.py`: medians, a column per number of rows."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

SCREENS = 40  # scrolled, measuring every frame
SLOW_FRAME_MS = 50


class Findings:
    """The results for one number of rows: values by name."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.seen: defaultdict[str, list[float]] = defaultdict(list)

    def middle(self, name: str) -> float:
        """The median, NaN without values."""
        return statistics.median(self.seen[name]) if self.seen[name] else float("nan")


def table(benches: Sequence[Findings], title: str, rows: list[tuple[str, Callable[[Findings], str]]]) -> None:
    """One table: a column for each number of rows."""
    print(f"\n| {title} | {' | '.join(f'{each.rows:,}' for each in benches)} |")
    print("|" + "---|" * (len(benches) + 1))
    for name, cell in rows:
        print(f"| {name} | {' | '.join(cell(each) for each in benches)} |", flush=True)


def number(name: str, form: str = "{:,.0f}") -> Callable[[Findings], str]:
    """A cell with a median."""
    return lambda each: form.format(each.middle(name)) if each.seen[name] else "–"


def several(*names: str) -> Callable[[Findings], str]:
    """Medians in a row."""
    return lambda each: " · ".join(f"{each.middle(name):,.0f}" for name in names) if each.seen[names[0]] else "–"


def pair(name: str) -> Callable[[Findings], str]:
    """First thumbnail and full window."""
    return several(f"{name} first", f"{name} full")


def ratio(one: str, other: str) -> Callable[[Findings], str]:
    """The ratio of two medians."""
    return lambda each: f"{each.middle(one) / each.middle(other):.2f} ×" if each.seen[one] else "–"


def frames(name: str) -> Callable[[Findings], str]:
    """Frames over 50 ms of all frames, the 95th percentile and the longest."""

    def cell(each: Findings) -> str:
        seen = sorted(each.seen[name])
        if not seen:
            return "–"
        slow = sum(length > SLOW_FRAME_MS for length in seen)
        return f"{slow} of {len(seen)} · {seen[int(0.95 * len(seen))]:.0f} · {seen[-1]:.0f}"

    return cell


def on_the_way(what: str) -> Callable[[Findings], str]:
    """Values at the start and after 40, 80 and 120 screens."""
    return several(*(f"{what} {place}" for place in ("before", "after 40", "after 80", "after 120")))


def steps(kind: str) -> Callable[[Findings], str]:
    """How the time of an action is spent."""
    return several(*(f"{kind} {part}" for part in ("sent", "requested", "answered", "full")))


def show(benches: Sequence[Findings], words: Sequence[str]) -> None:
    """All tables; `words` are the search terms."""
    table(benches, "first thumbnail · full window, ms (rows)", [
        ("static, the drawn thumbnails, cold", pair("static cold")),
        ("static, again", pair("static warm")),
        ("static, all rows in one page (lazy), cold", pair("whole cold")),
        ("gallery, cold, from the start of the navigation", pair("cold")),
        ("the same, until its grid can be used", pair("mounted")),
        ("gallery, opened again", pair("warm")),
        ("gallery, inside the app, images cold", pair("inside")),
        ("the same, with a press of 80 ms", pair("pressed")),
        ("gallery, inside the app, once more", pair("back")),
        ("full window: cold opening to static", ratio("cold full", "static cold full")),
        ("full window: opened again to static again", ratio("warm full", "static warm full")),
        ("**full window: inside the app to static cold**", ratio("inside full", "static cold full")),
        ("full window: with a press of 80 ms to static cold", ratio("pressed full", "static cold full")),
        ("full window: once more to static again", ratio("back full", "static warm full")),
    ])  # fmt: skip
    kinds = ("images", "gallery API", "websocket", "scripts, styles, fonts", "other")
    table(benches, "KB of a cold opening", [(kind, number(f"KB {kind}")) for kind in kinds])
    table(benches, "server, ms", [
        ("CPU of a cold opening, including images", number("cpu of an opening")),
        ("CPU of a filter or a search, including gallery API and images", number("cpu of an act")),
        ("CPU of a rerun that changes nothing", number("cpu of a rerun", "{:.1f}")),
        ("a rerun, until it is reported", number("rerun")),
        ("id index of everything, first time", number("id index, all")),
        *((f"{name}: p50 · p95", several(f"{name} p50", f"{name} p95"))
          for name in ("page, no filter", "page, videos", *(f"page, {name}" for name in words))),
    ])  # fmt: skip
    table(benches, "until the new window is full, ms", [
        ("a filter, from the click", number("filter")),
        *((f"a search with {name}, from Enter", number(f"search {name}")) for name in words),
        ("filter: sent · requested · answered · full", steps("filter")),
        ("search: sent · requested · answered · full", steps("search")),
        ("jump to the middle with the date scrubber", number("jump")),
    ])  # fmt: skip
    table(benches, f"{SCREENS} screens with the mouse wheel", [
        ("gallery: frames over 50 ms · p95 · longest, ms", frames("frames")),
        ("plain page of 2,000 thumbnails", frames("static frames")),
        ("the tab's CPU per screen, gallery · static, ms", several("frames cpu", "static frames cpu")),
        ("heap before · after 40 · 80 · 120 screens, MB", on_the_way("heap_mb")),
        ("nodes in the page", on_the_way("nodes")),
        ("nodes alive", on_the_way("alive")),
        ("renderer processes, MB", on_the_way("renderer_mb")),
        ("renderer processes with the plain page, before · after 40",
         several("renderer_mb static before", "renderer_mb static after 40")),
    ])  # fmt: skip


def show_columns(shown: Mapping[int, Mapping[str, float]]) -> None:
    """The table of `st.image` in columns."""
    columns = {
        "first": "first thumbnail, ms",
        "full": "full window",
        "warm full": "again",
        "KB images": "KB images",
        "KB websocket": "KB websocket",
        "nodes": "nodes",
        "rerun": "a rerun, ms",
        "cpu of a rerun": "CPU of it, ms",
    }
    print(f"\n| `st.image` in columns | {' | '.join(columns.values())} |\n" + "|---" * (len(columns) + 1) + "|")
    for count, seen in shown.items():
        print(f"| {count:,} | {' | '.join(f'{seen[name]:,.0f}' for name in columns)} |", flush=True)
