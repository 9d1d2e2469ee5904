"""The media grid: justified rows, windowed, with selection, a date rail and a full-size viewer, as one component."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from kaimedia.domain import Media
from kaimedia.ui import component_files, media_urls, state
from kaimedia.ui.media_grid import inbox
from kaimedia.ui.media_grid.items import item

HERE = Path(__file__).resolve().parent
HTML = """
<div class="root">
  <div class="grid" role="list" aria-label="Media"></div>
  <div class="note" hidden></div>
  <button class="wide more" type="button" hidden>Show more</button>
  <div class="scrubber" role="slider" tabindex="0" aria-label="Jump to a date" aria-orientation="vertical" hidden></div>
  <div class="bar" role="toolbar" aria-label="Selection" hidden></div>
  <div class="live" aria-live="polite"></div>
</div>
"""


@dataclass(frozen=True)
class FeedView:
    """What the windowed grid asks our feed routes for.

    `query` is urlencoded and names the filter; a new `rev` means that the gallery changed; `key` is "" or the
    signed `until=…&signature=…` every call carries; `total` is how many there are where that is known already.
    """

    query: str
    rev: str
    key: str = ""
    total: int | None = None


SCRIPT = component_files.script(HERE, first=("icons", "make", "sequence", "actions"), first_styles=("grid",))
_inline = st.components.v2.component("kai_media_grid", html=HTML, js=SCRIPT)
_loaded = st.components.v2.component("loaded_kai_media_grid", html=HTML, js=component_files.offer("media-grid", SCRIPT))


def media_grid(
    media: Sequence[Media] | None = None,
    *,
    key: str,
    labels: Mapping[str, str],
    on_event: Callable[[Mapping[str, Any]], None],
    feed: FeedView | None = None,
    total: int | None = None,
    has_more: bool = False,
    fit_px: int | None = None,
    stage: int = 0,
    empty: Mapping[str, str] | None = None,
    selectable: bool = False,
    place: Literal["gallery", "trash", "results"] = "gallery",
    opened: int | None = None,
    aside: Sequence[Media] = (),
    details: Mapping[str, Any] | None = None,
    by_time: bool = False,
    models: Sequence[tuple[str, str, str]] = (),
) -> None:
    """Draw `media` in the given order, or the whole gallery through `feed`.

    `labels` names the models; `models` holds (id, label, "image" or "video") of those offered for another go.
    `fit_px` makes a block of one or two rows at most that high, with the cards' buttons always in view.
    `stage` is how many of the first items stand large on a stage of the height `--kai-stage-height`, the rest below.
    `empty` holds title, body and perhaps `action` of what stands there without media. `place` decides what can be
    done with a selection. `opened` is the id the viewer opens with; `aside` holds what `media` lacks and the viewer
    may show. `details` tells all about the item opened last where there is no feed to ask; `by_time` puts headings
    over the months of `media`.
    `on_event` runs as a callback, once per event in the order of the presses, with `{"do": …, "ids": […]}`; `do` is
    `favorite` (with `on`), `delete`, `restore`, `purge`, `tag`, `collect`, `untag`, `uncollect`, `reuse`, `reference`,
    `style`, `open`, `more`, `action`, `renew` or `archive`.
    """

    def took() -> None:
        before = len(state.notices.get())
        for event in inbox.unheard(state.reported(key, "event")):
            on_event(event)
        inbox.note_trouble(key, before)

    data: dict[str, Any] = {
        "mode": "plain" if feed is None else "feed",
        "items": _items(media or (), aside, labels),
        "total": len(media or ()) if total is None else total,
        "fit": fit_px,
        "stage": stage,
        "more": has_more,
        "empty": dict(empty or {}),
        "selectable": selectable,
        "place": place,
        "opened": opened,
        "byTime": by_time,
        "heard": inbox.heard(),
        "trouble": inbox.trouble(key),
        "details": None if details is None else dict(details),
        "models": [list(each) for each in models] or [list(each) for each in labels.items()],
    }
    data |= {} if feed is None else {"query": feed.query, "rev": feed.rev, "key": feed.key, "total": feed.total}
    mount = _loaded if media_urls.are_routed() else _inline
    mount(key=key, data=[data], on_event_change=took)  # a list: a dict makes Streamlit import pandas, 89 MB


def _items(media: Sequence[Media], aside: Sequence[Media], labels: Mapping[str, str]) -> list[dict[str, Any]]:
    return [*(item(each, labels) for each in media), *(item(each, labels) | {"aside": True} for each in aside)]
