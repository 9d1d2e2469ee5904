"""The door of the pages: who may see them, signing in and out."""

from __future__ import annotations

import logging

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.errors import StreamlitAuthError

from kaimedia import access_guide, bootstrap
from kaimedia.access import LOCAL, LOGIN, Access, Verdict, Visitor, is_proxy_header
from kaimedia.domain import utc_now
from kaimedia.ui import framework, words
from kaimedia.ui.shell import answering

_SIGN_IN = "sign_in_id"
LOG = logging.getLogger(__name__)
_SETUP = "Its owner has to fill in the [auth] section of .streamlit/secrets.toml, as Streamlit's docs on st.login say."


def is_needed() -> bool:
    """True when people have to sign in."""
    return bootstrap.access().mode == LOGIN


def lets_in() -> bool:
    """True when this person may see the pages; draws what to do otherwise. Stands before any page's code.

    Raises:
        ConfigError: the settings cannot be read.
    """
    access = bootstrap.access()
    if not bootstrap.media_routes_are_mounted() and access.judge(_visitor()) is not Verdict.ADMITTED:
        # A host that runs the pages as a plain script leaves our firewall out: the same rule stands here.
        _show_guide(access)
        return False
    return _is_member(access) if access.mode == LOGIN else True


def _visitor() -> Visitor:
    """Who is at the other end of this session; Streamlit gives no address for this machine's own."""
    headers = st.context.headers
    ip = st.context.ip_address
    host = headers.get("Host")
    return Visitor(
        peer=ip if isinstance(ip, str) else None,
        # A test harness has no headers at all; a browser always sends a host.
        hosts=(host,) if host else ("localhost",),
        is_proxied=any(is_proxy_header(name) for name in headers),
    )


def _show_guide(access: Access) -> None:
    """What the firewall's page says, drawn by Streamlit."""
    is_closed = access.mode == LOCAL
    with _door(
        "This app is not open to others yet" if is_closed else "This app is not set up for this address yet",
        access_guide.SETTINGS_LINE,
    ):
        st.markdown(" → ".join(f"**{step}**" for step in access_guide.WHERE))
        forwarded = st.context.headers.get("X-Forwarded-Host")
        for choice in access_guide.choices(access_guide.shown_host(_visitor(), (forwarded,) if forwarded else ())):
            st.markdown(f"**{choice.title}.** {choice.meaning}")
            st.code(choice.secrets_text, language="toml")
        st.caption(access_guide.WITHOUT_SECRETS_PAGE)


def _is_member(access: Access) -> bool:
    sections = _sections()
    if not sections:
        _door("Sign-in is not set up yet", _SETUP)
        return False
    if not st.user.get("is_logged_in"):
        with _door("Welcome to Kai.ai", "Sign in to make images and videos."):
            _sign_in_buttons(sections)
        return False
    if (sign_in := sign_in_id()) and bootstrap.house().sign_outs.ended({sign_in}):
        with _door("You signed out", "Sign in again to make images and videos."):
            _sign_in_buttons(sections)
        return False
    if access.lets_in(email(), is_verified=st.user.get("email_verified") in (True, "true")):
        return True
    who = email() or "This account"
    with _door(
        "You are not on the list", f"{who} may not use this studio. Ask its owner to add your verified address."
    ):
        st.button("Use another account", on_click=sign_out, key="sign_out", icon=":material/logout:")
    return False


def email() -> str | None:
    """The address of who is signed in."""
    found = st.user.get("email")
    return found if isinstance(found, str) else None


def show_account() -> None:
    """Who is signed in, and the way out."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.html(f'<p class="k-status" data-tone="mint"><span class="k-tone">{words.escaped(email() or "")}</span></p>')
        st.button("Sign out", on_click=sign_out, key="sign_out", icon=":material/logout:")


def sign_in_id() -> str:
    """Names the sign-in this session belongs to; "" for nobody's. A session keeps the cookies it began with."""
    if not is_needed():
        return ""
    known = st.session_state.get(_SIGN_IN)
    if known is None:
        found = framework.read_sign_in(st.context.cookies)
        known = st.session_state[_SIGN_IN] = found.id if found else ""
    return str(known)


@answering
def sign_out() -> None:
    """End this sign-in: here, in its other tabs, for its cookie and for the media addresses made for it."""
    if sign_in := sign_in_id():
        bootstrap.house().sign_outs.end(sign_in, utc_now())
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


@answering
def _sign_in(provider: str | None) -> None:
    try:
        st.login(provider)
    except StreamlitAuthError as error:
        LOG.error("sign-in is not set up well: %s", error)
        st.session_state["sign_in_problem"] = True


def _door(title: str, text: str) -> DeltaGenerator:
    """The one thing on the page; more may be put into it."""
    st.space("xlarge")
    with st.container(horizontal_alignment="center", key="door"):
        card = st.container(width=440, gap="medium", key="card_door", horizontal_alignment="center")
    card.html(
        '<div class="k-page-head k-door"><div class="k-ring"></div>'
        f"<h1>{words.escaped(title)}</h1><p>{words.escaped(text)}</p></div>"
    )
    if st.session_state.pop("sign_in_problem", False):
        card.html(f'<div class="k-problem" role="alert"><b>Sign-in does not work.</b><span>{_SETUP}</span></div>')
    return card
