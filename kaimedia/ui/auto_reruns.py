"""Two faults of Streamlit 1.67 in the runs that a fragment asks for, by its timer (`run_every`) or by a widget in it.

*Blank page.* When such a request waits while another page is drawn, Streamlit serves it afterwards under the former
page, and the browser, told of a page that is not the one it shows, clears everything. A timer's request is dropped;
the next one names the right page. What a person pressed counts: its request runs the page that is shown now.

*One press, two calls.* The browser puts a press among the widget states at once and sends it a moment later; a timer
that fires in between sends all widget states, the press among them. Its callback was then called two to four times on
a busy machine. A timer presses nothing, so the presses are taken out of its request; their own request follows.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from weakref import ReferenceType, WeakKeyDictionary, ref

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner

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
        AppSession.request_rerun = without_presses(AppSession.request_rerun)  # type: ignore[method-assign, assignment]


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


def without_presses(
    request_rerun: Callable[[AppSession, ClientState | None], None],
) -> Callable[[AppSession, ClientState | None], None]:
    """`request_rerun(session, client_state)` that takes the presses out of a timer's request."""

    @functools.wraps(request_rerun)
    def request(session: AppSession, client_state: ClientState | None) -> None:
        if client_state is not None and client_state.is_auto_rerun:
            widgets = client_state.widget_states.widgets
            lasting = [each for each in widgets if not _is_press(each)]
            if len(lasting) < len(widgets):
                stripped = ClientState()
                stripped.CopyFrom(client_state)
                del stripped.widget_states.widgets[:]
                stripped.widget_states.widgets.extend(lasting)
                client_state = stripped
        request_rerun(session, client_state)

    return request
