"""The stage: what is newest stands large, the rest below; what ended meanwhile is told once."""

from __future__ import annotations

import json

from kaimedia.bootstrap import House
from kaimedia.domain import Phase
from kaimedia.ui import progress_text, words
from tests.conftest import image_request, wait_for_phase
from tests.ui.conftest import grid, made, open_page, statuses, texts


def test_what_finishes_last_stands_on_the_stage(ui_house: House) -> None:
    slow = ui_house.studio.submit(image_request("the slow one [fault:slow=120]"))
    _, quick = made(ui_house, image_request("the quick one", variants=2))
    wait_for_phase(ui_house, slow.task_id, Phase.DONE, timeout_s=60)
    shown = grid(open_page(), "stage_grid")
    assert shown["stage"] == 1
    slow_media = ui_house.studio.media_of_task(slow.task_id)
    assert [item["id"] for item in shown["items"]] == [each.id for each in (*slow_media, *quick)]


def test_all_variants_of_the_newest_stand_on_the_stage(ui_house: House) -> None:
    made(ui_house, image_request("an older one"))
    _, media = made(ui_house, image_request("the newest", variants=4))
    shown = grid(open_page(), "stage_grid")
    assert shown["stage"] == 4 and len(shown["items"]) == 5
    assert {item["id"] for item in shown["items"][:4]} == {each.id for each in media}


def test_before_the_first_result_the_stage_keeps_its_room(idle_house: House) -> None:
    assert "What will you make?" in texts(open_page())
    idle_house.studio.submit(image_request("the first"))
    shown = texts(open_page())
    assert "What will you make?" not in shown
    assert "Your first result appears here." in shown


def took(house: House, task_id: str) -> str:
    """How long a finished task took, in words."""
    task = house.studio.task(task_id)
    return words.elapsed(progress_text.elapsed_s(task, task.created_at))


def test_what_ended_on_another_page_is_told_once(ui_house: House) -> None:
    task = ui_house.studio.submit(image_request("a paper boat"))
    wait_for_phase(ui_house, task.task_id, Phase.DONE)
    app = open_page()
    assert "image is ready" not in texts(app)  # it ended before this session
    app.session_state["running_tasks"] = frozenset({task.task_id})
    app.run()
    assert not app.toast  # the result itself is there
    assert statuses(app) == {f"a paper boat Done · took {took(ui_house, task.task_id)}": "complete"}
    signal = next(each for each in app.get("bidi_component") if each.proto.component_name.endswith("kai_tab_signal"))
    (data,) = json.loads(signal.proto.json)
    assert data == {"running": 0, "ended": [[task.task_id, "Your image is ready.", "a paper boat"]]}
