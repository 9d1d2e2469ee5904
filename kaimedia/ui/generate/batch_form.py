"""Many at once: the switch beside the prompt, the number of seeds and a CSV file."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import MAX_BATCH_TASKS
from kaimedia.models.spec import ModelSpec
from kaimedia.studio import prompt_table
from kaimedia.ui import state, ui_text
from kaimedia.ui.generate import batch_draft
from kaimedia.ui.generate.batch_draft import BatchDraft
from kaimedia.ui.shell import notify_errors

PLACEHOLDER = "One prompt on each line.\nChoices: a {red|blue} car at {dawn|noon}"
CSV_BOX = "batch_csv_box"


def show_switch() -> None:
    """Draw the switch of batches."""
    st.toggle(
        "Batch",
        key=state.batch_on.key,
        on_change=lambda: state.field_note.set(None),
        persist_state="session",
    )


def show(spec: ModelSpec, batch: BatchDraft) -> None:
    """Draw what a batch has beside the prompt, and what is wrong with it."""
    with st.container(key="batch_form", gap="xsmall"):
        with st.container(key="batch_row", horizontal=True, vertical_alignment="bottom", gap="small"):
            _seeds(spec)
            _file_chooser(spec)
        _file_line()
        if batch.problem is not None:
            st.html(
                f'<p class="k-field-note" role="alert" data-field="{ui_text.escaped(batch.problem.field)}">'
                f"{ui_text.escaped(batch.problem.message)}</p>"
            )


def _seeds(spec: ModelSpec) -> None:
    takes_seeds = batch_draft.takes_seeds(spec)
    if not state.batch_seeds.is_set():
        state.batch_seeds.set(state.batch_seeds.default)
    st.number_input(
        "Seeds for each prompt",
        min_value=1,
        max_value=MAX_BATCH_TASKS,
        step=1,
        key=state.batch_seeds.key,
        help=None if takes_seeds else f"{spec.label} takes no seed.",
        disabled=not takes_seeds,
        persist_state="session",
        width=170,
    )


def _file_chooser(spec: ModelSpec) -> None:
    box = st.popover("CSV file", icon=":material/table:", key=CSV_BOX, on_change="rerun")
    if not box.open:
        return
    with box, st.container(key="batch_csv", gap="small"):
        own = ", ".join(param.name for param in spec.params)
        own_text = f" {spec.label} also has {own}." if own else ""
        st.html(
            '<p class="k-quiet">One row for each prompt. The first row names the columns: '
            f"{ui_text.escaped(', '.join(prompt_table.SHARED))}.{ui_text.escaped(own_text)} "
            "What a row leaves empty is taken from the form, except for the prompt.</p>"
        )
        key = f"batch_csv_{state.batch_file_round.get()}"
        st.file_uploader(
            "CSV file",
            type=["csv", "tsv", "txt"],
            key=key,
            max_upload_size=prompt_table.MAX_BYTES // 1_000_000,
            on_change=_chosen,
            args=(key,),
            label_visibility="collapsed",
        )


def _file_line() -> None:
    file = state.batch_file.get()
    if file is None:
        return
    with st.container(key="batch_file", horizontal=True, vertical_alignment="center", gap="xsmall"):
        name = ui_text.escaped(ui_text.isolated(ui_text.one_line(file.name, 40)))
        st.html(f'<p class="k-chip"><b>{name}</b> <span>instead of the prompt above</span></p>', width="content")
        st.button(
            "Remove the file",
            key="batch_file_remove",
            type="tertiary",
            icon=":material/close:",
            on_click=state.batch_file.set,
            args=(None,),
        )


@notify_errors
def _chosen(key: str) -> None:
    uploaded = st.session_state.get(key)
    if uploaded is None:
        return
    state.batch_file.set(state.BatchFile(uploaded.name, uploaded.getvalue()))
    state.batch_file_round.set(state.batch_file_round.get() + 1)
    state.field_note.set(None)
    st.session_state[CSV_BOX] = False
