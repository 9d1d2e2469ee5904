"""Collections: adding items, the heading above the grid, and managing all collections."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from kaimedia.domain import Collection
from kaimedia.errors import InvalidRequest
from kaimedia.studio import Studio, delete_collection_question
from kaimedia.ui import notices, state, ui_text
from kaimedia.ui.gallery import dialog_parts as gallery_dialog_parts
from kaimedia.ui.gallery import facts as gallery_facts
from kaimedia.ui.gallery import query as gallery_query
from kaimedia.ui.shell import notify_errors
from kaimedia.ui.state import OpenDialog

CHOSEN, NEW_NAME, RENAMED = "collection_chosen", "collection_name", "collection_renamed"
MAX_PILLS = 16
MAX_NAME_CHARS = 80


def show_head(collection: Collection) -> None:
    """The heading of one collection: its name and actions."""
    with st.container(key="gallery_head", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(
            f'<div class="k-view-head"><h2>{ui_text.escaped(collection.name)}</h2>'
            f"<p>Collection · {ui_text.items(collection.count)}</p></div>",
            width="content",
        )
        with st.container(horizontal=True, horizontal_alignment="right", gap="medium", key="collection_actions"):
            _dialog_button("Rename", "edit", OpenDialog("rename", collection_id=collection.id), "head")
            _dialog_button("Delete", "delete", OpenDialog("delete", collection_id=collection.id), "head")


def _dialog_button(label: str, icon: str, dialog: OpenDialog, place: str) -> None:
    st.button(
        label,
        key=f"collection_{dialog.what}_{place}_{dialog.collection_id}",
        type="tertiary",
        icon=f":material/{icon}:",
        on_click=state.gallery_dialog.set,
        args=(dialog,),
    )


def ask_add(studio: Studio, dialog: OpenDialog) -> None:
    """Choose a collection for items, or create one."""
    known = {each.id: each for each in studio.collections.all()}
    with st.form("collect_form", border=False):
        if known:
            _choose(known, f"Add {ui_text.items(len(dialog.ids))} to")
        _name_field("Or to a new collection" if known else f"Add {ui_text.items(len(dialog.ids))} to a new collection")
        notices.field_note("name")

        def add_them() -> None:
            name, chosen = _typed(), int(st.session_state.get(CHOSEN) or 0)
            if not name and not chosen:
                raise InvalidRequest("Choose a collection or name a new one.", field="name")
            add(studio, dialog.ids, studio.collections.find_or_create(name).id if name else chosen)

        gallery_dialog_parts.submit("Add", "collect", add_them)


def _choose(known: dict[int, Collection], label: str) -> None:
    def label_of(each: int) -> str:
        return f"{ui_text.isolated(ui_text.plain_markdown(known[each].name))} {known[each].count:,}"

    if len(known) <= MAX_PILLS:
        st.pills(label, list(known), key=CHOSEN, format_func=label_of)
    else:
        st.selectbox(label, list(known), index=None, key=CHOSEN, format_func=label_of, placeholder="Choose one")


def _name_field(label: str) -> None:
    st.text_input(label, key=NEW_NAME, max_chars=MAX_NAME_CHARS, placeholder="Posters", autocomplete="off")


def _typed() -> str:
    return str(st.session_state.get(NEW_NAME) or "").strip()


def add(studio: Studio, ids: Sequence[int], collection_id: int) -> None:
    """Add items to a collection and notify the user. Raises NotFound. For callbacks only."""
    added = studio.collections.add(collection_id, ids)
    name = next((each.name for each in studio.collections.all() if each.id == collection_id), "")
    text = f"{ui_text.items(added)} added to “{name}”." if added else f"Already in “{name}”."
    state.notify(text, icon=":material/collections_bookmark:")


def show_all(studio: Studio, dialog: OpenDialog) -> None:
    """All collections with Open, Rename and Delete, and a field for a new one."""
    collections = studio.collections.all()
    if not collections:
        st.markdown("No collections yet. Create one here, or select items in the gallery and press Add to collection.")
    for each in collections:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"collection_row_{each.id}"):
            st.html(f'<p class="k-row"><b>{ui_text.escaped(each.name)}</b><span>{ui_text.items(each.count)}</span></p>')
            st.button("Open", key=f"collection_open_{each.id}", type="tertiary", on_click=_open, args=(each.id,))
            _dialog_button("Rename", "edit", OpenDialog("rename", collection_id=each.id), "row")
            _dialog_button("Delete", "delete", OpenDialog("delete", collection_id=each.id), "row")
    with (
        st.form("collection_form", border=False, clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"),
    ):
        _name_field("New collection")
        st.form_submit_button("Create", key="collection_make", on_click=_make, args=(studio,))
    notices.field_note("name")


def _open(collection_id: int) -> None:
    gallery_query.show_collection(collection_id)
    gallery_dialog_parts.close()


@notify_errors
def _make(studio: Studio) -> None:
    state.field_note.set(None)
    gallery_facts.forget()
    try:
        studio.collections.create(_typed())
    except InvalidRequest as error:
        gallery_dialog_parts.note(error)


def ask_rename(studio: Studio, dialog: OpenDialog) -> None:
    """Rename a collection."""
    collection = next((each for each in studio.collections.all() if each.id == dialog.collection_id), None)
    if collection is None:
        st.markdown("This collection was deleted.")
        return
    with st.form("rename_form", border=False):
        st.text_input("Name", collection.name, key=RENAMED, max_chars=MAX_NAME_CHARS, autocomplete="off")
        notices.field_note("name")

        def rename() -> None:
            studio.collections.rename(collection.id, str(st.session_state.get(RENAMED) or ""))

        gallery_dialog_parts.submit("Rename", "rename", rename)


def ask_delete(studio: Studio, dialog: OpenDialog) -> None:
    """Confirm deleting a collection; its items stay."""
    collection = next((each for each in studio.collections.all() if each.id == dialog.collection_id), None)
    if collection is None:
        st.markdown("This collection was deleted.")
        return
    st.html(f"<p>{ui_text.escaped(delete_collection_question(collection))}</p>")

    def delete() -> None:
        studio.collections.delete(collection.id)
        if state.gallery_collection.get() == collection.id:
            gallery_query.clear()
        state.notify(f"Collection “{collection.name}” deleted.", icon=":material/collections_bookmark:")

    gallery_dialog_parts.buttons("Delete", "delete", delete)
