"""Streamlit alone with Generate's elements, the second baseline of `bench/ui.py`; it reads no data and checks nothing.

Drawn as by the idle page with one finished task, nested as there: 14 html elements, 9 components with 5 KB of script
and hardly any data, 14 widgets of the page's kinds, 29 containers, 2 popovers, 2 expanders, 3 fragments, and a menu of
4 pages.
"""

from __future__ import annotations

import streamlit as st

NAMES = ("one", "two", "three", "four")
TEXT = '<p class="text">About as much text as most of these have.</p>'
SCRIPT = "export default function () {}\n//" + "." * 5_000

_mount = st.components.v2.component("bare_element", html="<i></i>", js=SCRIPT)


def component(key: str) -> None:
    """One component with hardly any data."""
    _mount(key=key, data=[{}])


def form() -> None:
    """The composer."""
    with st.container(key="composer"):
        st.segmented_control("Mode", ["Images", "Videos"], key="mode", default="Images", required=True)
        with st.container(key="prompt_box"):
            st.text_area("Prompt", key="prompt", height=120)
            component("meter")
            with st.container(key="prompt_head", horizontal=True):
                st.toggle("Batch", key="batch")
                with st.container(key="history"):
                    st.popover("History", key="history_box", on_change="rerun")
        with st.container(key="prompt_row", horizontal=True):
            st.toggle("Enhance", key="enhance")
            styles()
            st.button("Surprise me", key="surprise")
        component("picker")
        st.html(TEXT)
        with st.container(key="settings", horizontal=True):
            st.segmented_control("Ratio", ["1:1", "3:2", "2:3"], key="ratio", default="1:1", required=True)
            st.segmented_control("Variants", [1, 2, 4], key="variants", default=1, required=True)
        component("drop")
        with st.container(key="inputs"), st.container(key="inputs_row"), st.container(key="more"):
            st.expander("Inputs", key="inputs_box", on_change="rerun")
        with st.container(key="act"):
            st.button("Generate", key="generate")
            with st.container(key="price"):
                st.html(TEXT)


def styles() -> None:
    """The closed popover with the styles."""
    with st.popover("Style", key="style_box", on_change="rerun"), st.container(key="cards"):
        st.html("<style></style>")
        component("search")
        st.pills("Style", [f"Style {number}" for number in range(12)], key="style")
        with st.container(key="saving"):
            st.text_input("Name", key="name")
            st.button("Save", key="save")
        st.html(TEXT)


@st.fragment
def queue() -> None:
    """The tasks, of which one has finished."""
    with st.container(key="signals"):
        component("signal")
        component("rows")
    with st.container(key="strip"):
        with st.container(key="strip_head", horizontal=True):
            st.html(TEXT)
        st.html(TEXT)
        with st.container(key="queue_place"):
            component("pressed")
            st.html("<i></i>")
            with st.container(key="queue"), st.container(key="tasks"), st.container(key="task"):
                st.html(TEXT)
                with st.expander("A finished task"), st.container():
                    st.html(TEXT)
                    st.button("Dismiss", key="dismiss")
                with st.container(key="quick"):
                    st.html(TEXT)
                    st.button("Again", key="again")


@st.fragment
def stage() -> None:
    """The results."""
    with st.container(key="stage"):
        st.html(TEXT)
        component("grid")


@st.fragment
def pulse() -> None:
    """The number in the menu."""
    st.html("<style></style>")


def page() -> None:
    """All of Generate."""
    st.html("<h1>Generate</h1>")
    with st.container(key="banner", horizontal=True):
        st.html(TEXT)
        st.button("Add key", key="add_key")
    with st.container(key="workbench", horizontal=True):
        left = st.container(key="left", width=420)
        right = st.container(key="right")
    with right:
        queue()
    with left:
        form()
    with right:
        stage()


def main() -> None:
    """The page in its frame."""
    st.set_page_config(page_title="Elements", layout="wide")
    pages = [st.Page(page, title=name, url_path=name, default=name == NAMES[0]) for name in NAMES]
    chosen = st.navigation(pages, position="top")
    pulse()
    chosen.run()
    with st.container(key="frame"):
        component("frame_script")
    with st.container(key="tabs", horizontal=True):
        for each in pages:
            st.page_link(each)


main()
