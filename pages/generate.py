"""Generate: the composer, running tasks and recent results."""

from __future__ import annotations

import streamlit as st

from kaimedia import runtime
from kaimedia.ui import notices
from kaimedia.ui.generate import composer, results, task_panel
from kaimedia.ui.main import page_may_run


def page() -> None:
    """The composer on the left, tasks and results on the right."""
    studio = runtime.studio()
    st.html('<h1 class="vh">Generate</h1>')
    with studio.snapshot():
        notices.provider_banner(studio.account.state(), studio.catalog.charging_providers())
        with st.container(horizontal=True, gap="medium", key="workbench"):
            left = st.container(width=420, key="composer_side")
            right = st.container(width="stretch", gap="medium", key="results_column")
            with right:  # before the composer, so that a new task appears at once
                shown = task_panel.show(studio)
            with left:
                composer.show(studio)
            with right:
                results.show(studio, is_quiet=shown == 0)


if page_may_run():
    page()
