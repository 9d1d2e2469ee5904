"""The dialog that imports tasks by their ids at the provider."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain.imports import ImportResult, ImportState
from kaimedia.errors import InvalidRequest
from kaimedia.providers.registry import label_of, location_of
from kaimedia.studio import MAX_IMPORT_IDS, Studio, ids_in, import_text
from kaimedia.ui import notices, state, ui_text
from kaimedia.ui.shell import guarded, notify_errors
from kaimedia.ui.state import OpenDialog

DIALOG = "import"
IDS, KIND = "import_ids", "import_kind"
ANY = ""
REFRESH_S = 1.0  # while an import runs


def ask(studio: Studio, _dialog: OpenDialog) -> None:
    """Draw the form, and what became of each id of the newest import."""
    name = studio.account.state().name
    provider = label_of(name)
    kinds = {ANY: "Any kind", **studio.rescue.imports.kinds()}
    is_running = studio.rescue.imports.state().is_running
    text = (
        f"Brings tasks that were made {location_of(name)} into the gallery, also those from before this app or from "
        "elsewhere. It is free, and a task that is here already is never added again."
    )
    st.html(f'<p class="k-quiet">{ui_text.escaped(text)}</p>')
    with st.form("import_form", border=False):
        st.text_area(
            f"Task IDs from {provider}’s logs",
            key=IDS,
            placeholder=f"One, or up to {MAX_IMPORT_IDS} separated by spaces, commas or lines",
            height=120,
        )
        notices.field_note("provider_task_ids")
        st.selectbox("Kind of task", list(kinds), key=KIND, format_func=kinds.__getitem__)
        notices.field_note("family")
        with st.container(horizontal=True, horizontal_alignment="right", key="import_actions"):
            st.form_submit_button(
                "Import", key="import_confirm", type="primary", on_click=_begin, args=(studio,), disabled=is_running
            )
    st.fragment(_results, run_every=REFRESH_S if is_running else None)(studio, is_running)


@notify_errors
def _begin(studio: Studio) -> None:
    state.field_note.set(None)
    try:
        studio.rescue.imports.begin(
            ids_in(str(st.session_state.get(IDS) or "")), family=str(st.session_state.get(KIND) or "") or None
        )
    except InvalidRequest as error:
        state.field_note.set(state.FieldNote(error.field, error.message))


def _results(studio: Studio, was_running: bool) -> None:
    with guarded("import"):
        found = studio.rescue.imports.state()
        if was_running and not found.is_running:
            st.rerun()
        if not found.total:
            return
        st.html(f'<p class="k-import" role="status">{ui_text.escaped(summary(found))}</p>')
        if found.problem:
            st.html(f'<p class="k-field-note" role="alert">{ui_text.escaped(found.problem)}</p>')
        st.html(f'<ul class="k-names">{"".join(map(_line, found.results))}</ul>')


def summary(found: ImportState) -> str:
    """How far it is, and how many tasks are here now."""
    here = sum(result.outcome.is_here for result in found.results)
    if found.is_running:
        return f"Looking up… {len(found.results)} of {ui_text.counted(found.total, 'task')}"
    return f"{here} of {ui_text.counted(found.total, 'task')} in this app"


def _line(result: ImportResult) -> str:
    text = ui_text.escaped(import_text(result))
    return f"<li><code>{ui_text.escaped(result.provider_task_id)}</code> {text}</li>"
