"""Tags: adding them to items, and looking after those there are."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from kaimedia.errors import InvalidRequest
from kaimedia.studio import Studio
from kaimedia.ui import gallery_dialog_parts, gallery_query, notices, state, words
from kaimedia.ui.shell import answering
from kaimedia.ui.state import Ask

CHOSEN, NEW = "tags_chosen", "tags_new"
MOST_OFFERED = 24
MOST_SHOWN = 60


def ask_add(studio: Studio, ask: Ask) -> None:
    """Choose tags for items, known ones or new."""
    counts = dict(studio.tags()[:MOST_OFFERED])
    with st.form("tag_form", border=False):
        if counts:
            st.pills(
                f"Tags for {words.items(len(ask.ids))}",
                list(counts),
                key=CHOSEN,
                selection_mode="multi",
                format_func=lambda name: f"{words.isolated(words.plain_markdown(name))} {counts[name]:,}",
            )
        st.text_input(
            "New tags, with commas between them" if counts else f"Tags for {words.items(len(ask.ids))}, with commas",
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
            add(studio, ask.ids, names)

        gallery_dialog_parts.submit("Add tags", "tag", add_them)


def add(studio: Studio, ids: Sequence[int], names: Sequence[str]) -> None:
    """Put tags on items and say so. Raises InvalidRequest. For callbacks only."""
    studio.add_tags(ids, names)
    on = f" on {words.items(len(ids))}" if len(ids) > 1 else ""
    what = f"Tag “{names[0]}”" if len(names) == 1 else f"{len(names)} tags"
    state.tell(f"{what} added{on}.", icon=":material/sell:")


def show_all(studio: Studio, ask: Ask) -> None:
    """Every tag with its number; look at one, or remove it from everything."""
    tags = studio.tags()
    if not tags:
        st.markdown("No tags yet. Select items in the gallery and press Tag.")
        return
    for place, (name, count) in enumerate(tags[:MOST_SHOWN]):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"tag_row_{place}"):
            st.html(f'<p class="k-row"><b>{words.escaped(name)}</b><span>{words.items(count)}</span></p>')
            st.button("Show", key=f"tag_show_{place}", type="tertiary", on_click=_show, args=(name,))
            st.button("Remove", key=f"tag_remove_{place}", type="tertiary", on_click=_remove, args=(studio, name))
    if len(tags) > MOST_SHOWN:
        st.html(f'<p class="k-quiet">{len(tags) - MOST_SHOWN:,} more are in the list behind Filters.</p>')


def _show(name: str) -> None:
    gallery_query.clear()
    state.gallery_tag.set(name)
    gallery_dialog_parts.close()


@answering
def _remove(studio: Studio, name: str) -> None:
    """A tag carries nothing else: taking it off everything asks no question."""
    state.tell(f"Tag “{name}” removed from {words.items(studio.remove_tag(name))}.", icon=":material/sell:")
