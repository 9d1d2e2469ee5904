"""The files card of Settings: check, report, repair."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain.integrity import IntegrityJob, IntegrityState
from tests.conftest import image_request, wait_for
from tests.finished import finished
from tests.ui.conftest import button, open_page, texts


def after_running(context: AppContext, app: AppTest) -> AppTest:
    wait_for(lambda: context.studio.rescue.integrity.state().job is None, "the end of the run")
    return app.run()


def test_check_report_and_repair(ui_context: AppContext) -> None:
    _, (item,) = finished(ui_context, image_request())
    ui_context.storage.delete([str(item.thumbnail_path)])
    app = open_page("settings")
    assert "not checked since the app started" in texts(app) and button(app, "repair_files").disabled
    button(app, "check_files").click().run()
    app = after_running(ui_context, app)
    assert "<dt>Thumbnails lost</dt><dd>1</dd>" in texts(app) and str(item.thumbnail_path) in texts(app)
    assert not button(app, "repair_files").disabled
    button(app, "repair_files").click().run()
    app = after_running(ui_context, app)
    assert "<dt>Thumbnails remade</dt><dd>1</dd>" in texts(app) and button(app, "repair_files").disabled
    button(app, "check_files").click().run()
    assert "Every file is there and unchanged." in texts(after_running(ui_context, app))


def test_progress_is_shown_and_not_spoken_every_second(ui_context: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    running = IntegrityState(IntegrityJob.CHECK, checked=7, items=90, problem="It was down.")
    monkeypatch.setattr(ui_context.studio.rescue.integrity, "state", lambda: running)
    shown = texts(open_page("settings"))
    assert "<dd>Checking… 7 of 90 items</dd>" in shown and '<p class="vh" role="status">Files: Checking…</p>' in shown
    assert "The last run failed" not in shown
