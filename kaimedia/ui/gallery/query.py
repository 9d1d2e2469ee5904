"""Converts the gallery's URL-bound widgets to a query, and a query to parameters of the gallery API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import streamlit as st

from kaimedia.domain import GalleryView, MediaQuery, Modality, Sort, utc_now
from kaimedia.ui import state
from kaimedia.ui.gallery import dates as gallery_dates
from kaimedia.ui.gallery import filters as gallery_filters

# Labels are values in the URL, so they contain neither icons nor counts.
KINDS = {"All": None, state.IMAGES: Modality.IMAGE, state.VIDEOS: Modality.VIDEO}
SORTS = {"Newest first": Sort.NEWEST, "Oldest first": Sort.OLDEST, "Longest first": Sort.LONGEST}
VIEWS = {
    "Finished": GalleryView.FINISHED,
    "In progress": GalleryView.WORKING,
    "Didn’t finish": GalleryView.FAILED,
    "Trash": GalleryView.TRASH,
}
_OLD_VIEWS = {"Being made": "In progress"}
_OLD_FAVORITES = "favourites"
VIEW_LABELS = {view: label for label, view in VIEWS.items()}
FILTERS = (
    state.gallery_kind,
    state.gallery_search,
    state.gallery_favorites,
    state.gallery_view,
    state.gallery_model,
    state.gallery_tag,
    state.gallery_collection,
    state.gallery_batch,
    state.gallery_date,
    state.gallery_days,
)
REMEMBERED = (*FILTERS, state.gallery_sort)


def current() -> MediaQuery:
    """The query the widgets describe; call after they are drawn, so that the URL has been applied."""
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
        text=(state.gallery_search.get() or "").strip() or None,
        sort=SORTS.get(state.gallery_sort.get(), Sort.NEWEST),
        view=VIEWS.get(state.gallery_view.get(), GalleryView.FINISHED),
        created_from=created_from,
        created_before=created_before,
        tag=state.gallery_tag.get() or None,
        collection_id=state.gallery_collection.get() or None,
        batch_id=state.gallery_batch.get() or None,
    )


def of_address(params: Mapping[str, str]) -> MediaQuery | None:
    """The query of the page's URL, before its widgets are drawn; None if it has filters other than kind and sort order.

    Those depend on what is in the gallery, or on the user's time zone.
    """
    kind = params.get(state.gallery_kind.key, state.gallery_kind.default)
    sort = params.get(state.gallery_sort.key, state.gallery_sort.default)
    others = {slot.key for slot in FILTERS} - {state.gallery_kind.key} | {_OLD_FAVORITES}
    if kind not in KINDS or sort not in SORTS or others & params.keys():
        return None
    return MediaQuery(media_type=KINDS[kind], sort=SORTS[sort])


def read_old_urls() -> None:
    """Apply filters that bookmarks made with earlier versions name differently. Call before the widgets are drawn."""
    label = _OLD_VIEWS.get(st.query_params.get(state.gallery_view.key, ""))
    if label is not None and not state.gallery_view.is_set():
        state.gallery_view.set(label)
    if _OLD_FAVORITES in st.query_params:
        state.gallery_favorites.set(st.query_params[_OLD_FAVORITES].casefold() == "true")
        del st.query_params[_OLD_FAVORITES]


def restore() -> None:
    """Restore the previous filters on returning from another page with no filters in the URL.

    After Back in the browser the widgets follow the URL only (Streamlit 1.67); the next run is an
    ordinary one, so the filters are restored in it.
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
    """Save the filters, which Streamlit discards when the page is left. Call after the widgets are drawn."""
    state.gallery_chosen.set({slot.key: slot.get() for slot in REMEMBERED if slot.get() not in (slot.default, None)})


def is_filtered(query: MediaQuery) -> bool:
    """True when a filter could hide items of the view."""
    return replace(query, sort=Sort.NEWEST) != MediaQuery(view=query.view)


def clear(*, keep_view: bool = False) -> None:
    """Reset all filters. For callbacks only."""
    gallery_filters.note_set(FILTERS)
    for slot in FILTERS:
        if not (keep_view and slot is state.gallery_view):
            st.session_state[slot.key] = slot.default


def show_view(view: GalleryView) -> None:
    """Show one view without other filters. For callbacks only."""
    clear()
    state.gallery_view.set(VIEW_LABELS[view])


def show_collection(collection_id: int) -> None:
    """Show one collection without other filters. For callbacks only."""
    clear()
    state.gallery_collection.set(collection_id)


def query_string(query: MediaQuery) -> str:
    """The query as parameters of the gallery API, percent-encoded; defaults are left out."""
    last_day = query.created_before and query.created_before - timedelta(days=1)
    params = {
        "kind": query.media_type,
        "model": query.model,
        "q": query.text,
        "fav": "1" if query.favorites_only else None,
        "from": query.created_from and query.created_from.strftime("%Y-%m-%d"),
        "to": last_day and last_day.strftime("%Y-%m-%d"),
        "sort": query.sort if query.sort is not Sort.NEWEST else None,
        "view": query.view if query.view is not GalleryView.FINISHED else None,
        "tag": query.tag,
        "collection": query.collection_id,
        "batch": query.batch_id,
    }
    return urlencode({name: str(value) for name, value in params.items() if value})
