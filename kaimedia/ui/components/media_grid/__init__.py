"""The media grid component: windowed justified rows, selection, a date scrubber and a full-size viewer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from kaimedia.domain import Media
from kaimedia.ui import state
from kaimedia.ui.components import component_files, media_urls, module_set, stored_bytes
from kaimedia.ui.components.media_grid import inbox
from kaimedia.ui.gallery import opened_media
from kaimedia.web.gallery import items

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
class GallerySource:
    """How the grid fetches items from the gallery API.

    `query` is the urlencoded filter; a new `rev` means that the gallery changed; `key` is "" or the
    signed `until=…&signature=…` sent with every request; `total` is the number of items if already known.
    """

    query: str
    rev: str
    key: str = ""
    total: int | None = None


MODULES = module_set.read(HERE / "mount.js", generated={"styles.js": module_set.styles_module(HERE, first=("grid",))})
FILE = component_files.add("media-grid", MODULES)
FIRST_WINDOW = component_files.add("first-window", module_set.read(HERE / "first_window.js"))
_inline = st.components.v2.component("kai_media_grid", html=HTML, js=MODULES.joined())
_loaded = st.components.v2.component("loaded_kai_media_grid", html=HTML, js=component_files.loader(FILE))


def media_grid(
    media: Sequence[Media] | None = None,
    *,
    key: str,
    labels: Mapping[str, str],
    on_event: Callable[[Mapping[str, Any]], None],
    source: GallerySource | None = None,
    total: int | None = None,
    has_more: bool = False,
    fit_px: int | None = None,
    stage: int = 0,
    empty: Mapping[str, str] | None = None,
    selectable: bool = False,
    place: Literal["gallery", "trash", "results"] = "gallery",
    opened: int | None = None,
    viewer_only: Sequence[Media] = (),
    details: Mapping[str, Any] | None = None,
    by_time: bool = False,
    models: Sequence[tuple[str, str, str]] = (),
    steps: Sequence[tuple[str, str, str, str]] = (),
) -> None:
    """Draw `media` in the given order, or the whole gallery through `source`.

    `labels` maps model ids to names; `models` and `steps` are rows of the viewer's menus, as in `types.d.ts`. `fit_px`
    lays out one or two rows at most that high, with the cards' buttons always visible. `stage` is how many of the first
    items are shown large, in an area of height `--kai-stage-height`. `empty` holds `title`, `body` and optionally
    `action` of the empty state. `place` decides which actions a selection has. `opened` is the id the viewer opens
    with; `viewer_only` holds items not in `media` that the viewer may show. `details` describes the last opened
    item where there is no gallery API; `by_time` adds month headings. `on_event` runs as a callback, once per event and
    in order, with `{"do": …, "ids": […]}`: `open`, `more`, `action`, `renew`, or one of those in `media_events.py`.
    """

    def on_change() -> None:
        before = len(state.notices.get())
        for event in inbox.new_events(state.reported(key, "event")):
            on_event(event)
        inbox.note_failure(key, before)

    data: dict[str, Any] = {
        "mode": "list" if source is None else "gallery",
        "items": _items(media or (), viewer_only, labels),
        "total": len(media or ()) if total is None else total,
        "fit": fit_px,
        "stage": stage,
        "more": has_more,
        "empty": dict(empty or {}),
        "selectable": selectable,
        "place": place,
        "opened": opened,
        "byTime": by_time,
        "acknowledged": inbox.events(),
        "failure": inbox.last_failure(key),
        "details": None if details is None else dict(details),
        "models": [list(each) for each in models] or [list(each) for each in labels.items()],
        "steps": [list(each) for each in steps],
    }
    data |= {} if source is None else asdict(source)
    mount = _loaded if media_urls.are_routed() else _inline
    mount(key=key, data=[data], on_event_change=on_change)  # a list: a dict makes Streamlit import pandas, 89 MB


def _items(media: Sequence[Media], viewer_only: Sequence[Media], labels: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        *(item(each, labels) for each in media),
        *(item(each, labels) | {"viewer_only": True} for each in viewer_only),
    ]


def item(media: Media, labels: Mapping[str, str]) -> dict[str, Any]:
    """One item; `file` is "" while its file is loaded only on opening."""
    is_routed = media_urls.are_routed()
    shown = items.item(
        media, labels, address_of=media_urls.for_component, is_at_hand=_is_at_hand, is_readable=not is_routed
    )
    return shown | {"tooLarge": True} if _is_too_large(media) else shown


def _is_at_hand(media: Media) -> bool:
    return media_urls.are_routed() or (opened_media.is_held(media.id) and not _is_too_large(media))


def _is_too_large(media: Media) -> bool:
    """Whether the page cannot hold the file; the viewer then shows its poster and says so."""
    return not media_urls.are_routed() and (media.size_bytes or 0) > stored_bytes.LARGEST_SHOWN_BYTES
