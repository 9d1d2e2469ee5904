"""The stage: the newest result large, the rest below; each ended task is announced once."""

from __future__ import annotations

import json

from kaimedia.context import AppContext
from kaimedia.domain import Phase
from kaimedia.ui import ui_text
from kaimedia.ui.generate import progress_text
from tests.conftest import image_request, wait_for_phase
from tests.finished import finished
from tests.ui.conftest import grid, open_page, statuses, texts


def test_the_last_finished_result_is_on_the_stage(ui_context: AppContext) -> None:
    slow = ui_context.studio.tasks.submit(image_request("the slow one [fault:slow=400]"))
    _, quick = finished(ui_context, image_request("the quick one", variants=2))
    wait_for_phase(ui_context, slow.task_id, Phase.DONE, timeout_s=60)
    shown = grid(open_page(), "stage_grid")
    assert shown["stage"] == 1
    slow_media = ui_context.studio.gallery.of_task(slow.task_id)
    assert [item["id"] for item in shown["items"]] == [each.id for each in (*slow_media, *quick)]


def test_all_variants_of_the_newest_are_on_the_stage(ui_context: AppContext) -> None:
    finished(ui_context, image_request("an older one"))
    _, media = finished(ui_context, image_request("the newest", variants=4))
    shown = grid(open_page(), "stage_grid")
    assert shown["stage"] == 4 and len(shown["items"]) == 5
    assert {item["id"] for item in shown["items"][:4]} == {each.id for each in media}


def test_the_stage_keeps_its_size_before_the_first_result(idle_context: AppContext) -> None:
    assert "What will you make?" in texts(open_page())
    idle_context.studio.tasks.submit(image_request("the first"))
    shown = texts(open_page())
    assert "What will you make?" not in shown
    assert "Your first result appears here." in shown


def took(context: AppContext, task_id: str) -> str:
    """How long a finished task took, as text."""
    task = context.studio.tasks.get(task_id)
    return ui_text.elapsed(progress_text.elapsed_s(task, task.created_at))


def test_a_task_that_ended_on_another_page_is_announced_once(ui_context: AppContext) -> None:
    task = ui_context.studio.tasks.submit(image_request("a paper boat"))
    wait_for_phase(ui_context, task.task_id, Phase.DONE)
    app = open_page()
    assert "image is ready" not in texts(app)  # it ended before this session started
    app.session_state["running_tasks"] = frozenset({task.task_id})
    app.run()
    assert not app.toast  # the result itself is shown
    assert statuses(app) == {f"a paper boat Done · took {took(ui_context, task.task_id)}": "complete"}
    signal = next(each for each in app.get("bidi_component") if each.proto.component_name.endswith("kai_tab_signal"))
    (data,) = json.loads(signal.proto.json)
    assert data == {"running": 0, "ended": [[task.task_id, "Your image is ready.", "a paper boat"]]}
