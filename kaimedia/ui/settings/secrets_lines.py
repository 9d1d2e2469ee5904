"""Lines to paste into Secrets: what keeps everything elsewhere, and what asks people to sign in."""

from __future__ import annotations

import streamlit as st

from kaimedia import runtime
from kaimedia.config import Config
from kaimedia.security import access_guide
from kaimedia.studio import Studio
from kaimedia.ui import state
from kaimedia.ui.state import OpenDialog

DIALOG = "keep"
_PATH = " → ".join(access_guide.WHERE)
# The same in each run of a session: a person may copy a part now and the rest later.
_secret_key: state.Slot[str] = state.Slot("secret_key_line", "")
_login: state.Slot[str] = state.Slot("login_lines", "")


def ask(_studio: Studio, _dialog: OpenDialog) -> None:
    """The content of the dialog that Generate opens."""
    show_storage()


def show_storage() -> None:
    """Draw the lines for what would be lost at the next restart."""
    config = runtime.context().config
    st.markdown(
        f"In **{_PATH}**, paste these lines above `[auth]`, if you have it, and fill in your values. "
        "Then **Save** and **Reboot app**."
    )
    st.code(_storage_lines(config), language=None, wrap_lines=True)
    if config.loses_database and not config.secret_key:
        st.caption(access_guide.KEEP_SECRET_KEY)


def _storage_lines(config: Config) -> str:
    lines = ""
    if config.loses_database:
        lines += access_guide.DATABASE_LINE
        if not config.secret_key:
            _secret_key.set(_secret_key.get() or access_guide.secret_key_line())
            lines += _secret_key.get()
    return lines + (access_guide.MEDIA_LINES if config.loses_media else "")


def show_login(host: str) -> None:
    """Draw the lines that let only listed people in, for this host name."""
    _login.set(_login.get() or access_guide.login_lines(host))
    with st.expander("Lines for sign-in"):
        st.markdown(
            f"In **{_PATH}**, put the first three lines in place of `KAIMEDIA_ACCESS` and `KAIMEDIA_ALLOWED_HOSTS`, "
            "and `[auth]` with its lines at the very end. Fill in your values, then **Save** and **Reboot app**."
        )
        st.code(_login.get(), language=None, wrap_lines=True)
