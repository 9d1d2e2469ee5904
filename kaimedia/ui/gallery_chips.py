"""The line under the toolbar: how many were found, and each filter in use with a way to take it off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from kaimedia.domain import Counts, MediaQuery, Modality, Shelf
from kaimedia.ui import gallery_dates, gallery_filters, gallery_query, state, words
from kaimedia.ui.gallery_facts import Choices
from kaimedia.ui.state import Slot


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in use, in words."""

    slot: Slot[Any]
    text: str


def in_use(query: MediaQuery, known: Choices) -> list[Chip]:
    """The filters behind Filters that hide something; kind and order are seen in the bar."""
    chips = []
    if query.words:
        chips.append(Chip(state.gallery_words, f"“{words.one_line(query.words, 40)}”"))
    if query.favorites_only:
        chips.append(Chip(state.gallery_favorites, "Favorites"))
    return chips + behind(query, known)


def behind(query: MediaQuery, known: Choices) -> list[Chip]:
    """Those of them that were chosen in the popover."""
    collections = {each.id: each.name for each in known.collections}
    said: list[tuple[Slot[Any], str | None]] = [
        (state.gallery_shelf, None if query.shelf is Shelf.FINISHED else gallery_query.SHELF_LABELS[query.shelf]),
        (state.gallery_model, query.model and known.models.get(query.model, query.model)),
        (state.gallery_date, _date_words()),
        (state.gallery_tag, query.tag and f"Tag: {query.tag}"),
        (state.gallery_collection, collections.get(query.collection_id or 0)),
    ]
    return [Chip(slot, text) for slot, text in said if text]


def _date_words() -> str | None:
    span = state.gallery_date.get()
    if span != gallery_dates.CUSTOM:
        return None if span == state.gallery_date.default else span
    days = [f"{day:%Y-%m-%d}" for day in state.gallery_days.get() or ()]
    return " – ".join(days) if days else None


def show(query: MediaQuery, known: Choices) -> DeltaGenerator | None:
    """Draw the line; nothing while nothing is filtered. Returns the place of the number for `tell_found`."""
    chips = in_use(query, known)
    if not chips:
        return None
    with st.container(key="gallery_chips", horizontal=True, vertical_alignment="center", gap="xsmall"):
        place = st.container(width="content")  # one that holds the number before until the new one is here
        for chip in chips:
            st.button(
                words.plain_markdown(words.one_line(chip.text, 60)),
                key=f"chip_{chip.slot.key}",
                icon=":material/close:",
                icon_position="right",
                on_click=_take_off(chip),
            )
        st.button("Clear filters", key="clear_filters", type="tertiary", on_click=gallery_query.clear)
    return place


def tell_found(place: DeltaGenerator, query: MediaQuery, counts: Counts, known: Choices) -> None:
    """Say how many were found."""
    found = {None: counts.all, Modality.IMAGE: counts.images, Modality.VIDEO: counts.videos}[query.media_type]
    place.html(f'<p class="k-found" role="status">{_found_words(query, found, known)}</p>', width="content")


def _found_words(query: MediaQuery, found: int, known: Choices) -> str:
    whole = known.whole
    everything = {
        Shelf.FINISHED: whole.all,
        Shelf.WORKING: whole.working,
        Shelf.FAILED: whole.failed,
        Shelf.TRASH: whole.trash,
    }[query.shelf]
    return f"{found:,} of {everything:,}" if gallery_query.is_filtered(query) else words.items(found)


def _take_off(chip: Chip) -> Callable[[], None]:
    def take_off() -> None:
        gallery_filters.note_set([chip.slot])
        chip.slot.set(chip.slot.default)

    return take_off
