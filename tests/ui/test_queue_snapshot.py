"""A timer's refresh of the queue is left out exactly while it would draw nothing new."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, NoteCode, Phase, Task, utc_now
from kaimedia.errors import StoreUnavailable
from kaimedia.studio.tasks import TaskService
from kaimedia.ui.generate import queue_snapshot
from tests.conftest import image_request
from tests.ui.test_generate import fail
from tests.ui.test_queue import advance


def script() -> None:
    import streamlit as st

    from kaimedia import runtime
    from kaimedia.ui.generate import queue_snapshot, task_panel

    studio = runtime.studio()
    if "drawn" not in st.session_state:
        task_panel.show(studio)
        st.session_state["drawn"] = queue_snapshot.current(studio)
    st.session_state["now"] = queue_snapshot.current(studio)


@pytest.fixture
def task(idle_context: AppContext) -> Task:
    """A task that was accepted by the provider."""
    submitted = idle_context.studio.tasks.submit(image_request("a red fox"))
    fields = {"phase": Phase.GENERATING, "accepted_at": utc_now(), "provider_task_id": "abc"}
    advance(idle_context, submitted.task_id, **fields, progress=0.37)
    return submitted


@pytest.fixture
def page(task: Task) -> AppTest:
    """The queue, drawn once with that task."""
    drawn = AppTest.from_function(script, default_timeout=20).run()
    assert drawn.session_state["drawn"] is not None
    return drawn


def is_same(page: AppTest) -> bool:
    """True if the queue would be drawn from the same again."""
    page.run()
    assert not page.exception
    now = page.session_state["now"]
    return now is not None and now == page.session_state["drawn"]


def test_a_poll_without_news_changes_nothing(idle_context: AppContext, task: Task, page: AppTest) -> None:
    assert is_same(page)
    advance(idle_context, task.task_id, due_at=utc_now() + timedelta(seconds=3), progress=0.37)
    assert is_same(page)


@pytest.mark.parametrize(
    "fields",
    [
        {"progress": 0.38},
        {"phase": Phase.SAVING},
        {"note_code": NoteCode.RATE_LIMITED, "note": "later"},
        {"provider_done_at": utc_now()},
    ],
    ids=["progress", "phase", "note", "step"],
)
def test_what_the_provider_reports_is_drawn(
    idle_context: AppContext, task: Task, page: AppTest, fields: dict[str, object]
) -> None:
    advance(idle_context, task.task_id, **fields)
    assert not is_same(page)


def _submit(context: AppContext, task: Task) -> None:
    context.studio.tasks.submit(image_request("another"))


def _end(context: AppContext, task: Task) -> None:
    fail(context, task.task_id, ErrorCode.PROVIDER_FAILED)


def _cancel(context: AppContext, task: Task) -> None:
    context.studio.tasks.cancel(task.task_id)


@pytest.mark.parametrize("change", [_submit, _end, _cancel])
def test_a_task_that_comes_or_goes_is_drawn(
    idle_context: AppContext, task: Task, page: AppTest, change: Callable[[AppContext, Task], None]
) -> None:
    change(idle_context, task)
    assert not is_same(page)


@pytest.mark.parametrize(("later_s", "same"), [(3, True), (3600, False)])
def test_only_a_time_longer_than_usual_is_drawn(
    page: AppTest, monkeypatch: pytest.MonkeyPatch, later_s: float, same: bool
) -> None:
    monkeypatch.setattr(queue_snapshot, "utc_now", lambda: utc_now() + timedelta(seconds=later_s))
    assert is_same(page) is same


@pytest.mark.parametrize(
    ("key", "value"),
    [("queue_open", True), ("open_question", ("t", "cancel")), ("opened_tasks", ("t",)), ("needs_rerun", True)],
)
def test_what_was_opened_elsewhere_on_the_page_is_drawn(page: AppTest, key: str, value: object) -> None:
    page.session_state[key] = value
    assert not is_same(page)


def test_an_unknown_outcome_is_always_drawn(idle_context: AppContext, task: Task, page: AppTest) -> None:
    """What is known of it comes from elsewhere."""
    fail(idle_context, task.task_id, ErrorCode.OUTCOME_UNKNOWN)
    del page.session_state["drawn"]
    assert not is_same(page)


def test_while_the_database_does_not_answer_the_page_says_so(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_service: TaskService) -> list[Task]:
        raise StoreUnavailable("The database is busy.")

    monkeypatch.setattr(TaskService, "shown", away)
    assert not is_same(page)
