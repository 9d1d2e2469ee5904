"""The rescue card of Settings and the import dialog; the time left in the queue."""

from __future__ import annotations

from datetime import timedelta

from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain import NoteCode, Phase, TaskChange, utc_now
from tests.conftest import image_request, wait_for, wait_for_phase
from tests.contract.sandbox.wire import body
from tests.elsewhere import Make
from tests.ui.conftest import button, has_button, open_page, texts


def after_import(context: AppContext, app: AppTest) -> AppTest:
    wait_for(lambda: not context.studio.rescue.imports.state().is_running, "the end of the import")
    return app.run()


def test_import(ui_context: AppContext, make_elsewhere: Make) -> None:
    made = make_elsewhere("gpt4o", body("gpt4o", "a fox"))
    app = open_page("settings")
    assert "Every result is saved." in texts(app)
    button(app, "open_import").click().run()
    button(app, "import_confirm").click().run()
    assert "Enter 1 to 200 task IDs." in texts(app)
    app.text_area(key="import_ids").set_value(f"{made}\nnothing")
    assert app.selectbox(key="import_kind").options[:2] == ["Any kind", "Jobs API (most models)"]
    button(app, "import_confirm").click().run()
    app = after_import(ui_context, app)
    assert "1 of 2 tasks in this app" in texts(app) and "Imported; its files are being saved." in texts(app)
    assert "There is no such task." in texts(app) and "Enter 1 to 200" not in texts(app)
    (task,) = ui_context.studio.tasks.page().items
    wait_for_phase(ui_context, task.task_id, Phase.DONE)
    assert task.request.prompt == "a fox"


def test_unsaved_results(ui_context: AppContext) -> None:
    task = ui_context.studio.tasks.submit(image_request("x [fault:download_503=9]"))
    wait_for(lambda: ui_context.studio.tasks.get(task.task_id).note_code is NoteCode.NOT_SAVED_YET, "a failed download")
    ui_context.engine.stop()
    app = open_page("settings")
    assert "1 result generated, not saved yet" in texts(app) and "keeps it for 13 days" in texts(app)
    assert has_button(open_page(), f"fetch_now_{task.task_id}")
    fields = {"due_at": utc_now() + timedelta(hours=1)}
    ui_context.stores.task_updater.change(TaskChange(task.task_id, frozenset(Phase), fields), utc_now())
    button(app, f"fetch_unsaved_{task.task_id}").click().run()
    due_at = ui_context.studio.tasks.get(task.task_id).due_at
    assert due_at is not None and due_at <= utc_now() and "Fetching the result" in texts(app)


def test_the_facts_on_the_card_of_a_lost_reply(ui_context: AppContext) -> None:
    ui_context.stores.balances.record("sandbox", 100.0, utc_now() - timedelta(seconds=5))
    task = ui_context.studio.tasks.submit(image_request("x [fault:create_accepted_reset]"))
    ended = wait_for_phase(ui_context, task.task_id, Phase.FAILED)
    assert ended.sent_at
    drawn = texts(open_page())
    assert "<dt>Sent</dt><dd>between " in drawn and "<dt>Balance before</dt><dd>" in drawn
    assert "<dt>Its price</dt><dd>about 6 credits</dd>" in drawn
    for key in ("look_up", "again", "dismiss"):
        assert has_button(open_page(), f"{key}_{task.task_id}")
