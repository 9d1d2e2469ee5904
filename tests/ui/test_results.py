"""Result blocks keep their place, so that nothing blinks when another arrives; what ended meanwhile is told once."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from kaimedia.bootstrap import House
from kaimedia.domain import Phase
from kaimedia.ui import progress_text, words
from kaimedia.ui.results import BLOCKS, SPARE, places
from tests.conftest import image_request, wait_for_phase
from tests.ui.conftest import made, open_page, statuses, texts


def test_a_new_block_takes_the_place_before_the_others() -> None:
    first = places(["b", "a"], {})
    second = places(["c", "b", "a"], first)
    assert second["c"] == first["b"] - 1
    assert (second["b"], second["a"]) == (first["b"], first["a"])
    assert places(["b", "a"], second) == first  # one was deleted: the others stay


@given(st.lists(st.lists(st.integers(0, 40), unique=True, max_size=BLOCKS), max_size=30))
def test_places_rise_with_the_order_and_stay_few(orders: list[list[int]]) -> None:
    known: dict[str, int] = {}
    for order in orders:
        newest_first = [str(each) for each in order]
        known = places(newest_first, known)
        found = [known[each] for each in newest_first]
        assert found == sorted(set(found))
        assert not found or (min(found) >= 0 and max(found) < SPARE + 2 * BLOCKS)


def test_what_finishes_last_stands_first(ui_house: House) -> None:
    slow = ui_house.studio.submit(image_request("the slow one [fault:slow=120]"))
    quick, _ = made(ui_house, image_request("the quick one"))
    done = wait_for_phase(ui_house, slow.task_id, Phase.DONE, timeout_s=60)
    assert done.completed_at and quick.completed_at and done.completed_at > quick.completed_at
    shown = texts(open_page())
    assert shown.index("<h3>the slow one") < shown.index("<h3>the quick one")


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
