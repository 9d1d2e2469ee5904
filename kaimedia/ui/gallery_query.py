"""What the gallery's widgets ask for, as a query; and a query as the feed's words. The widgets live in the URL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import streamlit as st

from kaimedia.domain import MediaQuery, Modality, Shelf, Sort, utc_now
from kaimedia.ui import gallery_dates, gallery_filters, state

# Labels are the words of the URL, so they hold neither icons nor counts.
KINDS = {"All": None, state.IMAGES: Modality.IMAGE, state.VIDEOS: Modality.VIDEO}
SORTS = {"Newest first": Sort.NEWEST, "Oldest first": Sort.OLDEST, "Longest first": Sort.LONGEST}
SHELVES = {
    "Finished": Shelf.FINISHED,
    "Being made": Shelf.WORKING,
    "Didn’t finish": Shelf.FAILED,
    "Trash": Shelf.TRASH,
}
SHELF_LABELS = {shelf: label for label, shelf in SHELVES.items()}
FILTERS = (
    state.gallery_kind,
    state.gallery_words,
    state.gallery_favorites,
    state.gallery_shelf,
    state.gallery_model,
    state.gallery_tag,
    state.gallery_collection,
    state.gallery_date,
    state.gallery_days,
)
REMEMBERED = (*FILTERS, state.gallery_sort)


def current() -> MediaQuery:
    """What the widgets say now; call it after they are drawn, so that the URL has been heard."""
    now = utc_now()
    zone = gallery_dates.zone_of(st.context.timezone)
    span = gallery_dates.days_of(
        state.gallery_date.get(), tuple(state.gallery_days.get() or ()), now.astimezone(zone).date()
    )
    created_from, created_before = gallery_dates.moments(*span, zone, now)
    return MediaQuery(
        media_type=KINDS.get(state.gallery_kind.get()),
        model=state.gallery_model.get() or None,
        favorites_only=state.gallery_favorites.get(),
        words=(state.gallery_words.get() or "").strip() or None,
        sort=SORTS.get(state.gallery_sort.get(), Sort.NEWEST),
        shelf=SHELVES.get(state.gallery_shelf.get(), Shelf.FINISHED),
        created_from=created_from,
        created_before=created_before,
        tag=state.gallery_tag.get() or None,
        collection_id=state.gallery_collection.get() or None,
    )


def restore() -> None:
    """Back from another page without a word in the address: what was chosen before is chosen again.

    After a step back in the browser the widgets hear the address alone (Streamlit 1.67); the run after it is an
    ordinary one, so the choice is put there.
    """
    is_plain = not any(slot.key in st.query_params for slot in REMEMBERED)
    is_back, is_due = state.gallery_left.take(), state.gallery_returned.take()
    if is_back and is_plain and state.gallery_chosen.get():
        state.gallery_returned.set(True)
        st.rerun()
    if is_due and is_plain:
        for key, value in state.gallery_chosen.get().items():
            st.session_state[key] = value


def remember() -> None:
    """Keep what the widgets say; Streamlit forgets it when the page is left. Call it after they are drawn."""
    state.gallery_chosen.set({slot.key: slot.get() for slot in REMEMBERED if slot.get() not in (slot.default, None)})


def is_filtered(query: MediaQuery) -> bool:
    """True when something of the shelf could be hidden."""
    return replace(query, sort=Sort.NEWEST) != MediaQuery(shelf=query.shelf)


def clear(*, keep_shelf: bool = False) -> None:
    """Back to everything. For callbacks only."""
    gallery_filters.note_set(FILTERS)
    for slot in FILTERS:
        if not (keep_shelf and slot is state.gallery_shelf):
            st.session_state[slot.key] = slot.default


def show_shelf(shelf: Shelf) -> None:
    """One shelf without any other filter. For callbacks only."""
    clear()
    state.gallery_shelf.set(SHELF_LABELS[shelf])


def show_collection(collection_id: int) -> None:
    """One collection without any other filter. For callbacks only."""
    clear()
    state.gallery_collection.set(collection_id)


def feed_words(query: MediaQuery) -> str:
    """The query as the feed's routes read it, percent-encoded; what is usual is left out."""
    last_day = query.created_before and query.created_before - timedelta(days=1)
    said = {
        "kind": query.media_type,
        "model": query.model,
        "q": query.words,
        "fav": "1" if query.favorites_only else None,
        "from": query.created_from and query.created_from.strftime("%Y-%m-%d"),
        "to": last_day and last_day.strftime("%Y-%m-%d"),
        "sort": query.sort if query.sort is not Sort.NEWEST else None,
        "shelf": query.shelf if query.shelf is not Shelf.FINISHED else None,
        "tag": query.tag,
        "collection": query.collection_id,
    }
    return urlencode({word: str(value) for word, value in said.items() if value})
