"""Which requests of a fragment are dropped, changed or let through, without a browser."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

from kaimedia.ui import auto_reruns


class Pages:
    """A stub of one session's pages manager."""


class Runner:
    """A stub script runner: records its runs, and lets tests act during a run."""

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
def test_a_timer_of_the_previous_page_is_dropped(runner: Runner, states: WidgetStates | None) -> None:
    run(runner, of_fragment("generate", by_timer=True, states=states))
    assert len(runner.ran) == 1


def test_a_timer_of_the_current_page_runs(runner: Runner) -> None:
    run(runner, of_fragment("gallery", by_timer=True))
    assert runner.ran[-1].fragment_id_queue == ["f"]


@pytest.mark.parametrize("by_timer", [False, True], ids=["alone", "joined by a timer"])
def test_a_click_on_the_previous_page_runs_the_current_page(runner: Runner, by_timer: bool) -> None:
    run(runner, of_fragment("generate", by_timer=by_timer, states=PRESS))
    ran = runner.ran[-1]
    assert (len(runner.ran), ran.page_script_hash, ran.fragment_id_queue) == (2, "gallery", [])
    assert ran.widget_states == PRESS


def test_a_replaced_runner_does_not_set_the_current_page(runner: Runner) -> None:
    """Its page took long; the next page was drawn in the meantime, and its timers keep running."""
    newer = Runner(runner.pages)
    runner.meanwhile = lambda: run(newer, RerunData(page_script_hash="generate"))
    run(runner, RerunData(page_script_hash="gallery"))
    run(newer, of_fragment("generate", by_timer=True))
    assert len(newer.ran) == 2


@pytest.fixture
def requests() -> ScriptRequests:
    """Those of a script runner, as the app makes them."""
    auto_reruns.install()
    return ScriptRequests()


def waiting(requests: ScriptRequests) -> RerunData:
    request = requests.on_scriptrunner_ready()
    assert request.type is ScriptRequestType.RERUN
    return request.rerun_data


def test_a_timer_carries_no_values(requests: ScriptRequests) -> None:
    requests.request_rerun(of_fragment("generate", by_timer=True, states=PRESS))
    assert waiting(requests).widget_states is None


@pytest.mark.parametrize("timer_first", [False, True])
def test_a_click_merged_with_a_timer_keeps_its_values(requests: ScriptRequests, timer_first: bool) -> None:
    both = [
        of_fragment("generate", by_timer=by_timer, states=PRESS if not by_timer else TEXT) for by_timer in (False, True)
    ]
    for each in reversed(both) if timer_first else both:
        requests.request_rerun(each)
    assert waiting(requests).widget_states == PRESS


@pytest.mark.parametrize("timer_first", [False, True])
def test_a_timer_undoes_nothing_that_a_callback_set(requests: ScriptRequests, timer_first: bool) -> None:
    """After the callback, `st.rerun()` requests the page without values; the timer's values are older."""
    both = [RerunData(page_script_hash="generate"), of_fragment("generate", by_timer=True, states=TEXT)]
    for each in reversed(both) if timer_first else both:
        requests.request_rerun(each)
    assert waiting(requests).widget_states is None


class Queue(ForwardMsgQueue):
    """A session's messages to the browser, as `install` leaves them."""

    clear = auto_reruns.keeping_unsent(ForwardMsgQueue.clear)


def block(fragment: str) -> ForwardMsg:
    """The message that adds a fragment's container."""
    message = ForwardMsg()
    message.metadata.delta_path[:] = [0, 0]
    message.delta.fragment_id = fragment
    message.delta.add_block.allow_empty = True
    return message


def test_unsent_messages_of_a_page_are_sent_before_those_of_a_fragment() -> None:
    """Else the browser removes the fragment's container at the end of the page's run, and others move up."""
    queue = Queue()
    queue.enqueue(block("f"))
    queue.enqueue(ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY))
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["f"])
    queue.enqueue(block("f"))
    assert [each.WhichOneof("type") for each in queue.flush()] == ["delta", "script_finished", "delta"]
    assert queue.is_empty()


def test_a_run_of_the_whole_page_replaces_unsent_messages() -> None:
    queue = Queue()
    queue.enqueue(block("f"))
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=None)
    assert queue.is_empty()


@pytest.fixture
def news(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the gallery's fragment "f" is drawn from: the last of these. It was drawn from "old"."""
    found: list[object] = ["old"]
    monkeypatch.setattr(auto_reruns, "get_script_run_ctx", lambda: SimpleNamespace(pages_manager=runner.pages))
    ThreadState.initialize(active_script_hash="")
    with ThreadState.scoped(fragment_id="f"):
        auto_reruns.skip_while_same(lambda: found[-1], "old")
    return found


def test_a_timer_with_nothing_new_is_skipped(runner: Runner, news: list[object]) -> None:
    run(runner, of_fragment("gallery", by_timer=True, states=None))
    assert len(runner.ran) == 1


@pytest.mark.parametrize("now", ["new", None])
def test_a_timer_with_news_runs(runner: Runner, news: list[object], now: object) -> None:
    news.append(now)
    run(runner, of_fragment("gallery", by_timer=True, states=None))
    assert len(runner.ran) == 2


@pytest.mark.parametrize(("by_timer", "states"), [(False, None), (False, TEXT), (True, PRESS), (True, TEXT)])
def test_a_click_is_never_skipped(
    runner: Runner, news: list[object], by_timer: bool, states: WidgetStates | None
) -> None:
    run(runner, of_fragment("gallery", by_timer=by_timer, states=states))
    assert len(runner.ran) == 2


def test_of_two_fragments_only_the_one_with_news_runs(runner: Runner, news: list[object]) -> None:
    both = RerunData(page_script_hash="gallery", fragment_id_queue=["f", "other"], is_auto_rerun=True)
    run(runner, both)
    assert runner.ran[-1].fragment_id_queue == ["other"]


def test_a_run_of_the_whole_page_forgets_what_its_fragments_were_drawn_from(runner: Runner, news: list[object]) -> None:
    run(runner, RerunData(page_script_hash="gallery"))
    run(runner, of_fragment("gallery", by_timer=True, states=None))
    assert len(runner.ran) == 3


def test_a_run_that_fails_is_followed_by_one_at_the_next_timer(runner: Runner, news: list[object]) -> None:
    """It has drawn an error; what is read then may be the same as before the error."""
    news.append(None)
    run(runner, of_fragment("gallery", by_timer=True, states=None))
    news.append("old")
    run(runner, of_fragment("gallery", by_timer=True, states=None))
    assert len(runner.ran) == 3
