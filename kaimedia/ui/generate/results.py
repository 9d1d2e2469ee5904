"""The stage: the newest result large, earlier ones in rows below; before the first result, a welcome screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from kaimedia.domain import Media
from kaimedia.studio import Studio
from kaimedia.ui import navigation, notices, reads, state, undo_bar
from kaimedia.ui.components import media_events
from kaimedia.ui.components.media_grid import media_grid
from kaimedia.ui.gallery import dialogs as gallery_dialogs
from kaimedia.ui.gallery import opened_media
from kaimedia.ui.generate import comparison_view, opened_comparison, prompt_input
from kaimedia.ui.shell import guarded

TASKS = 24
MAX_EARLIER = 40  # items
PILLS = 3


def show(studio: Studio, *, is_quiet: bool) -> None:
    """Draw the opened comparison, else the stage; the welcome screen without results when nothing runs (`is_quiet`)."""
    if batch_id := opened_comparison.follow_url():
        comparison_view.show(studio, batch_id)
        return
    st.fragment(_stage)(studio, is_quiet)


def _stage(studio: Studio, is_quiet: bool) -> None:
    with guarded("results"):
        navigation.follow()
        if state.needs_rerun.take():
            st.rerun()
        results = studio.tasks.recent_results(TASKS)
        with st.container(key="stage", gap=None):
            if results:
                st.html('<h2 class="vh" id="newest-result">Newest result</h2>')
                _grid(studio, results)
            elif is_quiet:
                _first_visit()
            else:
                st.html('<div class="k-stage-wait"><p>Your first result appears here.</p></div>')
        undo_bar.show(studio)
        gallery_dialogs.show(studio)
        notices.show_waiting()


def _grid(studio: Studio, results: Sequence[Sequence[Media]]) -> None:
    """Draw the results, those of each task together, the last finished first and large."""
    newest = results[0]
    earlier = [item for media in results[1:] for item in media]
    shown, details = [*newest, *earlier[:MAX_EARLIER]], opened_media.newest(studio)
    media_grid(
        shown,
        viewer_only=opened_media.beyond(studio, shown, details, None),
        details=details,
        key="stage_grid",
        labels={spec.id: spec.label for spec in studio.catalog.models()},
        stage=len(newest),
        place="results",
        models=media_events.other_models(studio),
        steps=media_events.next_steps(studio),
        on_event=lambda event: _on_event(studio, event),
    )


def _on_event(studio: Studio, event: Mapping[str, Any]) -> None:
    media_events.handle(studio, event)
    if state.go_to.get() == "generate":  # already on this page: rerun it as a whole
        state.go_to.take()
        state.needs_rerun.set(True)


def _first_visit() -> None:
    with st.container(key="hero", horizontal_alignment="center", gap="small"):
        st.html(
            '<div class="k-hero"><div class="k-ring"></div><h2>What will you make?</h2>'
            "<p>Write a prompt, pick an aspect ratio and press Generate. Or start from one of these.</p></div>"
        )
        with st.container(key="hero_ideas", horizontal_alignment="center", gap="xsmall"):
            for number, text in enumerate(reads.ideas(state.modality())[:PILLS]):
                st.button(text, key=f"idea_{number}", icon=":material/north_west:", on_click=_start_from, args=(text,))


def _start_from(text: str) -> None:
    prompt_input.use_idea(text)
    state.needs_rerun.set(True)
