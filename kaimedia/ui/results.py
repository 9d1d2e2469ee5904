"""The newest results, one block per task, and what stands there before the first one."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import Media, Modality, Task
from kaimedia.studio import Studio
from kaimedia.ui import draft, media_events, navigation, notices, prompt_input, reads, state, undo_bar, words
from kaimedia.ui.media_grid import media_grid
from kaimedia.ui.shell import answering, guarded

BLOCKS = 8
FIT_PX = 420
PILLS = 3


def show(studio: Studio, *, is_quiet: bool) -> None:
    """Draw the blocks; a first-visit canvas when there are none and nothing runs (`is_quiet`)."""
    st.fragment(_blocks)(studio, is_quiet)


def _blocks(studio: Studio, is_quiet: bool) -> None:
    with guarded("results"):
        navigation.follow()
        if state.go_whole.take():
            st.rerun()
        blocks = [(task, media) for task, media in studio.recent_results(BLOCKS) if media]
        if not blocks and is_quiet:
            _first_visit()
        labels = {spec.id: spec.label for spec in studio.models()}
        for task, media in blocks:
            _block(studio, task, media, labels)
        undo_bar.show(studio, only_of_this_session=True)
        notices.show_waiting()


def _block(studio: Studio, task: Task, media: list[Media], labels: dict[str, str]) -> None:
    kind = "Video" if task.modality is Modality.VIDEO else "Image"
    facts = [kind, labels.get(task.model, task.model), task.request.aspect_ratio]
    if task.request.duration_s:
        facts.append(f"{task.request.duration_s} s")
    with st.container(key=f"result_{task.task_id}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
            st.html(
                f'<div class="k-result"><h3>{words.escaped(words.one_line(task.request.prompt))}</h3>'
                f"<p>{words.escaped(' · '.join(facts))}</p></div>"
            )
            st.button(
                "Reuse",
                key=f"reuse_{task.task_id}",
                icon=":material/refresh:",
                type="tertiary",
                on_click=_reuse,
                args=(studio, task),
            )
        media_grid(
            media,
            key=f"result_grid_{task.task_id}",
            labels=labels,
            fit_px=FIT_PX,
            on_event=lambda event: media_events.handle(studio, event),
        )


@answering
def _reuse(studio: Studio, task: Task) -> None:
    draft.reuse(studio, task.request, task.modality)
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
