"""Collections: putting items into one, its line above the grid, and looking after them all."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from kaimedia.domain import Collection
from kaimedia.errors import InvalidRequest
from kaimedia.studio import Studio, remove_collection_question
from kaimedia.ui import gallery_dialog_parts, gallery_facts, gallery_query, notices, state, words
from kaimedia.ui.shell import answering
from kaimedia.ui.state import Ask

CHOSEN, NEW_NAME, RENAMED = "collection_chosen", "collection_name", "collection_renamed"
MOST_PILLS = 16
MOST_NAME_CHARS = 80


def show_head(collection: Collection) -> None:
    """The line at the top of one collection: its name and what can be done with it."""
    with st.container(key="gallery_head", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(
            f'<div class="k-shelf"><h2>{words.escaped(collection.name)}</h2>'
            f"<p>Collection · {words.items(collection.count)}</p></div>",
            width="content",
        )
        with st.container(horizontal=True, horizontal_alignment="right", gap="medium", key="collection_doors"):
            _door("Rename", "edit", Ask("rename", collection_id=collection.id), "head")
            _door("Remove", "delete", Ask("remove", collection_id=collection.id), "head")


def _door(label: str, icon: str, ask: Ask, place: str) -> None:
    st.button(
        label,
        key=f"collection_{ask.what}_{place}_{ask.collection_id}",
        type="tertiary",
        icon=f":material/{icon}:",
        on_click=state.gallery_ask.set,
        args=(ask,),
    )


def ask_add(studio: Studio, ask: Ask) -> None:
    """Choose a collection for items, or make one."""
    known = {each.id: each for each in studio.collections()}
    with st.form("collect_form", border=False):
        if known:
            _choose(known, f"Put {words.items(len(ask.ids))} into")
        _name_field("Or into a new one" if known else f"Put {words.items(len(ask.ids))} into a new collection")
        notices.field_note("name")

        def add_them() -> None:
            name, chosen = _typed(), int(st.session_state.get(CHOSEN) or 0)
            if not name and not chosen:
                raise InvalidRequest("Choose a collection or name a new one.", field="name")
            add(studio, ask.ids, studio.find_or_make_collection(name).id if name else chosen)

        gallery_dialog_parts.submit("Add", "collect", add_them)


def _choose(known: dict[int, Collection], label: str) -> None:
    def said(each: int) -> str:
        return f"{words.isolated(words.plain_markdown(known[each].name))} {known[each].count:,}"

    if len(known) <= MOST_PILLS:
        st.pills(label, list(known), key=CHOSEN, format_func=said)
    else:
        st.selectbox(label, list(known), index=None, key=CHOSEN, format_func=said, placeholder="Choose one")


def _name_field(label: str) -> None:
    st.text_input(label, key=NEW_NAME, max_chars=MOST_NAME_CHARS, placeholder="Posters", autocomplete="off")


def _typed() -> str:
    return str(st.session_state.get(NEW_NAME) or "").strip()


def add(studio: Studio, ids: Sequence[int], collection_id: int) -> None:
    """Put items into a collection and say so. Raises NotFound. For callbacks only."""
    added = studio.add_to_collection(collection_id, ids)
    name = next((each.name for each in studio.collections() if each.id == collection_id), "")
    said = f"{words.items(added)} added to “{name}”." if added else f"Already in “{name}”."
    state.tell(said, icon=":material/collections_bookmark:")


def show_all(studio: Studio, ask: Ask) -> None:
    """Every collection: look at it, rename it, remove it; and a field for a new one."""
    collections = studio.collections()
    if not collections:
        st.markdown("No collections yet. Create one here, or select items in the gallery and press Add to collection.")
    for each in collections:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"collection_row_{each.id}"):
            st.html(f'<p class="k-row"><b>{words.escaped(each.name)}</b><span>{words.items(each.count)}</span></p>')
            st.button("Open", key=f"collection_open_{each.id}", type="tertiary", on_click=_open, args=(each.id,))
            _door("Rename", "edit", Ask("rename", collection_id=each.id), "row")
            _door("Remove", "delete", Ask("remove", collection_id=each.id), "row")
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


@answering
def _make(studio: Studio) -> None:
    state.field_note.set(None)
    gallery_facts.forget()
    try:
        studio.make_collection(_typed())
    except InvalidRequest as error:
        gallery_dialog_parts.note(error)


def ask_rename(studio: Studio, ask: Ask) -> None:
    """Another name for a collection."""
    collection = next((each for each in studio.collections() if each.id == ask.collection_id), None)
    if collection is None:
        st.markdown("This collection is gone.")
        return
    with st.form("rename_form", border=False):
        st.text_input("Name", collection.name, key=RENAMED, max_chars=MOST_NAME_CHARS, autocomplete="off")
        notices.field_note("name")

        def rename() -> None:
            studio.rename_collection(collection.id, str(st.session_state.get(RENAMED) or ""))

        gallery_dialog_parts.submit("Rename", "rename", rename)


def ask_remove(studio: Studio, ask: Ask) -> None:
    """The collection goes, its items stay."""
    collection = next((each for each in studio.collections() if each.id == ask.collection_id), None)
    if collection is None:
        st.markdown("This collection is gone.")
        return
    st.html(f"<p>{words.escaped(remove_collection_question(collection))}</p>")

    def remove() -> None:
        studio.remove_collection(collection.id)
        if state.gallery_collection.get() == collection.id:
            gallery_query.clear()
        state.tell(f"Collection “{collection.name}” removed.", icon=":material/collections_bookmark:")

    gallery_dialog_parts.buttons("Keep", "Remove", "remove", remove)
