"""The newest results, one block per task, and what stands there before the first one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from kaimedia.domain import Media, Modality, Task
from kaimedia.studio import Studio
from kaimedia.ui import draft, media_events, navigation, notices, prompt_input, reads, state, undo_bar, words
from kaimedia.ui.media_grid import media_grid
from kaimedia.ui.shell import answering, guarded

BLOCKS = 8
FIT_PX = 420
PILLS = 3
SPARE = 12  # free places before the first block


def show(studio: Studio, *, is_quiet: bool) -> None:
    """Draw the blocks; a first-visit canvas when there are none and nothing runs (`is_quiet`)."""
    st.fragment(_blocks)(studio, is_quiet)


def _blocks(studio: Studio, is_quiet: bool) -> None:
    with guarded("results"):
        navigation.follow()
        if state.go_whole.take():
            st.rerun()
        blocks = [(task, media) for task, media in studio.recent_results(BLOCKS) if media]
        blocks.sort(key=lambda block: block[0].completed_at or block[0].created_at, reverse=True)
        if not blocks and is_quiet:
            _first_visit()
        labels = {spec.id: spec.label for spec in studio.models()}
        if blocks:
            st.html('<h2 class="vh">Newest results</h2>')
        _draw(studio, blocks, labels)
        undo_bar.show(studio, only_of_this_session=True)
        notices.show_waiting()


def _draw(studio: Studio, blocks: list[tuple[Task, list[Media]]], labels: dict[str, str]) -> None:
    """Draw each block at a place of its own.

    The browser tells blocks apart by their place. A new one therefore takes a free place before the others instead
    of pushing them along, which would build every grid on the page anew and let it blink.
    """
    slots = places([task.task_id for task, _ in blocks], state.result_slots.get())
    state.result_slots.set(slots)
    drawn = {slots[task.task_id]: (task, media) for task, media in blocks}
    for place in range(max(drawn, default=-1) + 1):
        if place in drawn:
            _block(studio, *drawn[place], labels)
        else:
            st.empty()


def places(newest_first: Sequence[str], known: Mapping[str, int]) -> dict[str, int]:
    """A place for each id, rising in the given order; the known ones keep theirs while that is possible."""
    kept = {each: known[each] for each in newest_first if each in known}
    fresh = [each for each in newest_first if each not in known]
    first = min(kept.values(), default=SPARE + len(fresh))
    found = {each: first - len(fresh) + number for number, each in enumerate(fresh)} | kept
    in_order = [found[each] for each in newest_first]
    if min(in_order, default=0) < 0 or in_order != sorted(in_order):
        return {each: SPARE + number for number, each in enumerate(newest_first)}
    return found


def _block(studio: Studio, task: Task, media: list[Media], labels: dict[str, str]) -> None:
    kind = "Video" if task.modality is Modality.VIDEO else "Image"
    facts = [kind, labels.get(task.model, task.model), task.request.aspect_ratio]
    if task.request.duration_s:
        facts.append(f"{task.request.duration_s} s")
    style, own = draft.taken_apart(studio, task.request.prompt, task.modality)
    if style:
        facts.append(style.name)
    with st.container(key=f"result_{task.task_id}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
            st.html(
                f'<div class="k-result"><h3>{words.escaped(words.one_line(own))}</h3>'
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
            place="results",
            models=[(spec.id, spec.label, spec.modality.value) for spec in studio.models()],
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
