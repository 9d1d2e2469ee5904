"""The queue of Generate: one status per task, opened and closed only by the user."""

from __future__ import annotations

import time

from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain import Phase, TaskChange, utc_now
from kaimedia.ui.generate import open_rows
from tests.conftest import image_request, video_request
from tests.finished import finished
from tests.ui.conftest import button, open_page, statuses, texts


def advance(context: AppContext, task_id: str, **fields: object) -> None:
    """Move a task to another state, as the engine would."""
    phase = context.studio.tasks.get(task_id).phase
    context.stores.task_updater.change(TaskChange(task_id, frozenset({phase}), fields), utc_now())


def test_each_task_has_one_status_with_phase_percentage_and_time(idle_context: AppContext) -> None:
    first = idle_context.studio.tasks.submit(image_request("a red fox"))
    second = idle_context.studio.tasks.submit(video_request("a blue whale"))
    accepted = {"phase": Phase.GENERATING, "accepted_at": utc_now(), "provider_task_id": "abc"}
    advance(idle_context, first.task_id, **accepted, progress=0.37)
    app = open_page()
    assert [label.rpartition(" · ")[0] for label in statuses(app)] == [
        "a blue whale Queued",
        "a red fox Generating · 37%",
    ]
    assert set(statuses(app).values()) == {"running"}
    shown = texts(app)
    assert 'aria-valuenow="37"' in shown
    assert f"Progress of {second.request.prompt}" in shown


def test_an_opened_status_stays_open_while_its_label_changes(idle_context: AppContext) -> None:
    task = idle_context.studio.tasks.submit(image_request("a red fox"))
    other = idle_context.studio.tasks.submit(image_request("a grey owl"))
    app = open_page()
    assert [each.proto.expanded for each in app.status] == [False, False]
    app.session_state["opened_tasks"] = (task.task_id,)
    app.run()
    accepted = {"phase": Phase.GENERATING, "accepted_at": utc_now(), "provider_task_id": "abc"}
    advance(idle_context, task.task_id, **accepted, progress=0.37)
    for _ in range(2):
        app.run()
        assert [each.proto.expanded for each in app.status] == [False, True]
    assert other.task_id not in app.session_state["opened_tasks"]


def test_valid_browser_reports_are_remembered_and_invalid_ones_are_not() -> None:
    def script() -> None:
        import streamlit as st

        from kaimedia.ui.generate import open_rows

        for report in st.session_state["reports"]:
            open_rows.take(report)

    app = AppTest.from_function(script, default_timeout=20)
    app.session_state["reports"] = [
        *({"id": f"{number}", "open": True} for number in range(open_rows.MAX_OPEN + 5)),
        {"id": "54", "open": False},
        *(None, [], {"id": 3}, {"open": True}, {"id": "x" * 900, "open": True}),
    ]
    app.run()
    assert not app.exception
    kept = app.session_state["opened_tasks"]
    assert len(kept) <= open_rows.MAX_OPEN
    assert "53" in kept and "54" not in kept and "x" * 900 not in kept


def test_a_finished_task_is_complete_with_its_steps_and_image(ui_context: AppContext) -> None:
    task, (image,) = finished(ui_context, image_request("a paper boat"))
    app = open_page()
    assert list(statuses(app).values()) == ["complete"]
    shown = texts(app)
    assert all(f"<b>{step}</b>" in shown for step in ("Submitted", "Sent", "Accepted by the sandbox", "Saved"))
    assert image.thumbnail_path and image.thumbnail_path in shown
    button(app, f"again_with_{task.task_id}").click().run()
    assert app.text_area(key="prompt").value == "a paper boat"


def test_a_task_with_enhance_says_so(ui_context: AppContext) -> None:
    finished(ui_context, image_request("a paper boat", enhance=True))
    assert "Enhance was on. The sandbox does not report the enhanced prompt." in texts(open_page())


def test_a_reference_is_the_tile_of_its_task(ui_context: AppContext) -> None:
    _, (image,) = finished(ui_context, image_request("a paper boat"))
    reference = ui_context.studio.references.from_media("veo3_fast", image.id)
    ui_context.engine.stop()
    ui_context.studio.tasks.submit(video_request("it sails away", references=(reference,)))
    assert 'class="k-tile"><img src="data:image/webp;base64,' in texts(open_page())


def test_many_statuses_are_drawn_without_pauses() -> None:
    def script() -> None:
        from kaimedia.ui.generate.task_row import status_box

        for number in range(40):
            status_box(f"number {number}", state="running", expanded=False)

    app = AppTest.from_function(script, default_timeout=20).run()
    began = time.monotonic()
    app.run()
    assert len(app.status) == 40
    assert time.monotonic() - began < 1.5  # forty of Streamlit's pauses would take two seconds
    assert {each.state for each in app.status} == {"running"}
