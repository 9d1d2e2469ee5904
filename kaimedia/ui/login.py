"""Access to the pages: who may see them, signing in and out."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.errors import StreamlitAuthError

from kaimedia import runtime
from kaimedia.domain import utc_now
from kaimedia.errors import ConfigError
from kaimedia.security import access_guide, identity_provider
from kaimedia.security.access import LOCAL, LOGIN, Access, Verdict, Visitor, is_proxy_header
from kaimedia.ui import framework, ui_text
from kaimedia.ui.shell import notify_errors

_SIGN_IN, _REFUSED, _PROBLEM = "sign_in_id", "refused_sign_in", "sign_in_problem"
_MAX_LOGGED_CHARS = 254  # the longest email address
LOG = logging.getLogger(__name__)
_SETUP = (
    "The owner has to fill in the [auth] section of .streamlit/secrets.toml; Streamlit’s docs on st.login explain it."
)
_PROVIDER_PROBLEM = (
    "The identity provider cannot be used right now. Try again in a minute. If it stays like this, tell the owner: "
    "the app’s log says what is wrong."
)


def is_needed() -> bool:
    """True when users have to sign in."""
    return runtime.access().mode == LOGIN


def lets_in() -> bool:
    """True when this user may see the pages; otherwise draws what to do. Runs before any page's code."""
    try:
        access = runtime.access()
    except ConfigError as error:
        LOG.warning("%s", error)
        _card(access_guide.SETTINGS_ERROR, f"{error.message} {error.next_step}")
        return False
    if not runtime.media_routes_are_mounted() and access.judge(_visitor()) is not Verdict.ADMITTED:
        # A host that runs the pages as a plain script bypasses our firewall, so apply the same rule here.
        _show_guide(access)
        return False
    return _is_member(access) if access.mode == LOGIN else True


def _visitor() -> Visitor:
    """The visitor of this session; Streamlit gives no address for this machine itself."""
    headers = st.context.headers
    ip = st.context.ip_address
    host = headers.get("Host")
    return Visitor(
        peer=ip if isinstance(ip, str) else None,
        # A test harness has no headers at all; a browser always sends a host.
        hosts=(host,) if host else ("localhost",),
        is_proxied=any(is_proxy_header(name) for name in headers),
    )


def shown_host() -> str:
    """The host name that this visitor used, or a placeholder."""
    forwarded = st.context.headers.get("X-Forwarded-Host")
    return access_guide.shown_host(_visitor(), (forwarded,) if forwarded else ())


def _show_guide(access: Access) -> None:
    """The firewall's page, drawn with Streamlit."""
    is_closed = access.mode == LOCAL
    with _card(
        "This app is not open to others yet" if is_closed else "This app is not set up for this address yet",
        access_guide.SETTINGS_LINE,
    ):
        for choice in access_guide.choices(shown_host()):
            st.markdown(f"**{choice.title}.** {choice.meaning}")
            st.code(choice.secrets_text, language=None, wrap_lines=True)
        st.markdown(" → ".join(f"**{step}**" for step in access_guide.STEPS))
        st.caption(f"{access_guide.DOCUMENT} {access_guide.WITHOUT_SECRETS_PAGE}")


def _is_member(access: Access) -> bool:
    sections = _sections()
    if not sections:
        _card("Sign-in is not set up yet", _SETUP)
        return False
    if not st.user.get("is_logged_in"):
        with _card("Welcome to Kai.ai", "Sign in to generate images and videos."):
            _sign_in_buttons(sections)
        return False
    if (sign_in := sign_in_id()) and runtime.context().stores.sign_outs.ended({sign_in}):
        with _card("You are signed out", "Sign in again to generate images and videos."):
            _sign_in_buttons(sections)
        return False
    is_verified = st.user.get("email_verified") in (True, "true")
    if access.allows_email(email(), is_verified=is_verified):
        return True
    _refuse(email(), is_verified=is_verified)
    return False


