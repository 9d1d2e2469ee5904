"""`st.status` without its pause.

Streamlit sleeps 50 ms after creating a status, so that an `update` right after it is visible. We never update: a
status is redrawn at each refresh. Twenty tasks would take an extra second each time.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Literal

import streamlit as st
from streamlit.elements.lib import mutable_status_container

State = Literal["running", "complete", "error"]

if hasattr(mutable_status_container, "time"):
    mutable_status_container.time = SimpleNamespace(sleep=lambda _seconds: None)


def status_box(label: str, *, state: State, expanded: bool) -> st.delta_generator.DeltaGenerator:
    """A status; draw into it with its methods or `with box.container():`.

    Never use `with box:` itself, which would mark a running status complete.
    """
    return st.status(label, state=state, expanded=expanded)
