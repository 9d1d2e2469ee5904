"""Changes made elsewhere are shown: the number in the menu, and tasks started in other sessions."""

from __future__ import annotations

import pytest

from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode
from kaimedia.errors import StoreUnavailable
from kaimedia.studio import Studio
from kaimedia.studio.tasks import TaskService
from kaimedia.ui.page_list import HOME, PAGE_NAMES
from tests.conftest import image_request
from tests.ui.conftest import open_page, statuses, texts
from tests.ui.test_generate import fail


@pytest.mark.parametrize("name", PAGE_NAMES)
def test_every_page_counts_what_runs_in_the_menu(idle_context: AppContext, name: str) -> None:
    assert "running" not in texts(open_page(name)).partition("content:")[2][:30]
    for _ in range(2):
        idle_context.studio.tasks.submit(image_request())
    broke = idle_context.studio.tasks.submit(image_request())
    fail(idle_context, broke.task_id, ErrorCode.PROVIDER_FAILED)
    badge = next(line for line in texts(open_page(name)).splitlines() if 'content:"2" / " 2 running"' in line)
    assert all(f"[href*={other}]" in badge for other in PAGE_NAMES if other != HOME)  # only Generate's entry has it


def test_an_idle_page_is_redrawn_when_a_task_starts_elsewhere(idle_context: AppContext) -> None:
    def script() -> None:
        import streamlit as st

        from kaimedia import runtime
        from kaimedia.ui import pulse
        from kaimedia.ui.generate import task_panel

        st.session_state["runs"] = st.session_state.get("runs", 0) + 1
        task_panel.show(runtime.studio())
        pulse.show("Generate")

    from streamlit.testing.v1 import AppTest

    app = AppTest.from_function(script, default_timeout=20).run()
    assert app.session_state["runs"] == 1
    app.run()
    assert app.session_state["runs"] == 2  # nothing new, so no rerun
    app.session_state["seen_revision"] = "before"
    app.run()
    assert app.session_state["runs"] == 4
    idle_context.studio.tasks.submit(image_request("from the command line"))
    app.run()
    assert list(statuses(app).values()) == ["running"]


def test_an_idle_page_is_redrawn_when_the_provider_is_usable_again(
    idle_context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app notices it, and the banner disappears without user action."""

    def script() -> None:
        import streamlit as st

        from kaimedia.ui import pulse

        st.session_state["runs"] = st.session_state.get("runs", 0) + 1
        pulse.show("Generate")

    from streamlit.testing.v1 import AppTest

    monkeypatch.setattr(idle_context.providers.key_recheck, "begin", lambda: None)
    idle_context.studio.account.save_key_unchecked("a-key-of-some-length")
    idle_context.providers.note_refused_key("kie", "kie.ai rejected the key.")
    app = AppTest.from_function(script, default_timeout=20).run()
    app.run()
    assert app.session_state["runs"] == 2
    idle_context.providers.note_balance(5.0)
    app.run()
    assert app.session_state["runs"] == 4


def test_an_unreachable_database_does_not_break_a_page_through_the_pulse(
    idle_context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_studio: Studio) -> int:
        raise StoreUnavailable("The database is busy.")

    monkeypatch.setattr(TaskService, "running_count", away)
    assert "database is busy" not in texts(open_page())
