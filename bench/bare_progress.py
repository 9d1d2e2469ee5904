"""The baseline of `bench/ui.py`: a minimal Streamlit page that shows a progress bar per task, once a second.

The tasks are fake; there is no store, styling or card. With `BARE_TASKS=0` nothing runs.
"""

from __future__ import annotations

import os
import time

import streamlit as st

TASKS = int(os.environ.get("BARE_TASKS", "20"))
POLL_S = 1.0


def _bars(count: int) -> None:
    for number in range(count):
        st.progress(time.time() / 600 % 1, text=f"Task {number}")


def main() -> None:
    """A heading, a field, a button, and the bars in a fragment."""
    st.title("Generate")
    st.text_area("Prompt")
    st.button("Generate")
    st.fragment(_bars, run_every=POLL_S if TASKS else None)(TASKS)


main()
