"""A gallery without a component: `st.image` in four columns. `?n=` is the count, `BENCH_FOLDER` the source."""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st

FOLDER = Path(os.environ["BENCH_FOLDER"])


def main() -> None:
    """One element per image."""
    st.set_page_config(layout="wide")
    count = int(st.query_params.get("n", "60"))
    names = (FOLDER / "pages" / "names.txt").read_text().split()[:count]
    st.selectbox("Kind", ["All", "Images", "Videos"])
    columns = st.columns(4)
    for place, name in enumerate(names):
        columns[place % 4].image(str(FOLDER / "media" / name))


main()
