"""The provider key: where it comes from, whether it works, saving and removing it, the balance."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import utc_now
from kaimedia.errors import InvalidRequest
from kaimedia.jobs.providers import KeyCheck, ProviderState
from kaimedia.studio import Studio
from kaimedia.ui import notices, state, words
from kaimedia.ui.shell import answering

FIELD = "new_api_key"
SOURCES = {"settings": "saved here, encrypted", "environment": "from the environment", ".env": "from .env"}


def show(studio: Studio) -> None:
    """Draw the key's status and its form."""
    provider = studio.provider_state()
    st.html(_status(provider))
    with (
        st.form("key_form", border=False, enter_to_submit=True, clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"),
    ):
        st.text_input("kie.ai API key", type="password", key=FIELD, placeholder="Paste your key", autocomplete="off")
        st.form_submit_button("Save key", type="primary", on_click=_save, args=(studio,), key="save_key")
    notices.field_note("api_key")
    if provider.key_source == "settings":
        st.button(
            "Remove key", key="remove_key", icon=":material/delete:", type="tertiary", on_click=_remove, args=(studio,)
        )
    st.html('<p class="k-quiet">A key is checked with a free balance call before it is kept.</p>')


def _status(provider: ProviderState) -> str:
    if provider.key_source is None:
        return '<p class="k-status" data-tone="amber">No key yet. The sandbox is in use, nothing is charged.</p>'
    hint = f" <code>•••• {words.escaped(provider.key_hint)}</code>" if provider.key_hint else ""
    source = words.escaped(SOURCES.get(provider.key_source, f"from {provider.key_source}"))
    tone, text = _tone(provider.check)
    return (
        f'<p class="k-status" data-tone="{tone}"><span class="k-tone">{words.escaped(text)}'
        f"<span> · {source}{hint}</span></span></p>"
    )


def _tone(check: KeyCheck) -> tuple[str, str]:
    when = f" · checked {words.ago(check.checked_at, utc_now())}" if check.checked_at else ""
    if check.is_ok:
        return "mint", f"Connected{when}"
    if check.is_ok is False:
        return "red", "This key was refused"
    return "gray", f"Not reached{when}. {check.message}" if check.message else "Not checked yet"


@answering
def _save(studio: Studio) -> None:
    state.field_note.set(None)
    key = st.session_state.get(FIELD) or ""
    st.session_state[FIELD] = ""  # the session keeps no key
    try:
        check = studio.save_key(key)
    except InvalidRequest as error:
        state.field_note.set(state.FieldNote("api_key", f"{error.message} {error.next_step}"))
        return
    if check.is_ok is False:
        state.field_note.set(
            state.FieldNote("api_key", f"This key was refused and not saved. {check.message or ''}".strip())
        )
    elif check.is_ok is None:
        state.tell(f"Key saved. It could not be checked: {check.message}", icon=":material/key:")
    else:
        state.tell("Key saved. New tasks go to kie.ai.", icon=":material/check_circle:")


@answering
def _remove(studio: Studio) -> None:
    studio.remove_key()
    state.field_note.set(None)
    state.tell("Key removed.", icon=":material/check_circle:")


def show_balance(studio: Studio) -> None:
    """Where new tasks go, and what is left to spend."""
    provider = studio.provider_state()
    balance = provider.check.balance_credits
    where = "Sandbox on this machine" if provider.is_sandbox else "kie.ai"
    text = f"{balance:,.0f} credits" if balance is not None else "Not asked yet"
    if balance is not None and not provider.is_sandbox:
        text += f" · about ${balance * words.USD_PER_CREDIT:,.2f}"
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.html(
            f'<dl class="k-facts"><dt>New tasks go to</dt><dd>{where}</dd>'
            f"<dt>Balance</dt><dd>{words.escaped(text)}</dd></dl>"
        )
        st.button("Refresh", key="refresh_balance", icon=":material/refresh:", on_click=_refresh, args=(studio,))


@answering
def _refresh(studio: Studio) -> None:
    check = studio.check_key()
    if check.is_ok:
        state.tell("Balance is up to date.", icon=":material/check_circle:")
    else:
        state.tell(check.message or "The provider did not answer.", icon=":material/error:", is_error=True)
