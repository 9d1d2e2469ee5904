"""The API tokens: what each may do and when it was used, creating and revoking them. A new token is shown once."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import utc_now
from kaimedia.domain.api_token import ApiToken, TokenScope, scopes_in_order
from kaimedia.domain.limits import LimitScope, SpendingLimit
from kaimedia.errors import InvalidRequest
from kaimedia.studio import ConfiguredToken, Studio
from kaimedia.ui import notices, state, ui_text
from kaimedia.ui.components import media_urls
from kaimedia.ui.shell import notify_errors

NAME = "token_name"
_TEXTS = {TokenScope.READ: "read", TokenScope.GENERATE: "generate", TokenScope.MANAGE: "manage"}
# Every token can read.
_CHOICES = {
    TokenScope.GENERATE: ("Can generate", "Submit, retry and cancel tasks, and upload inputs"),
    TokenScope.MANAGE: ("Can manage", "Change settings, limits and the gallery, and delete"),
}
_name: state.Slot[str] = state.Slot(NAME, "")
_allowed = {scope: state.Slot(f"token_can_{scope}", default=True) for scope in _CHOICES}
_limit: state.Slot[float | None] = state.Slot("token_limit", None)


def show(studio: Studio) -> None:
    """Draw the tokens, and the fields for a new one."""
    configured, tokens = studio.tokens.configured(), studio.tokens.valid()
    st.html(_status(is_needed=configured is not None or bool(tokens)))
    if fresh := state.fresh_token.take():
        st.html('<p class="k-quiet">Copy it now. It is not stored and will not be shown again.</p>')
        st.code(fresh, language=None, wrap_lines=True)
    if configured is not None:
        st.html(_configured_line(configured))
    for token in tokens:
        _row(studio, token)
    _new_token(studio)
    if media_urls.are_routed():  # relative, so that it works below a sub-path
        st.html('<p class="k-quiet"><a href="api/docs" target="_blank">API documentation</a></p>')


def _status(*, is_needed: bool) -> str:
    if is_needed:
        return (
            '<p class="k-status" data-tone="mint"><span class="k-tone">Every request needs a token'
            "<span> · from this machine too</span></span></p>"
        )
    return (
        '<p class="k-status" data-tone="gray"><span class="k-tone">No token'
        "<span> · only programs on this machine can use the API</span></span></p>"
    )


def _configured_line(token: ConfiguredToken) -> str:
    hint = f" <code>•••• {ui_text.escaped(token.hint)}</code>" if token.hint else ""
    return f'<p class="k-quiet">From {ui_text.escaped(token.source)}{hint} · read, generate, manage</p>'


def _row(studio: Studio, token: ApiToken) -> None:
    with st.container(key=f"token_{token.token_id}", horizontal=True, gap="small", vertical_alignment="center"):
        st.html(_token_text(token), width="stretch")
        st.button(
            "Revoke",
            key=f"revoke_token_{token.token_id}",
            icon=":material/delete:",
            type="tertiary",
            help=f"Reject requests with {ui_text.plain_markdown(token.name)} from now on",
            on_click=_revoke,
            args=(studio, token),
        )


def _token_text(token: ApiToken) -> str:
    now = utc_now()
    used = f"used {ui_text.ago(token.last_used_at, now)}" if token.last_used_at else "never used"
    scopes = ", ".join(_TEXTS[scope] for scope in scopes_in_order(token.scopes))
    return (
        f'<div class="k-token"><b>{ui_text.escaped(token.name)}</b> <code>•••• {ui_text.escaped(token.hint)}</code>'
        f'<p class="k-quiet">{scopes} · created {ui_text.ago(token.made_at, now)} · {used}</p></div>'
    )


def _new_token(studio: Studio) -> None:
    st.text_input(
        "Name of the new token", key=_name.key, placeholder="The program that will use it", persist_state="session"
    )
    notices.field_note(NAME)
    with st.container(horizontal=True, gap="medium"):
        for scope, (label, help) in _CHOICES.items():
            st.checkbox(
                label, value=_allowed[scope].default, key=_allowed[scope].key, help=help, persist_state="session"
            )
    st.number_input(
        "Its limit each month, in credits",
        min_value=0.0,
        value=None,  # a field that can be empty
        step=1.0,
        format="%g",
        placeholder="No limit of its own",
        key=_limit.key,
        persist_state="session",
    )
    st.button("Create token", key="make_token", icon=":material/vpn_key:", on_click=_make, args=(studio,))


@notify_errors
def _make(studio: Studio) -> None:
    state.field_note.set(None)
    try:
        secret, token = studio.tokens.create(_name.get(), [scope for scope in _CHOICES if _allowed[scope].get()])
    except InvalidRequest as error:
        state.field_note.set(state.FieldNote(NAME, error.message, error.next_step))
        return
    state.fresh_token.set(secret)
    if (amount := _limit.get()) is not None:
        studio.limits.save_one(SpendingLimit(LimitScope.MONTH, credits=amount, token_id=token.token_id))
    _name.set("")
    _limit.set(None)
    state.notify("Token created. Copy it now.", icon=":material/vpn_key:")


@notify_errors
def _revoke(studio: Studio, token: ApiToken) -> None:
    studio.tokens.revoke(token.token_id)
    state.notify(f"Token “{token.name}” revoked. Requests with it are now rejected.", icon=":material/check_circle:")
