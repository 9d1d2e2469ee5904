"""The notice above the button while the media storage cannot be used: nothing would be sent."""

from __future__ import annotations

import streamlit as st

from kaimedia.studio import Studio
from kaimedia.ui import notices


def show(studio: Studio) -> None:
    """Draw what is wrong and what to do; nothing while the storage responds."""
    problem = studio.storage_watch.problem
    if problem is None:
        return
    with st.container(key="storage_notice", gap="xsmall"):
        notices.alert(problem.message, f"Nothing is sent until the storage works again. {problem.next_step}")
