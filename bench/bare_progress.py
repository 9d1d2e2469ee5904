"""The yardstick of `bench/ui.py`: the least Streamlit page that shows running tasks, a bar each, once a second.

The tasks are made up; there is no store, no style, no card. `BARE_TASKS=0` leaves nothing to watch.
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
    """Heading, a field, a button, and the bars in a fragment of their own."""
    st.title("Generate")
    st.text_area("Prompt")
    st.button("Generate")
    st.fragment(_bars, run_every=POLL_S if TASKS else None)(TASKS)


main()
