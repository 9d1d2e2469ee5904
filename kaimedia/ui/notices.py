"""Status messages: toasts, the sandbox banner, a rejected key, field errors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from kaimedia.studio import Outage, ProviderState, key_problem_text
from kaimedia.ui import navigation, state, ui_text


def show_waiting() -> None:
    """Show the notices queued by callbacks; errors stay until closed."""
    for notice in state.notices.take():
        link = f" [{ui_text.plain_markdown(notice.link[0])}]({notice.link[1]})" if notice.link else ""
        st.toast(
            ui_text.plain_markdown(notice.text) + link,
            icon=notice.icon,
            duration="infinite" if notice.is_error else "short",
        )


def provider_banner(provider: ProviderState, charging: Sequence[str] = ()) -> None:
    """The amber sandbox banner, or a red one when the current provider cannot be used; otherwise nothing.

    `charging` are the providers that are charged while the sandbox is in use.
    """
    if problem := key_problem_text(provider):
        _banner("provider_problem", "k-banner-red", problem, "Open settings", ":material/tune:")
    elif provider.is_sandbox and provider.is_fixed:
        _banner("sandbox_banner", "k-banner-amber", ui_text.SANDBOX_ONLY, "Open settings", ":material/tune:")
    elif provider.is_sandbox:
        _banner("sandbox_banner", "k-banner-amber", ui_text.sandbox_line(charging), "Add key", ":material/key:")


def outage(found: Outage | None, now: datetime) -> None:
    """The notice while the provider does not respond; otherwise nothing."""
    if found is not None:
        text = ui_text.outage_line(found.provider, found.waiting, (now - found.since).total_seconds())
        st.html(f'<p class="k-calm" role="status">{ui_text.escaped(text)}</p>')


def alert(title: str, text: str) -> None:
    """A red banner that starts with a title in bold. Both are plain text, with their full stops."""
    st.html(f'<p class="k-banner-red" role="status"><b>{ui_text.escaped(title)}</b> {ui_text.escaped(text)}</p>')


def _banner(key: str, css_class: str, text: str, action: str, icon: str) -> None:
    with st.container(key=key, horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<p class="{css_class}" role="status">{ui_text.escaped(text)}</p>')
        if st.button(action, icon=icon, key=f"{key}_open"):
            navigation.open_page("settings")


def field_note(*fields: str) -> None:
    """The error under a field, when the last response was about it."""
    note = state.field_note.get()
    if note is not None and note.field in fields:
        _draw_note(note)


def field_note_elsewhere(*fields: str) -> None:
    """The error about anything but these fields."""
    note = state.field_note.get()
    if note is not None and note.field not in fields:
        _draw_note(note)


def _draw_note(note: state.FieldNote) -> None:
    st.html(
        f'<p class="k-field-note" role="alert" data-field="{ui_text.escaped(note.field)}">'
        f"{ui_text.escaped(note.message)}</p>"
    )
