"""The script Streamlit runs: page frame, style, menu, error boundary."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from kaimedia.ui import key_card, login, navigation, notices, reads, shell, state

STATIC = Path(__file__).resolve().parents[2] / "static"
CORAL = "<style>.stApp{--kai-mode:var(--kai-coral);--kai-mode-t:var(--kai-coral-t)}</style>"


def _is_about_video(title: str) -> bool:
    return title == "Generate" and state.mode.get() == state.VIDEOS  # the gallery says so itself


def _is_let_in() -> bool:
    """False when this person may not see the pages; what to do is drawn then."""
    with shell.guarded("The door"):
        if login.lets_in():
            return True
    st.html(f"<style>{reads.stylesheet()}</style>")
    return False


def main() -> None:
    """Draw the frame and run the chosen page inside it."""
    st.set_page_config(
        page_title="Kai.ai Media Generator",
        page_icon=str(STATIC / "mark.svg"),
        layout="wide",
        initial_sidebar_state="collapsed",
    )
    st.logo(str(STATIC / "mark.svg"), size="large")
    if not _is_let_in():
        return
    page = st.navigation(list(navigation.pages().values()), position="top")
    st.html(f"<style>{reads.stylesheet()}</style>")
    if _is_about_video(page.title):
        st.html(CORAL)
    if page.title != "Gallery":
        state.gallery_left.set(True)
    if page.title != "Settings":
        key_card.leave()
    with shell.guarded(page.title):
        page.run()
    notices.show_waiting()
    navigation.tab_bar()


if __name__ == "__main__":
    main()
