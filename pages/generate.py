"""Generate: describe, press, watch."""

from __future__ import annotations

import streamlit as st

from kaimedia import bootstrap
from kaimedia.ui import composer, notices, results, task_panel
from kaimedia.ui.main import page_may_run


def page() -> None:
    """The composer at the left, tasks and results at the right."""
    studio = bootstrap.studio()
    st.html('<h1 class="vh">Generate</h1>')
    notices.provider_banner(studio.provider_state())
    with st.container(horizontal=True, gap="medium", key="workbench"):
        side = st.container(width=420, key="composer_side")
        feed = st.container(width="stretch", gap="medium", key="feed")
        with feed:  # before the composer: a task shows as soon as it was sent
            shown = task_panel.show(studio)
        with side:
            composer.show(studio)
        with feed:
            results.show(studio, is_quiet=shown == 0)


if page_may_run():
    page()
