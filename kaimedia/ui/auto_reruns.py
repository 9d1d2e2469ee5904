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
from weakref import WeakKeyDictionary

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner

# The page each session drew last as a whole; one pages manager lives as long as its session.
_drawn: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
# The kinds of widget value that stand for one event (Streamlit's `WidgetStates.proto`).
_PRESSES = frozenset({"trigger_value", "string_trigger_value", "chat_input_value", "json_trigger_value"})


def tame() -> None:
    """Make every session treat them so; calling it again changes nothing."""
    if not hasattr(ScriptRunner._run_script, "__wrapped__"):
        ScriptRunner._run_script = _dropping_late(ScriptRunner._run_script)  # type: ignore[method-assign, assignment]
        AppSession.request_rerun = _without_presses(AppSession.request_rerun)  # type: ignore[method-assign, assignment]


def _dropping_late(run_script: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    @functools.wraps(run_script)
    def run_unless_late(runner: Any, rerun_data: Any) -> None:
        pages = runner._pages_manager
        drawn = _drawn.get(pages, rerun_data.page_script_hash)
        if rerun_data.fragment_id_queue and drawn != rerun_data.page_script_hash:
            if rerun_data.is_auto_rerun:
                return
            rerun_data = replace(rerun_data, page_script_hash=drawn, fragment_id_queue=[])
        run_script(runner, rerun_data)
        _drawn[pages] = runner._get_script_run_ctx().page_script_hash

    return run_unless_late


def _without_presses(
    request_rerun: Callable[[AppSession, ClientState | None], None],
) -> Callable[[AppSession, ClientState | None], None]:
    @functools.wraps(request_rerun)
    def request(session: AppSession, client_state: ClientState | None) -> None:
        if client_state is not None and client_state.is_auto_rerun:
            widgets = client_state.widget_states.widgets
            lasting = [each for each in widgets if each.WhichOneof("value") not in _PRESSES]
            if len(lasting) < len(widgets):
                stripped = ClientState()
                stripped.CopyFrom(client_state)
                del stripped.widget_states.widgets[:]
                stripped.widget_states.widgets.extend(lasting)
                client_state = stripped
        request_rerun(session, client_state)

    return request
