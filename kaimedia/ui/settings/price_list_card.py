"""The provider's own price list in Settings: how old it is, what differs from ours, and a button to read it."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import utc_now
from kaimedia.providers.registry import label_of
from kaimedia.studio import PriceListState, Studio
from kaimedia.studio.listing_texts import named
from kaimedia.ui import state, ui_text
from kaimedia.ui.shell import guarded, notify_errors

REFRESH_S = 1.0  # while it is read


def show(studio: Studio) -> None:
    """Draw the facts and the button; while the list is read, the facts follow it."""
    found = studio.price_lists.state()
    st.fragment(_facts, run_every=REFRESH_S if found.is_running else None)(studio, found.is_running)
    st.button(
        f"Read {label_of(found.provider)}’s price list now",
        key="read_prices",
        icon=":material/sync:",
        disabled=found.is_running,
        on_click=_read,
        args=(studio,),
    )
    st.html('<p class="k-quiet">Read once a day while a key is set. Free. The newer of two lists counts.</p>')


def _facts(studio: Studio, was_running: bool) -> None:
    with guarded("price_list"):
        found = studio.price_lists.state()
        if was_running and not found.is_running:
            st.rerun()
        rows = "".join(
            f"<dt>{ui_text.escaped(name)}</dt><dd>{ui_text.escaped(text)}</dd>" for name, text in facts(found)
        )
        st.html(f'<dl class="k-facts k-paths">{rows}</dl>')
        if found.check.failure:
            when = ui_text.ago(found.check.failed_at, utc_now()) if found.check.failed_at else ""
            text = f"It could not be read {when}; the prices known before count. {found.check.failure}"
            st.html(f'<p class="k-status" data-tone="red" role="status">{ui_text.escaped(text)}</p>')


def facts(found: PriceListState) -> list[tuple[str, str]]:
    """Names and values, in the order they are shown."""
    read_at = found.check.checked_at
    last = "Reading…" if found.is_running else ui_text.ago(read_at, utc_now()) if read_at else "never"
    rows = [(f"{label_of(found.provider)}’s price list", last)]
    if read_at is None:
        return rows
    changed = f"{len(found.changed)}: {named(found.changed)}" if found.changed else "none"
    return [*rows, ("Other prices than ours", changed)]


@notify_errors
def _read(studio: Studio) -> None:
    studio.price_lists.reading.begin()
    state.notify("Reading the price list.", icon=":material/sync:")
