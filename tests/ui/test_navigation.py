"""From page to page."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.ui.page_list import PAGE_NAMES
from tests.ui.conftest import open_page, texts


@pytest.mark.parametrize("name", PAGE_NAMES)
def test_a_callback_on_any_page_opens_another(idle_context: AppContext, name: str) -> None:
    app = open_page(name)
    target = "settings" if name != "settings" else "spending"
    app.session_state["go_to"] = target
    app.run()
    assert f"<h1>{target.title()}</h1>" in texts(app) and "go_to" not in app.session_state


def test_each_run_has_pages_of_its_own(idle_context: AppContext) -> None:
    """Streamlit notes in a page whether it may be drawn, and runs of several sessions are at work at once."""

    def script() -> None:
        import streamlit as st

        from kaimedia.ui import navigation

        one, other = navigation.pages(), navigation.pages()
        assert list(one) == list(other) and all(one[name] is not other[name] for name in one)
        st.navigation(list(one.values()), position="hidden")
        try:
            other[next(iter(other))].run()
        except st.errors.StreamlitAPIException:
            st.text("only that of the run")

    app = AppTest.from_function(script, default_timeout=20).run()
    assert not app.exception and [each.value for each in app.text] == ["only that of the run"]
