"""A person's own styles: listed, renamed, deleted. Those that ship with the product cannot be changed."""

from __future__ import annotations

import streamlit as st

from kaimedia.errors import InvalidRequest, StoreError
from kaimedia.presets import Preset
from kaimedia.studio import Studio
from kaimedia.ui import gallery_dialog_parts, notices, state, undo_bar, words
from kaimedia.ui.shell import answering
from kaimedia.ui.state import Ask

RENAMED = "style_renamed"
MOST_NAME_CHARS = 40


def show_button() -> None:
    """The way from the list of all styles to `show_all`."""
    st.button(
        "Rename or delete your styles",
        key="styles_own",
        type="tertiary",
        icon=":material/edit:",
        on_click=_open,
        args=(Ask("styles"),),
    )


def show_all(studio: Studio, ask: Ask) -> None:
    """Each own style with what can be done to it."""
    own = [each for each in studio.presets().items if not each.is_ours]
    if not own:
        st.markdown("You have no styles of your own.")
    st.html(f"<style>{''.join(_painted(number, each) for number, each in enumerate(own))}</style>")
    with st.container(key="own_styles", gap="small"):
        for number, each in enumerate(own):
            _row(studio, number, each)


def _row(studio: Studio, number: int, style: Preset) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"style_row_{number}"):
        st.html(f'<p class="k-row"><i></i><b>{words.escaped(style.name)}</b></p>')
        st.button(
            "Rename",
            key=f"style_rename_{style.id}",
            type="tertiary",
            icon=":material/edit:",
            on_click=_open,
            args=(Ask("style_rename", style_id=style.id),),
        )
        st.button(
            "Delete",
            key=f"style_delete_{style.id}",
            type="tertiary",
            icon=":material/delete:",
            on_click=_delete,
            args=(studio, style.id),
        )
    notices.field_note(f"style {style.id}")


def ask_rename(studio: Studio, ask: Ask) -> None:
    """Another name for a style."""
    style = next((each for each in studio.presets().items if each.id == ask.style_id and not each.is_ours), None)
    if style is None:
        st.markdown("This style is gone.")
        return
    with st.form("style_rename_form", border=False):
        st.text_input("Name", style.name, key=RENAMED, max_chars=MOST_NAME_CHARS, autocomplete="off")
        notices.field_note("name")
        with st.container(horizontal=True, horizontal_alignment="right", key="style_rename_buttons"):
            st.form_submit_button(
                "Rename", key="style_rename_confirm", type="primary", on_click=_rename, args=(studio, style.id)
            )


def swatch(style: Preset) -> str:
    """What a style's card shows, as a CSS background: the example picture over its two colors."""
    first, second = style.colors
    colors = f"linear-gradient(135deg,{first},{second})"
    return f'url("{style.picture}") center/cover no-repeat,{colors}' if style.picture else colors


def _painted(number: int, style: Preset) -> str:
    return f".st-key-style_row_{number}{{--swatch:{swatch(style)}}}"


def _open(ask: Ask) -> None:
    state.field_note.set(None)
    state.styles_open.set(False)  # an open popover would lie over the dialog
    state.gallery_ask.set(ask)


@answering
def _rename(studio: Studio, style_id: str) -> None:
    name = str(st.session_state.get(RENAMED) or "")
    try:
        studio.rename_style(style_id, name)
    except (InvalidRequest, StoreError) as error:
        state.field_note.set(state.FieldNote("name", f"{error.message} {error.next_step}"))
        return
    gallery_dialog_parts.close()
    state.tell(f"Renamed to “{' '.join(name.split())}”.", icon=":material/palette:")


@answering
def _delete(studio: Studio, style_id: str) -> None:
    try:
        undo_bar.note_style(studio.delete_style(style_id))
    except StoreError as error:
        state.field_note.set(state.FieldNote(f"style {style_id}", f"{error.message} {error.next_step}"))
        return
    gallery_dialog_parts.close()
