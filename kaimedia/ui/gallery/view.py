"""The gallery: toolbar, active filters, grid and undo bar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from kaimedia import runtime
from kaimedia.domain import GalleryView, Media, MediaQuery, Modality, Sort, utc_now
from kaimedia.errors import KaimediaError
from kaimedia.studio import Studio
from kaimedia.ui import login, navigation, notices, shell, state, undo_bar
from kaimedia.ui.components import media_events, media_urls
from kaimedia.ui.components.media_grid import GallerySource, media_grid
from kaimedia.ui.gallery import chips as gallery_chips
from kaimedia.ui.gallery import collections as gallery_collections
from kaimedia.ui.gallery import dialogs as gallery_dialogs
from kaimedia.ui.gallery import facts as gallery_facts
from kaimedia.ui.gallery import missing as gallery_missing
from kaimedia.ui.gallery import opened_media
from kaimedia.ui.gallery import query as gallery_query
from kaimedia.ui.gallery import states as gallery_states
from kaimedia.ui.gallery import toolbar as gallery_toolbar
from kaimedia.ui.gallery import trash as gallery_trash
from kaimedia.ui.gallery.facts import Choices

LOOK_S = 2.0  # while tasks are running
IDLE_S = 15.0  # otherwise: another tab, a script or the API may have changed something
MAX_ID = 2**31 - 1
MODE = "<style>.stApp{{--kai-mode:var(--kai-{0});--kai-mode-t:var(--kai-{0}-t)}}</style>"


def show(studio: Studio) -> None:
    """Draw the gallery; events, filters and new results redraw only this part."""
    try:
        is_working = bool(gallery_facts.choices(studio).whole.working)
    except KaimediaError:
        is_working = False  # the fragment shows the error
    st.fragment(_gallery, run_every=LOOK_S if is_working else IDLE_S)(studio, is_working)


def _gallery(studio: Studio, is_watched: bool) -> None:
    with shell.guarded("gallery"):
        navigation.follow()
        if state.needs_rerun.take():
            st.rerun()
        try:
            known = gallery_facts.choices(studio)
            if bool(known.whole.working) != is_watched and state.gallery_dialog.get() is None:
                st.rerun()  # the timer belongs to the whole page; a dialog would lose the cursor
            _draw(studio, known)
        except KaimediaError as error:
            shell.show_problem("Couldn’t load your media.", f"{error.message} {error.next_step}")
            st.button("Try again", key="gallery_retry", icon=":material/refresh:")


def _draw(studio: Studio, known: Choices) -> None:
    query = gallery_toolbar.show(known)
    gallery_toolbar.show_filters(len(gallery_chips.set_in_popover(query, known)))
    st.html(MODE.format("coral" if query.media_type is Modality.VIDEO else "iris"))
    _head(studio, query, known)
    number = gallery_chips.show(query, known)
    _grid(studio, query, known)
    _count(studio, query, known, number)
    if query.view is not GalleryView.TRASH:
        undo_bar.show(studio)
    gallery_dialogs.show(studio)
    notices.show_waiting()


def _count(studio: Studio, query: MediaQuery, known: Choices, number: DeltaGenerator | None) -> None:
    """Called after the grid is sent, because counting takes longer than everything else on the page."""
    counts = gallery_facts.counts(studio, query, known.change_count)
    gallery_toolbar.show_counts(counts)
    if number is not None:
        gallery_chips.show_found(number, query, counts, known)


def _head(studio: Studio, query: MediaQuery, known: Choices) -> None:
    if query.view is GalleryView.TRASH:
        gallery_trash.show_head(studio, known.trash, utc_now())
        return
    gallery_missing.show(studio)
    if collection := next((each for each in known.collections if each.id == query.collection_id), None):
        gallery_collections.show_head(collection)


def _grid(studio: Studio, query: MediaQuery, known: Choices) -> None:
    empty = gallery_states.of(query)

    def on_event(event: Mapping[str, Any]) -> None:
        if event.get("do") == "action" and empty.way == "clear":
            gallery_query.clear()
        else:
            media_events.handle(studio, event)

    models = studio.catalog.models()
    shared: dict[str, Any] = {
        "key": "gallery_grid",
        "labels": {spec.id: spec.label for spec in models},
        "models": media_events.other_models(studio),
        "steps": media_events.next_steps(studio),
        "on_event": on_event,
        "empty": empty.labels(),
        "selectable": True,
        "place": "trash" if query.view is GalleryView.TRASH else "gallery",
        "opened": opened(),
    }
    if media_urls.are_routed():
        total = known.whole.all if query == MediaQuery(sort=query.sort) else None
        source = GallerySource(
            gallery_query.query_string(query), known.change_count, runtime.gallery_key(login.sign_in_id()), total
        )
        media_grid(source=source, **shared)
    else:
        items, total, has_more = _pages(studio, query)
        details = opened_media.newest(studio)
        media_grid(
            items,
            total=total,
            has_more=has_more,
            viewer_only=opened_media.beyond(studio, items, details, shared["opened"]),
            details=details,
            by_time=query.sort is not Sort.LONGEST,
            **shared,
        )


def opened() -> int | None:
    """The item id in the URL; None if it is missing or invalid."""
    text = st.query_params.get("item", "")
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_ID))
    return int(text) if is_number and 0 < int(text) <= MAX_ID else None


def _pages(studio: Studio, query: MediaQuery) -> tuple[list[Media], int, bool]:
    """The items a grid without the gallery API shows so far."""
    if state.gallery_page_key.get() != repr(query):
        state.gallery_page_key.set(repr(query))
        state.gallery_pages.set(1)
    return read(studio, query, state.gallery_pages.get())


def read(studio: Studio, query: MediaQuery, pages: int) -> tuple[list[Media], int, bool]:
    """The first `pages` pages of a query, its total, and whether there are more."""
    page = studio.gallery.page(query)
    items = list(page.items)
    for _ in range(pages - 1):
        if page.next_cursor is None:
            break
        page = studio.gallery.page(replace(query, cursor=page.next_cursor))
        items += page.items
    return items, page.total, page.next_cursor is not None