def _refuse(who: str | None, *, is_verified: bool) -> None:
    """Say why, and log it once for each session: the owner needs the address, and nobody else reads the log."""
    if who is None:
        text, reason = "Your identity provider has not reported an email address. Ask the owner.", "no email address"
    elif not is_verified:
        text = f"Your identity provider has not confirmed {who}. Confirm the address there, then sign in again."
        reason = "the identity provider has not verified the address"
    else:
        text = f"{who} is not on the list of people with access. Ask the owner to add this address."
        reason = "not in KAIMEDIA_ALLOWED_EMAILS"
    if st.session_state.get(_REFUSED) != (who, reason):
        st.session_state[_REFUSED] = (who, reason)
        LOG.warning("sign-in refused: %s: %s", ascii((who or "")[:_MAX_LOGGED_CHARS]), reason)
    with _card("You don’t have access", text):
        st.button("Use another account", on_click=sign_out, key="sign_out", icon=":material/logout:")


def email() -> str | None:
    """The signed-in user's email address."""
    found = st.user.get("email")
    return found if isinstance(found, str) else None


def show_account() -> None:
    """Show who is signed in, and Sign out."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.html(
            f'<p class="k-status" data-tone="mint"><span class="k-tone">{ui_text.escaped(email() or "")}</span></p>'
        )
        st.button("Sign out", on_click=sign_out, key="sign_out", icon=":material/logout:")


def sign_in_id() -> str:
    """The id of this session's sign-in; "" without one. A session keeps the cookies it started with."""
    if not is_needed():
        return ""
    known = st.session_state.get(_SIGN_IN)
    if known is None:
        found = framework.read_sign_in(st.context.cookies)
        known = st.session_state[_SIGN_IN] = found.id if found else ""
    return str(known)


@notify_errors
def sign_out() -> None:
    """End this sign-in: here, in other tabs, and for its cookie and signed media URLs."""
    if sign_in := sign_in_id():
        runtime.context().stores.sign_outs.end(sign_in, utc_now())
    st.logout()


def _sections() -> list[str]:
    """The identity providers that are set up, by name; `default` for one without."""
    try:
        auth = st.secrets.get("auth")
    except FileNotFoundError:  # no secrets at all
        return []
    if not auth:
        return []
    named = [name for name, section in auth.items() if hasattr(section, "get") and "client_id" in section]
    return ["default"] if "client_id" in auth else named


def _sign_in_buttons(sections: list[str]) -> None:
    for name in sections:
        is_only = name == "default"
        st.button(
            "Sign in" if is_only else f"Sign in with {name.title()}",
            type="primary",
            key=f"sign_in_{name}",
            icon=":material/login:",
            on_click=_sign_in,
            args=(None if is_only else name,),
        )


@notify_errors
def _sign_in(provider: str | None) -> None:
    try:
        if metadata_url := _section(provider).get("server_metadata_url"):
            table = f"auth.{provider}" if provider else "auth"
            identity_provider.check(str(metadata_url), setting=f"server_metadata_url under [{table}]")
        st.login(provider)
    except ConfigError as error:
        LOG.error("sign-in: %s %s", error.message, error.next_step)
        st.session_state[_PROBLEM] = _PROVIDER_PROBLEM
    except StreamlitAuthError as error:
        LOG.error("sign-in is misconfigured: %s", error)
        st.session_state[_PROBLEM] = _SETUP


def _section(provider: str | None) -> Mapping[str, Any]:
    auth = st.secrets["auth"]
    section: Mapping[str, Any] = auth[provider] if provider else auth
    return section


def _card(title: str, text: str) -> DeltaGenerator:
    """The only card on the page; returns it for more content."""
    st.space("xlarge")
    with st.container(horizontal_alignment="center", key="sign_in"):
        card = st.container(width=440, gap="medium", key="sign_in_card", horizontal_alignment="center")
    card.html(
        '<div class="k-page-head k-sign-in"><div class="k-ring"></div>'
        f"<h1>{ui_text.escaped(title)}</h1><p>{ui_text.escaped(text)}</p></div>"
    )
    if problem := st.session_state.pop(_PROBLEM, ""):
        card.html(f'<div class="k-problem" role="alert"><b>Sign-in isn’t working.</b><span>{problem}</span></div>')
    return card
