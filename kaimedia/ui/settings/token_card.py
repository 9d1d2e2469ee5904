"""The REST API token: its status, creating and revoking it. A new token is shown once."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import utc_now
from kaimedia.studio import Studio
from kaimedia.studio.tokens import TokenState
from kaimedia.ui import state, ui_text
from kaimedia.ui.components import media_urls
from kaimedia.ui.shell import notify_errors


def show(studio: Studio) -> None:
    """Draw the token's status and its buttons."""
    token = studio.tokens.state()
    st.html(_status(token))
    if fresh := state.fresh_token.take():
        st.html('<p class="k-quiet">Copy it now. It is not stored and will not be shown again.</p>')
        st.code(fresh, language=None, wrap_lines=True)
    is_ours = token.source == "settings"
    with st.container(horizontal=True, gap="xsmall"):
        label = "Create new token" if is_ours else "Create token"
        st.button(label, key="make_token", icon=":material/vpn_key:", on_click=_make, args=(studio,))
        if is_ours:
            st.button(
                "Revoke",
                key="revoke_token",
                icon=":material/delete:",
                type="tertiary",
                on_click=_revoke,
                args=(studio,),
            )
    if is_ours:
        st.html('<p class="k-quiet">A new token replaces the current one immediately.</p>')
    if media_urls.are_routed():  # relative, so that it works below a sub-path
        st.html('<p class="k-quiet"><a href="api/docs" target="_blank">API documentation</a></p>')


def _status(token: TokenState) -> str:
    if not token.is_set:
        return (
            '<p class="k-status" data-tone="gray"><span class="k-tone">No token'
            "<span> · only programs on this machine can use the API</span></span></p>"
        )
    hint = f" <code>•••• {ui_text.escaped(token.hint)}</code>" if token.hint else ""
    if token.source == "settings":
        since = f" · created {ui_text.ago(token.made_at, utc_now())}" if token.made_at else ""
    else:
        since = f" · from {ui_text.escaped(token.source or '')}"
    return (
        '<p class="k-status" data-tone="mint"><span class="k-tone">Every request needs the token'
        f"<span>{since}{hint}</span></span></p>"
    )


@notify_errors
def _make(studio: Studio) -> None:
    state.fresh_token.set(studio.tokens.create())
    state.notify("Token created. Copy it now.", icon=":material/vpn_key:")


@notify_errors
def _revoke(studio: Studio) -> None:
    studio.tokens.revoke()
    state.notify("Token revoked. Requests that use it are now rejected.", icon=":material/check_circle:")
