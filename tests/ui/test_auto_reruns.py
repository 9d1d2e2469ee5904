"""Which requests of a fragment are dropped, changed or let through, without a browser."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

from kaimedia.ui import auto_reruns


class Pages:
    """Stands for the pages manager of one session."""


class Runner:
    """Stands for a script runner: what it runs is noted, and what happens meanwhile can be said."""

    def __init__(self, pages: Pages) -> None:
        self._pages_manager = self.pages = pages
        self.ran: list[RerunData] = []
        self.page_script_hash = ""
        self.meanwhile: Any = lambda: None

    def _get_script_run_ctx(self) -> Runner:
        return self

    def run(self, data: RerunData) -> None:
        self.ran.append(data)
        self.page_script_hash = data.page_script_hash
        self.meanwhile()


run = auto_reruns.dropping_late(Runner.run)
PRESS, TEXT = WidgetStates(), WidgetStates()
PRESS.widgets.add(id="button", trigger_value=True)
TEXT.widgets.add(id="field", string_value="a sea")


def of_fragment(page: str, *, by_timer: bool, states: WidgetStates | None = TEXT) -> RerunData:
    return RerunData(page_script_hash=page, fragment_id_queue=["f"], is_auto_rerun=by_timer, widget_states=states)


@pytest.fixture
def runner() -> Runner:
    """A session that shows the gallery."""
    found = Runner(Pages())
    run(found, RerunData(page_script_hash="gallery"))
    return found


@pytest.mark.parametrize("states", [TEXT, None])
def test_a_timer_of_the_page_before_is_dropped(runner: Runner, states: WidgetStates | None) -> None:
    run(runner, of_fragment("generate", by_timer=True, states=states))
    assert len(runner.ran) == 1


def test_a_timer_of_the_page_that_is_shown_runs(runner: Runner) -> None:
    run(runner, of_fragment("gallery", by_timer=True))
    assert runner.ran[-1].fragment_id_queue == ["f"]


@pytest.mark.parametrize("by_timer", [False, True], ids=["alone", "joined by a timer"])
def test_a_press_on_the_page_before_runs_the_page_that_is_shown(runner: Runner, by_timer: bool) -> None:
    run(runner, of_fragment("generate", by_timer=by_timer, states=PRESS))
    ran = runner.ran[-1]
    assert (len(runner.ran), ran.page_script_hash, ran.fragment_id_queue) == (2, "gallery", [])
    assert ran.widget_states == PRESS


def test_a_runner_that_was_replaced_does_not_say_what_is_shown(runner: Runner) -> None:
    """Its page took long; the next one was drawn meanwhile, and its timers go on."""
    newer = Runner(runner.pages)
    runner.meanwhile = lambda: run(newer, RerunData(page_script_hash="generate"))
    run(runner, RerunData(page_script_hash="gallery"))
    run(newer, of_fragment("generate", by_timer=True))
    assert len(newer.ran) == 2


@pytest.mark.parametrize(("by_timer", "left"), [(True, ["field"]), (False, ["field", "button"])])
def test_a_timer_carries_no_press(by_timer: bool, left: list[str]) -> None:
    asked: list[ClientState | None] = []
    request = auto_reruns.without_presses(lambda _session, state: asked.append(state))
    given = ClientState(is_auto_rerun=by_timer)
    given.widget_states.widgets.extend([*TEXT.widgets, *PRESS.widgets])
    request(None, given)  # type: ignore[arg-type]
    request(None, None)  # type: ignore[arg-type]
    assert asked[0] is not None and [each.id for each in asked[0].widget_states.widgets] == left
    assert len(given.widget_states.widgets) == 2 and asked[1] is None
