"""The gallery's grid: pages of 60, appended by Show more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from kaimedia.domain import Media, MediaQuery
from kaimedia.studio import Studio
from kaimedia.ui import gallery_filters, media_events, navigation, notices, state, undo_bar
from kaimedia.ui.media_grid import media_grid
from kaimedia.ui.shell import guarded

EMPTY = {
    "title": "Your gallery is empty",
    "body": "Everything you generate lands here.",
    "action": "Create something",
}
NO_MATCH = {"title": "No matches", "body": "Try another word, or clear a filter.", "action": "Clear filters"}


def show(studio: Studio, query: MediaQuery) -> None:
    """Draw what the query finds; events rerun only this part."""
    if state.gallery_asked.get() != repr(query):
        state.gallery_asked.set(repr(query))
        state.gallery_pages.set(1)
    st.fragment(_grid)(studio, query)


def _grid(studio: Studio, query: MediaQuery) -> None:
    with guarded("gallery"):
        navigation.follow()
        if state.go_whole.take():
            st.rerun()
        items, total, has_more = _read(studio, query, state.gallery_pages.get())
        is_filtered = gallery_filters.is_filtered(query)

        def on_event(event: Mapping[str, Any]) -> None:
            if event.get("do") == "action" and is_filtered:
                gallery_filters.clear_filters()
                state.go_whole.set(True)
            else:
                media_events.handle(studio, event)

        media_grid(
            items,
            key="gallery_grid",
            labels={spec.id: spec.label for spec in studio.models()},
            total=total,
            has_more=has_more,
            empty=NO_MATCH if is_filtered else EMPTY,
            on_event=on_event,
        )
        undo_bar.show(studio)
        notices.show_waiting()


def _read(studio: Studio, query: MediaQuery, pages: int) -> tuple[list[Media], int, bool]:
    page = studio.list_media(query)
    items = list(page.items)
    for _ in range(pages - 1):
        if page.next_cursor is None:
            break
        page = studio.list_media(replace(query, cursor=page.next_cursor))
        items += page.items
    return items, page.total, page.next_cursor is not None
