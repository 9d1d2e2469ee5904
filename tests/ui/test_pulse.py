"""What happens elsewhere is seen: the number in the menu, and tasks that were started by others."""

from __future__ import annotations

import pytest

from kaimedia.bootstrap import House
from kaimedia.domain import ErrorCode
from kaimedia.errors import StoreUnavailable
from kaimedia.studio import Studio
from tests.conftest import image_request
from tests.ui.conftest import open_page, statuses, texts
from tests.ui.test_generate import fail


@pytest.mark.parametrize("name", ["generate", "gallery", "settings"])
def test_every_page_counts_what_runs_in_the_menu(idle_house: House, name: str) -> None:
    assert "running" not in texts(open_page(name)).partition("content:")[2][:30]
    for _ in range(2):
        idle_house.studio.submit(image_request())
    broke = idle_house.studio.submit(image_request())
    fail(idle_house, broke.task_id, ErrorCode.PROVIDER_FAILED)
    assert 'content:"2" / " 2 running"' in texts(open_page(name))


def test_an_idle_page_is_drawn_anew_when_a_task_comes_from_elsewhere(idle_house: House) -> None:
    def script() -> None:
        import streamlit as st

        from kaimedia import bootstrap
        from kaimedia.ui import pulse, task_panel

        st.session_state["runs"] = st.session_state.get("runs", 0) + 1
        task_panel.show(bootstrap.studio())
        pulse.show("Generate")

    from streamlit.testing.v1 import AppTest

    app = AppTest.from_function(script, default_timeout=20).run()
    assert app.session_state["runs"] == 1
    app.run()
    assert app.session_state["runs"] == 2  # nothing new, so no other drawing
    app.session_state["seen_revision"] = "before"
    app.run()
    assert app.session_state["runs"] == 4
    idle_house.studio.submit(image_request("from the command line"))
    app.run()
    assert list(statuses(app).values()) == ["running"]


def test_an_idle_page_is_drawn_anew_when_the_provider_can_be_used_again(
    idle_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app has found out by itself, and nobody need touch the page for the banner to go."""

    def script() -> None:
        import streamlit as st

        from kaimedia.ui import pulse

        st.session_state["runs"] = st.session_state.get("runs", 0) + 1
        pulse.show("Generate")

    from streamlit.testing.v1 import AppTest

    monkeypatch.setattr(idle_house.providers.key_recheck, "begin", lambda: None)
    idle_house.studio.keep_key("a-key-of-some-length")
    idle_house.providers.note_refused_key("kie.ai refused the key.")
    app = AppTest.from_function(script, default_timeout=20).run()
    app.run()
    assert app.session_state["runs"] == 2
    idle_house.providers.note_balance(5.0)
    app.run()
    assert app.session_state["runs"] == 4


def test_a_database_that_is_away_fails_no_page_by_the_pulse(idle_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_studio: Studio) -> int:
        raise StoreUnavailable("The database is busy.")

    monkeypatch.setattr(Studio, "running_count", away)
    assert "database is busy" not in texts(open_page())
