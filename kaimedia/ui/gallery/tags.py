"""Tags: adding them to items, and managing existing tags."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from kaimedia.errors import InvalidRequest
from kaimedia.studio import Studio
from kaimedia.ui import notices, state, ui_text
from kaimedia.ui.gallery import dialog_parts as gallery_dialog_parts
from kaimedia.ui.gallery import query as gallery_query
from kaimedia.ui.shell import notify_errors
from kaimedia.ui.state import OpenDialog

CHOSEN, NEW = "tags_chosen", "tags_new"
MAX_OFFERED = 24
MAX_SHOWN = 60


def ask_add(studio: Studio, dialog: OpenDialog) -> None:
    """Choose existing or new tags for items."""
    counts = dict(studio.collections.tags()[:MAX_OFFERED])
    with st.form("tag_form", border=False):
        if counts:
            st.pills(
                f"Tags for {ui_text.items(len(dialog.ids))}",
                list(counts),
                key=CHOSEN,
                selection_mode="multi",
                format_func=lambda name: f"{ui_text.isolated(ui_text.plain_markdown(name))} {counts[name]:,}",
            )
        st.text_input(
            "New tags, separated by commas"
            if counts
            else f"Tags for {ui_text.items(len(dialog.ids))}, separated by commas",
            key=NEW,
            placeholder="night, poster, for Ada",
            autocomplete="off",
        )
        notices.field_note("tags")

        def add_them() -> None:
            typed = str(st.session_state.get(NEW) or "").split(",")
            names = [*(st.session_state.get(CHOSEN) or ()), *filter(None, map(str.strip, typed))]
            if not names:
                raise InvalidRequest("Choose a tag or type a new one.", field="tags")
            add(studio, dialog.ids, names)

        gallery_dialog_parts.submit("Add tags", "tag", add_them)


def add(studio: Studio, ids: Sequence[int], names: Sequence[str]) -> None:
    """Add tags to items and notify the user. Raises InvalidRequest. For callbacks only."""
    studio.collections.add_tags(ids, names)
    on = f" on {ui_text.items(len(ids))}" if len(ids) > 1 else ""
    what = f"Tag “{names[0]}”" if len(names) == 1 else f"{len(names)} tags"
    state.notify(f"{what} added{on}.", icon=":material/sell:")


def show_all(studio: Studio, dialog: OpenDialog) -> None:
    """All tags with their counts; show the items of one, or remove it everywhere."""
    tags = studio.collections.tags()
    if not tags:
        st.markdown("No tags yet. Select items in the gallery and press Tag.")
        return
    for place, (name, count) in enumerate(tags[:MAX_SHOWN]):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"tag_row_{place}"):
            st.html(f'<p class="k-row"><b>{ui_text.escaped(name)}</b><span>{ui_text.items(count)}</span></p>')
            st.button("Show", key=f"tag_show_{place}", type="tertiary", on_click=_show, args=(name,))
            st.button("Remove", key=f"tag_remove_{place}", type="tertiary", on_click=_remove, args=(studio, name))
    if len(tags) > MAX_SHOWN:
        st.html(f'<p class="k-quiet">{len(tags) - MAX_SHOWN:,} more are listed under Filters.</p>')


def _show(name: str) -> None:
    gallery_query.clear()
    state.gallery_tag.set(name)
    gallery_dialog_parts.close()


@notify_errors
def _remove(studio: Studio, name: str) -> None:
    """Remove a tag everywhere, without confirmation, since it holds no other data."""
    state.notify(
        f"Tag “{name}” removed from {ui_text.items(studio.collections.remove_tag(name))}.", icon=":material/sell:"
    )
