"""From page to page."""

from __future__ import annotations

import pytest

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
