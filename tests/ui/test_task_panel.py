"""The list of cards when it is longer than what is drawn."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia.bootstrap import House
from kaimedia.domain import ErrorCode
from kaimedia.studio import Studio
from kaimedia.ui import task_panel
from tests.conftest import image_request
from tests.ui.conftest import open_page, texts
from tests.ui.test_generate import fail


@pytest.fixture
def short_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """The studio lists three tasks at most."""
    whole = Studio.shown_tasks
    monkeypatch.setattr(Studio, "shown_tasks", lambda studio: whole(studio)[:3])
    monkeypatch.setattr(task_panel, "MOST_SHOWN", 3)


@pytest.mark.usefixtures("short_list")
def test_a_list_that_was_cut_tells_how_many_more_run(idle_house: House) -> None:
    for number in range(5):
        idle_house.studio.submit(image_request(f"number {number}"))
    shown = texts(open_page())
    assert "In progress <span>5</span>" in shown
    assert "2 more in progress." in shown


def told_after(app: AppTest, ended: list[str]) -> str:
    """What is told about tasks that are no longer on the list."""
    app.session_state["ended"] = ended
    app.run()
    assert not app.exception
    return " ".join(notice.text for notice in app.session_state["notices"]) if "notices" in app.session_state else ""


def test_only_a_failure_is_told_as_one(idle_house: House) -> None:
    def script() -> None:
        import streamlit as st

        from kaimedia import bootstrap
        from kaimedia.ui import task_panel

        task_panel.report_ended(bootstrap.studio(), frozenset(st.session_state["ended"]))

    runs, broke = (idle_house.studio.submit(image_request(prompt)).task_id for prompt in ("one", "two"))
    fail(idle_house, broke, ErrorCode.PROVIDER_FAILED)
    app = AppTest.from_function(script, default_timeout=20)
    assert told_after(app, [runs]) == ""
    assert "“\u2068two\u2069” needs attention." in told_after(app, [broke])


@pytest.mark.parametrize(("count", "seconds"), [(1, 1.0), (7, 1.0), (8, 2.0), (100, 2.0)])
def test_many_cards_are_drawn_less_often(count: int, seconds: float) -> None:
    assert task_panel.poll_interval_s(count) == seconds
