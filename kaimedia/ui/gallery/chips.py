"""The line under the toolbar: the number of results, and a removable chip for each active filter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from kaimedia.domain import Counts, GalleryView, MediaQuery, Modality
from kaimedia.ui import state, ui_text
from kaimedia.ui.gallery import dates as gallery_dates
from kaimedia.ui.gallery import filters as gallery_filters
from kaimedia.ui.gallery import query as gallery_query
from kaimedia.ui.gallery.facts import Choices
from kaimedia.ui.state import Slot


@dataclass(frozen=True, slots=True)
class Chip:
    """One active filter with its label."""

    slot: Slot[Any]
    text: str


def active(query: MediaQuery, known: Choices) -> list[Chip]:
    """The active filters, except kind and sort order, which the toolbar shows."""
    chips = []
    if query.text:
        chips.append(Chip(state.gallery_search, f"“{ui_text.one_line(query.text, 40)}”"))
    if query.favorites_only:
        chips.append(Chip(state.gallery_favorites, "Favorites"))
    return chips + set_in_popover(query, known)


def set_in_popover(query: MediaQuery, known: Choices) -> list[Chip]:
    """The active filters set in the popover."""
    collections = {each.id: each.name for each in known.collections}
    labels: list[tuple[Slot[Any], str | None]] = [
        (state.gallery_view, None if query.view is GalleryView.FINISHED else gallery_query.VIEW_LABELS[query.view]),
        (state.gallery_model, query.model and known.models.get(query.model, query.model)),
        (state.gallery_date, _date_label()),
        (state.gallery_tag, query.tag and f"Tag: {query.tag}"),
        (state.gallery_collection, collections.get(query.collection_id or 0)),
        (state.gallery_batch, known.batches.get(query.batch_id or 0)),
    ]
    return [Chip(slot, text) for slot, text in labels if text]


def _date_label() -> str | None:
    span = state.gallery_date.get()
    if span != gallery_dates.CUSTOM:
        return None if span == state.gallery_date.default else span
    days = [f"{day:%Y-%m-%d}" for day in state.gallery_days.get() or ()]
    return " – ".join(days) if days else None


def show(query: MediaQuery, known: Choices) -> DeltaGenerator | None:
    """Draw the line; nothing without filters. Returns the placeholder for the count, for `show_found`."""
    chips = active(query, known)
    if not chips:
        return None
    with st.container(key="gallery_chips", horizontal=True, vertical_alignment="center", gap="xsmall"):
        place = st.container(width="content")  # keeps showing the old count until the new one is ready
        for chip in chips:
            st.button(
                ui_text.plain_markdown(ui_text.one_line(chip.text, 60)),
                key=f"chip_{chip.slot.key}",
                icon=":material/close:",
                icon_position="right",
                on_click=_take_off(chip),
            )
        st.button("Clear filters", key="clear_filters", type="tertiary", on_click=gallery_query.clear)
    return place


def show_found(place: DeltaGenerator, query: MediaQuery, counts: Counts, known: Choices) -> None:
    """Show the number of results."""
    found = {None: counts.all, Modality.IMAGE: counts.images, Modality.VIDEO: counts.videos}[query.media_type]
    place.html(f'<p class="k-found" role="status">{_found_text(query, found, known)}</p>', width="content")


def _found_text(query: MediaQuery, found: int, known: Choices) -> str:
    whole = known.whole
    everything = {
        GalleryView.FINISHED: whole.all,
        GalleryView.WORKING: whole.working,
        GalleryView.FAILED: whole.failed,
        GalleryView.TRASH: whole.trash,
    }[query.view]
    return f"{found:,} of {everything:,}" if gallery_query.is_filtered(query) else ui_text.items(found)


def _take_off(chip: Chip) -> Callable[[], None]:
    def take_off() -> None:
        gallery_filters.note_set([chip.slot])
        chip.slot.set(chip.slot.default)

    return take_off
