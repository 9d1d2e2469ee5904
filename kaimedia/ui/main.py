"""The script that Streamlit runs: page frame, styles, menu, error boundary."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from kaimedia import runtime
from kaimedia.ui import auto_reruns, entrance, navigation, notices, plain_host, pulse, shell, state
from kaimedia.ui.components import app_frame
from kaimedia.ui.generate import opened_comparison
from kaimedia.ui.page_list import APP_TITLE
from kaimedia.ui.settings import database_choice, key_card

STATIC = Path(__file__).resolve().parents[2] / "static"
CORAL = "<style>.stApp{--kai-mode:var(--kai-coral);--kai-mode-t:var(--kai-coral-t)}</style>"


def _is_about_video(title: str) -> bool:
    return title == "Generate" and state.mode.get() == state.VIDEOS  # the gallery sets its own accent color


def _may_sleep() -> bool:
    """Hosts that erase the disk at a restart are those that stop an app nobody visits."""
    opened = runtime.current.context
    return opened is not None and opened.config.disk_is_temporary


def page_may_run() -> bool:
    """Called at the top of every page file: False when this run must not show the page.

    When Streamlit runs the page file alone (`pages/` folder mode), this draws the frame and the page after that check.
    """
    if entrance.has_frame():
        return entrance.admits()
    main()
    return False


def main() -> None:
    """Draw the frame and run the chosen page inside it."""
    auto_reruns.install()
    plain_host.begin()
    st.set_page_config(
        page_title=APP_TITLE,
        page_icon=str(STATIC / "mark.svg"),
        layout="wide",
        initial_sidebar_state="collapsed",
    )
    st.logo(str(STATIC / "mark.svg"), size="large")
    menu = list(navigation.pages().values())
    is_admitted = entrance.admits()
    plain_host.note(is_admitted)
    if not is_admitted:
        # Declared but not run: Streamlit's `pages/` folder mode would list every script in a sidebar otherwise.
        st.navigation(menu, position="hidden")
        app_frame.show()
        return
    page = st.navigation(menu, position="top")
    plain_host.add_styles()
    if _is_about_video(page.title):
        st.html(CORAL)
    if page.title != "Gallery":
        state.gallery_left.set(True)
    if page.title != "Generate":
        opened_comparison.leave()
    if page.title != "Settings":
        key_card.leave()
    seen = pulse.begin()
    # Before the page: Streamlit puts dialogs and style-only elements into one container, by position. Drawn after
    # the page, the badge would replace a dialog that the page opens later and close it at its next refresh.
    pulse.show(page.title, seen)
    with shell.guarded(page.title), entrance.framed():
        navigation.follow()
        if database_choice.is_open():
            page.run()
    notices.show_waiting()
    app_frame.show(may_sleep=_may_sleep())
    navigation.tab_bar(menu)


if __name__ == "__main__":
    main()
