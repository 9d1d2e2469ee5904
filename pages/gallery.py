"""Gallery: all images and videos."""

from __future__ import annotations

import streamlit as st

from kaimedia import runtime
from kaimedia.ui.gallery import view as gallery_view
from kaimedia.ui.main import page_may_run


def page() -> None:
    """The toolbar and the grid."""
    st.html('<h1 class="vh">Gallery</h1>')
    gallery_view.show(runtime.studio())


if page_may_run():
    page()
