"""The queue when it is longer than what is drawn."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode
from kaimedia.studio.tasks import TaskService
from kaimedia.ui.generate import queue_snapshot, task_panel
from tests.conftest import image_request
from tests.ui.conftest import open_page, texts
from tests.ui.test_generate import fail


@pytest.fixture
def short_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """The studio lists at most three tasks."""
    whole = TaskService.shown
    monkeypatch.setattr(TaskService, "shown", lambda studio: whole(studio)[:3])
    monkeypatch.setattr(queue_snapshot, "MAX_SHOWN", 3)


@pytest.mark.usefixtures("short_list")
def test_a_truncated_list_says_how_many_more_run(idle_context: AppContext) -> None:
    for number in range(5):
        idle_context.studio.tasks.submit(image_request(f"number {number}"))
    shown = texts(open_page())
    assert "In progress <span>5</span>" in shown
    assert "2 more in progress." in shown


def reported_after(app: AppTest, ended: list[str]) -> str:
    """Toasts about tasks that are no longer listed."""
    app.session_state["ended"] = ended
    app.run()
    assert not app.exception
    return " ".join(notice.text for notice in app.session_state["notices"]) if "notices" in app.session_state else ""


def test_only_a_failure_is_announced_as_one(idle_context: AppContext) -> None:
    def script() -> None:
        import streamlit as st

        from kaimedia import runtime
        from kaimedia.ui.generate import task_panel

        task_panel.report_ended(runtime.studio(), frozenset(st.session_state["ended"]))

    runs, broke = (idle_context.studio.tasks.submit(image_request(prompt)).task_id for prompt in ("one", "two"))
    fail(idle_context, broke, ErrorCode.PROVIDER_FAILED)
    app = AppTest.from_function(script, default_timeout=20)
    assert reported_after(app, [runs]) == ""
    assert "“\u2068two\u2069” needs attention." in reported_after(app, [broke])


@pytest.mark.parametrize(("count", "seconds"), [(1, 1.0), (7, 1.0), (8, 2.0), (100, 2.0)])
def test_many_cards_are_drawn_less_often(count: int, seconds: float) -> None:
    assert task_panel.poll_interval_s(count) == seconds
