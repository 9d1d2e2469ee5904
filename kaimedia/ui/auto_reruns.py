"""Two faults of Streamlit 1.67 in the runs that a fragment asks for, by its timer (`run_every`) or by a widget in it.

*Blank page.* When such a request waits while another page is drawn, Streamlit serves it afterwards under the former
page, and the browser, told of a page that is not the one it shows, clears everything. A timer's request is dropped;
the next one names the right page. What a person pressed counts: its request runs the page that is shown now.

*Values of a timer.* The browser sends all widget states with a timer's request as well. It puts a press among them at
once and sends it a moment later: a timer in between sent the press too, and its callback was called two to four times
on a busy machine. And where a callback sets a widget (*Reuse* fills the prompt) and asks for the whole page, a timer's
request that waits beside that one put the browser's older value back. A timer changes nothing, so its request carries
no widget states; what was pressed or typed comes with the request of its own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from weakref import ReferenceType, WeakKeyDictionary, ref

from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests

# The page each session drew last as a whole; one pages manager lives as long as its session.
_drawn: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
# Who draws for a session now. A runner that was replaced may end later than its successor, and says nothing then.
_runners: WeakKeyDictionary[Any, ReferenceType[ScriptRunner]] = WeakKeyDictionary()
# The kinds of widget value that stand for one event (Streamlit's `WidgetStates.proto`).
_PRESSES = frozenset({"trigger_value", "string_trigger_value", "chat_input_value", "json_trigger_value"})


def tame() -> None:
    """Make every session treat them so; calling it again changes nothing."""
    if not hasattr(ScriptRunner._run_script, "__wrapped__"):
        ScriptRunner._run_script = dropping_late(ScriptRunner._run_script)  # type: ignore[method-assign, assignment]
        ScriptRequests.request_rerun = without_values(ScriptRequests.request_rerun)  # type: ignore[method-assign, assignment]


def dropping_late(run_script: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """`run_script(runner, rerun_data)` without what belongs to a page that is not shown any more."""

    @functools.wraps(run_script)
    def run_unless_late(runner: Any, rerun_data: Any) -> None:
        pages = runner._pages_manager
        _runners[pages] = ref(runner)
        drawn = _drawn.get(pages, rerun_data.page_script_hash)
        if rerun_data.fragment_id_queue and drawn != rerun_data.page_script_hash:
            # A press that waited beside a timer's request has become one with it.
            states = rerun_data.widget_states
            if rerun_data.is_auto_rerun and not any(map(_is_press, states.widgets if states else ())):
                return
            rerun_data = replace(rerun_data, page_script_hash=drawn, fragment_id_queue=[])
        run_script(runner, rerun_data)
        is_current = _runners[pages]() is runner
        if is_current:
            _drawn[pages] = runner._get_script_run_ctx().page_script_hash

    return run_unless_late


def _is_press(widget: WidgetState) -> bool:
    return widget.WhichOneof("value") in _PRESSES


def without_values(
    request_rerun: Callable[[ScriptRequests, RerunData], bool],
) -> Callable[[ScriptRequests, RerunData], bool]:
    """`request_rerun(requests, rerun_data)` that takes the widget states out of a timer's request."""

    @functools.wraps(request_rerun)
    def request(requests: ScriptRequests, rerun_data: RerunData) -> bool:
        # None, not an empty message: only then do the values of a press that waits already stay.
        return request_rerun(
            requests, replace(rerun_data, widget_states=None) if rerun_data.is_auto_rerun else rerun_data
        )

    return request
