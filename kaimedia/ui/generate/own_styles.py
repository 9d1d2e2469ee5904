"""The user's own styles: list, rename, delete. Styles that ship with the product cannot be changed."""

from __future__ import annotations

import streamlit as st

from kaimedia.errors import InvalidRequest, StoreError
from kaimedia.presets import Preset
from kaimedia.studio import Studio
from kaimedia.ui import notices, state, ui_text, undo_bar
from kaimedia.ui.gallery import dialog_parts as gallery_dialog_parts
from kaimedia.ui.shell import notify_errors
from kaimedia.ui.state import OpenDialog

RENAMED = "style_renamed"
MAX_NAME_CHARS = 40


def show_button() -> None:
    """The button that opens `show_all`."""
    st.button(
        "Rename or delete your styles",
        key="styles_own",
        type="tertiary",
        icon=":material/edit:",
        on_click=_open,
        args=(OpenDialog("styles"),),
    )


def show_all(studio: Studio, dialog: OpenDialog) -> None:
    """All own styles with Rename and Delete."""
    own = [each for each in studio.styles.all().items if not each.is_builtin]
    if not own:
        st.markdown("You have no styles of your own.")
    st.html(f"<style>{''.join(_painted(number, each) for number, each in enumerate(own))}</style>")
    with st.container(key="own_styles", gap="small"):
        for number, each in enumerate(own):
            _row(studio, number, each)


def _row(studio: Studio, number: int, style: Preset) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"style_row_{number}"):
        st.html(f'<p class="k-row"><i></i><b>{ui_text.escaped(style.name)}</b></p>')
        st.button(
            "Rename",
            key=f"style_rename_{style.id}",
            type="tertiary",
            icon=":material/edit:",
            on_click=_open,
            args=(OpenDialog("style_rename", style_id=style.id),),
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


def ask_rename(studio: Studio, dialog: OpenDialog) -> None:
    """Rename a style."""
    style = next(
        (each for each in studio.styles.all().items if each.id == dialog.style_id and not each.is_builtin), None
    )
    if style is None:
        st.markdown("This style was deleted.")
        return
    with st.form("style_rename_form", border=False):
        st.text_input("Name", style.name, key=RENAMED, max_chars=MAX_NAME_CHARS, autocomplete="off")
        notices.field_note("name")
        with st.container(horizontal=True, horizontal_alignment="right", key="style_rename_buttons"):
            st.form_submit_button(
                "Rename", key="style_rename_confirm", type="primary", on_click=_rename, args=(studio, style.id)
            )


def swatch(style: Preset) -> str:
    """A style's card as a CSS background: the example image over its two colors."""
    first, second = style.colors
    colors = f"linear-gradient(135deg,{first},{second})"
    return f'url("{style.image}") center/cover no-repeat,{colors}' if style.image else colors


def _painted(number: int, style: Preset) -> str:
    return f".st-key-style_row_{number}{{--swatch:{swatch(style)}}}"


def _open(dialog: OpenDialog) -> None:
    state.field_note.set(None)
    state.styles_open.set(False)  # an open popover would cover the dialog
    state.gallery_dialog.set(dialog)


@notify_errors
def _rename(studio: Studio, style_id: str) -> None:
    name = str(st.session_state.get(RENAMED) or "")
    try:
        studio.styles.rename(style_id, name)
    except (InvalidRequest, StoreError) as error:
        state.field_note.set(state.FieldNote("name", f"{error.message} {error.next_step}"))
        return
    gallery_dialog_parts.close()
    state.notify(f"Renamed to “{' '.join(name.split())}”.", icon=":material/palette:")


@notify_errors
def _delete(studio: Studio, style_id: str) -> None:
    try:
        undo_bar.note_style(studio.styles.delete(style_id))
    except StoreError as error:
        state.field_note.set(state.FieldNote(f"style {style_id}", f"{error.message} {error.next_step}"))
        return
    gallery_dialog_parts.close()
