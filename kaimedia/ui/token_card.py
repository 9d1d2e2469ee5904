"""The token of the REST API: whether there is one, making and revoking it. A fresh one is shown once."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import utc_now
from kaimedia.studio import Studio
from kaimedia.studio.tokens import TokenState
from kaimedia.ui import media_urls, state, words
from kaimedia.ui.shell import answering


def show(studio: Studio) -> None:
    """Draw the token's status and its buttons."""
    token = studio.api_token_state()
    st.html(_status(token))
    if fresh := state.fresh_token.take():
        st.html('<p class="k-quiet">Copy it now: it is not kept here and will not be shown again.</p>')
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
        st.html('<p class="k-quiet">A new token ends the one before at once.</p>')
    if media_urls.are_routed():  # relative, so that it holds below a path
        st.html('<p class="k-quiet"><a href="api/docs" target="_blank">API documentation</a></p>')


def _status(token: TokenState) -> str:
    if not token.is_set:
        return (
            '<p class="k-status" data-tone="gray"><span class="k-tone">No token'
            "<span> · only programs on this machine may call the API</span></span></p>"
        )
    hint = f" <code>•••• {words.escaped(token.hint)}</code>" if token.hint else ""
    if token.source == "settings":
        since = f" · created {words.ago(token.made_at, utc_now())}" if token.made_at else ""
    else:
        since = f" · from {words.escaped(token.source or '')}"
    return (
        '<p class="k-status" data-tone="mint"><span class="k-tone">Every call needs the token'
        f"<span>{since}{hint}</span></span></p>"
    )


@answering
def _make(studio: Studio) -> None:
    state.fresh_token.set(studio.make_api_token())
    state.tell("Token created. Copy it now.", icon=":material/vpn_key:")


@answering
def _revoke(studio: Studio) -> None:
    studio.revoke_api_token()
    state.tell("Token revoked. Calls with it are refused from now on.", icon=":material/check_circle:")
