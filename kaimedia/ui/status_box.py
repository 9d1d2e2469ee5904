"""`st.status` without its pause.

Streamlit sleeps 50 ms after creating a status, so that an `update` right behind it is still seen. We never update: a
status is drawn anew with each tick. Twenty tasks would cost a second of waiting each time.
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
    """A status to draw into with its methods or `with box.container():`.

    Never `with box:` itself, which would turn a running one to complete.
    """
    return st.status(label, state=state, expanded=expanded)
