"""The stage: the newest result large, earlier ones in low rows below; and what stands there before the first one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from kaimedia.domain import Media, Task
from kaimedia.studio import Studio
from kaimedia.ui import (
    gallery_dialogs,
    media_events,
    navigation,
    notices,
    opened_media,
    prompt_input,
    reads,
    state,
    undo_bar,
)
from kaimedia.ui.media_grid import media_grid
from kaimedia.ui.shell import guarded

TASKS = 24
MOST_EARLIER = 40  # items
PILLS = 3

Block = tuple[Task, list[Media]]


def show(studio: Studio, *, is_quiet: bool) -> None:
    """Draw the stage; a first-visit canvas when there is no result and nothing runs (`is_quiet`)."""
    st.fragment(_stage)(studio, is_quiet)


def _stage(studio: Studio, is_quiet: bool) -> None:
    with guarded("results"):
        navigation.follow()
        if state.go_whole.take():
            st.rerun()
        blocks = newest_first([(task, media) for task, media in studio.recent_results(TASKS) if media])
        with st.container(key="stage", gap=None):
            if blocks:
                st.html('<h2 class="vh" id="newest-result">Newest result</h2>')
                _grid(studio, blocks)
            elif is_quiet:
                _first_visit()
            else:
                st.html('<div class="k-stage-wait"><p>Your first result appears here.</p></div>')
        undo_bar.show(studio)
        gallery_dialogs.show(studio)
        notices.show_waiting()


def newest_first(blocks: Sequence[Block]) -> list[Block]:
    """What was finished last stands first."""
    return sorted(blocks, key=lambda block: block[0].completed_at or block[0].created_at, reverse=True)


def _grid(studio: Studio, blocks: Sequence[Block]) -> None:
    newest = blocks[0][1]
    earlier = [item for _, media in blocks[1:] for item in media]
    shown, details = [*newest, *earlier[:MOST_EARLIER]], opened_media.newest(studio)
    media_grid(
        shown,
        aside=opened_media.beyond(studio, shown, details, None),
        details=details,
        key="stage_grid",
        labels={spec.id: spec.label for spec in studio.models()},
        stage=len(newest),
        place="results",
        models=[(spec.id, spec.label, spec.modality.value) for spec in studio.models()],
        on_event=lambda event: _on_event(studio, event),
    )


def _on_event(studio: Studio, event: Mapping[str, Any]) -> None:
    media_events.handle(studio, event)
    if state.go_to.get() == "generate":  # it is this page: drawn anew as a whole, not left and opened
        state.go_to.take()
        state.go_whole.set(True)


def _first_visit() -> None:
    with st.container(key="hero", horizontal_alignment="center", gap="small"):
        st.html(
            '<div class="k-hero"><div class="k-ring"></div><h2>What will you make?</h2>'
            "<p>Write a prompt, pick a shape, press Generate. Or start from one of these.</p></div>"
        )
        with st.container(key="hero_ideas", horizontal_alignment="center", gap="xsmall"):
            for number, text in enumerate(reads.ideas(state.modality())[:PILLS]):
                st.button(text, key=f"idea_{number}", icon=":material/north_west:", on_click=_start_from, args=(text,))


def _start_from(text: str) -> None:
    prompt_input.use_idea(text)
    state.go_whole.set(True)
