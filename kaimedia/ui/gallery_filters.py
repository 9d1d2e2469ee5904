"""The gallery's toolbar; the filters live in the URL."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import MediaQuery, Modality
from kaimedia.studio import Studio
from kaimedia.ui import gallery_clear, state

KINDS = {"All": None, "Images": Modality.IMAGE, "Videos": Modality.VIDEO}
SORTS = ("Newest first", "Oldest first")
ALL_MODELS = "All models"


def show(studio: Studio) -> MediaQuery:
    """Draw the toolbar and return what it asks for. Labels are the URL's words, so they hold no icons."""
    labels = {spec.id: spec.label for spec in studio.models()}
    used = [labels.get(model, model) for model in studio.gallery_models()]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="gallery_bar"):
        kind = st.segmented_control(
            "Kind",
            list(KINDS),
            default=None if state.gallery_kind.is_set() else "All",
            key=state.gallery_kind.key,
            required=True,
            label_visibility="collapsed",
            bind="query-params",
        )
        found = st.text_input(
            "Search prompts",
            key=state.gallery_words.key,
            placeholder="Search prompts",
            icon=":material/search:",
            label_visibility="collapsed",
            bind="query-params",
            width=300,
        )
        with st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="right", gap="small", key="gallery_more"
        ):
            only_favorites = st.toggle("Favourites", key=state.gallery_favorites.key, bind="query-params")
            model = st.selectbox(
                "Model",
                [ALL_MODELS, *used],
                key=state.gallery_model.key,
                label_visibility="collapsed",
                filter_mode=None,
                width=180,
                bind="query-params",
            )
            sort = st.selectbox(
                "Order",
                SORTS,
                key=state.gallery_sort.key,
                label_visibility="collapsed",
                filter_mode=None,
                width=150,
                bind="query-params",
            )
            if used:
                gallery_clear.button(studio)
    ids = {label: model_id for model_id, label in labels.items()}
    return MediaQuery(
        media_type=KINDS.get(kind or "All"),
        model=None if model in (None, ALL_MODELS) else ids.get(model, model),
        favorites_only=only_favorites,
        words=(found or "").strip() or None,
        newest_first=sort != SORTS[1],
    )


def is_filtered(query: MediaQuery) -> bool:
    """True when something could be hidden by the toolbar."""
    return bool(query.media_type or query.model or query.favorites_only or query.words)


def clear_filters() -> None:
    """Back to everything. For callbacks only."""
    for slot in (state.gallery_kind, state.gallery_words, state.gallery_model, state.gallery_favorites):
        st.session_state[slot.key] = slot.default
