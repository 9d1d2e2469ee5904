"""Gallery: everything made so far."""

from __future__ import annotations

import streamlit as st

from kaimedia import bootstrap
from kaimedia.ui import gallery_view
from kaimedia.ui.main import page_may_run


def page() -> None:
    """The toolbar and the grid."""
    st.html('<h1 class="vh">Gallery</h1>')
    gallery_view.show(bootstrap.studio())


if page_may_run():
    page()
