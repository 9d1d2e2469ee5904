"""The gallery below its heading: toolbar, filters in use, the grid, the line that undoes a delete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from kaimedia import bootstrap
from kaimedia.domain import Media, MediaQuery, Modality, Shelf, Sort, utc_now
from kaimedia.errors import KaimediaError
from kaimedia.studio import Studio
from kaimedia.ui import (
    gallery_chips,
    gallery_collections,
    gallery_dialogs,
    gallery_facts,
    gallery_query,
    gallery_states,
    gallery_toolbar,
    gallery_trash,
    login,
    media_events,
    media_urls,
    navigation,
    notices,
    opened_media,
    shell,
    state,
    undo_bar,
)
from kaimedia.ui.gallery_facts import Choices
from kaimedia.ui.media_grid import FeedView, media_grid

LOOK_S = 2.0  # while something is being made
IDLE_S = 15.0  # else: another tab, a script or the API may have changed something
MAX_ID = 2**31 - 1
MODE = "<style>.stApp{{--kai-mode:var(--kai-{0});--kai-mode-t:var(--kai-{0}-t)}}</style>"


def show(studio: Studio) -> None:
    """Draw the gallery; events, filters and new results redraw only this part."""
    try:
        is_working = bool(gallery_facts.choices(studio).whole.working)
    except KaimediaError:
        is_working = False  # the fragment tells
    st.fragment(_gallery, run_every=LOOK_S if is_working else IDLE_S)(studio, is_working)


def _gallery(studio: Studio, is_watched: bool) -> None:
    with shell.guarded("gallery"):
        navigation.follow()
        if state.go_whole.take():
            st.rerun()
        try:
            known = gallery_facts.choices(studio)
            if bool(known.whole.working) != is_watched and state.gallery_ask.get() is None:
                st.rerun()  # the timer belongs to the whole page; a dialog would lose the cursor
            _draw(studio, known)
        except KaimediaError as error:
            shell.show_problem("Couldn’t load your media.", f"{error.message} {error.next_step}")
            st.button("Try again", key="gallery_retry", icon=":material/refresh:")


def _draw(studio: Studio, known: Choices) -> None:
    query = gallery_toolbar.show(known)
    gallery_toolbar.show_filters(len(gallery_chips.behind(query, known)))
    st.html(MODE.format("coral" if query.media_type is Modality.VIDEO else "iris"))
    _head(studio, query, known)
    number = gallery_chips.show(query, known)
    _grid(studio, query, known)
    _count(studio, query, known, number)
    if query.shelf is not Shelf.TRASH:
        undo_bar.show(studio)
    gallery_dialogs.show(studio)
    notices.show_waiting()


def _count(studio: Studio, query: MediaQuery, known: Choices, number: DeltaGenerator | None) -> None:
    """After the grid, which is on its way meanwhile: counting takes longer than all else that is drawn."""
    counts = gallery_facts.counts(studio, query, known.revision)
    gallery_toolbar.show_counts(counts)
    if number is not None:
        gallery_chips.tell_found(number, query, counts, known)


def _head(studio: Studio, query: MediaQuery, known: Choices) -> None:
    if query.shelf is Shelf.TRASH:
        gallery_trash.show_head(studio, known.trash, utc_now())
    elif collection := next((each for each in known.collections if each.id == query.collection_id), None):
        gallery_collections.show_head(collection)


def _grid(studio: Studio, query: MediaQuery, known: Choices) -> None:
    empty = gallery_states.of(query)

    def on_event(event: Mapping[str, Any]) -> None:
        if event.get("do") == "action" and empty.way == "clear":
            gallery_query.clear()
        else:
            media_events.handle(studio, event)

    models = studio.models()
    shared: dict[str, Any] = {
        "key": "gallery_grid",
        "labels": {spec.id: spec.label for spec in models},
        "models": [(spec.id, spec.label, spec.modality.value) for spec in models],
        "on_event": on_event,
        "empty": empty.words(),
        "selectable": True,
        "place": "trash" if query.shelf is Shelf.TRASH else "gallery",
        "opened": opened(),
    }
    if media_urls.are_routed():
        total = known.whole.all if query == MediaQuery(sort=query.sort) else None
        feed = FeedView(
            gallery_query.feed_words(query), known.revision, bootstrap.gallery_key(login.sign_in_id()), total
        )
        media_grid(feed=feed, **shared)
    else:
        items, total, has_more = _pages(studio, query)
        details = opened_media.newest(studio)
        media_grid(
            items,
            total=total,
            has_more=has_more,
            aside=opened_media.beyond(studio, items, details, shared["opened"]),
            details=details,
            by_time=query.sort is not Sort.LONGEST,
            **shared,
        )


def opened() -> int | None:
    """The item that the address names; what is no id is passed over."""
    given = st.query_params.get("item", "")
    is_number = given.isascii() and given.isdigit() and len(given) <= len(str(MAX_ID))
    return int(given) if is_number and 0 < int(given) <= MAX_ID else None


def _pages(studio: Studio, query: MediaQuery) -> tuple[list[Media], int, bool]:
    """What a grid without a feed was asked to show so far."""
    if state.gallery_asked.get() != repr(query):
        state.gallery_asked.set(repr(query))
        state.gallery_pages.set(1)
    return read(studio, query, state.gallery_pages.get())


def read(studio: Studio, query: MediaQuery, pages: int) -> tuple[list[Media], int, bool]:
    """That many pages of a query, how many it finds, and whether there are more."""
    page = studio.list_media(query)
    items = list(page.items)
    for _ in range(pages - 1):
        if page.next_cursor is None:
            break
        page = studio.list_media(replace(query, cursor=page.next_cursor))
        items += page.items
    return items, page.total, page.next_cursor is not None
