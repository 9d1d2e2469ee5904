"""Works around three bugs of Streamlit 1.67 in fragment reruns, by timer (`run_every`) or by a widget in the fragment.

*Blank page.* If such a request waits while another page is drawn, Streamlit then runs it as the previous
page, and the browser, seeing a page other than the one it shows, clears everything. A timer's request is dropped;
the next one names the right page. A click is never dropped: its request runs the page that is shown now.

*Widget states of a timer.* A timer's request also carries all widget states. The browser adds a click to them at
once but sends its request a moment later: a timer in between sent the click too, and its callback ran 2–4 times
on a busy machine. And when a callback sets a widget (*Reuse* fills the prompt) and reruns the whole page, a timer's
request pending at the same time restored the browser's older value. A timer changes nothing, so its request carries
no widget states; clicks and typed values arrive with their own requests.

*Discarded messages.* When a fragment rerun begins, Streamlit discards that fragment's messages that were not sent yet,
because the rerun sends them again. On a busy machine they can belong to a run of the whole page. The browser then gets
the end of that run without them, removes the fragment's container as outdated, and everything after it moves up by one
position. The next message for another fragment names a position that does not exist ("Cannot set a node at a delta
path"), and the page stops. So nothing is discarded before a fragment rerun.

It also leaves out a timer's run while the fragment would be drawn from the same as before (`skip_while_same`), because
Streamlit always sends a whole fragment.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from weakref import ReferenceType, WeakKeyDictionary, ref

from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

# The last page each session drew in full; a pages manager lives as long as its session.
_drawn: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
# The current script runner of each session. A replaced runner may finish after its successor and is then ignored.
_runners: WeakKeyDictionary[Any, ReferenceType[ScriptRunner]] = WeakKeyDictionary()
# How each session's fragments read what they are drawn from, and what that was at their last run, by fragment id.
_sources: WeakKeyDictionary[Any, dict[str, tuple[Callable[[], object], object]]] = WeakKeyDictionary()
# Widget value types that represent a single event (Streamlit's `WidgetStates.proto`).
_PRESSES = frozenset({"trigger_value", "string_trigger_value", "chat_input_value", "json_trigger_value"})


def install() -> None:
    """Patch Streamlit for all sessions; idempotent."""
    if not hasattr(ScriptRunner._run_script, "__wrapped__"):
        ScriptRunner._run_script = dropping_late(ScriptRunner._run_script)  # type: ignore[method-assign, assignment]
        ScriptRequests.request_rerun = without_values(ScriptRequests.request_rerun)  # type: ignore[method-assign, assignment]
        ForwardMsgQueue.clear = keeping_unsent(ForwardMsgQueue.clear)  # type: ignore[method-assign]


def skip_while_same(read: Callable[[], object], drawn: object) -> None:
    """Skip this fragment's runs by timer while `read()` equals `drawn`, which its current run was drawn from.

    A run that does not get to this call, because it failed for example, is followed by one at the next timer. A `read`
    that returns None never equals anything.
    """
    context, fragment_id = get_script_run_ctx(), ThreadState.get().fragment_id
    if context is not None and fragment_id is not None:
        _sources.setdefault(context.pages_manager, {})[fragment_id] = (read, drawn)


def _is_due(pages: Any, fragment_id: str) -> bool:
    read, drawn = _sources.get(pages, {}).get(fragment_id, (lambda: None, None))
    return (now := read()) is None or now != drawn


def _forget(pages: Any, fragment_ids: Sequence[str]) -> None:
    """Before the run of these fragments, or of the whole page if there are none: what they show is about to change."""
    if not fragment_ids:
        _sources.pop(pages, None)
    for each in fragment_ids:
        _sources.get(pages, {}).pop(each, None)


def dropping_late(run_script: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """`run_script(runner, rerun_data)` without fragment reruns of a page no longer shown, and without unneeded ones."""

    @functools.wraps(run_script)
    def run_unless_late(runner: Any, rerun_data: Any) -> None:
        pages = runner._pages_manager
        _runners[pages] = ref(runner)
        drawn = _drawn.get(pages, rerun_data.page_script_hash)
        if rerun_data.fragment_id_queue and drawn != rerun_data.page_script_hash:
            # A pending click may have been merged into a timer's request.
            states = rerun_data.widget_states
            if rerun_data.is_auto_rerun and not any(map(_is_press, states.widgets if states else ())):
                return
            rerun_data = replace(rerun_data, page_script_hash=drawn, fragment_id_queue=[])
        if rerun_data.is_auto_rerun and rerun_data.fragment_id_queue and rerun_data.widget_states is None:
            due = [each for each in rerun_data.fragment_id_queue if _is_due(pages, each)]
            if not due:
                return
            rerun_data = replace(rerun_data, fragment_id_queue=due)
        _forget(pages, rerun_data.fragment_id_queue)
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
    """`request_rerun(requests, rerun_data)` that removes the widget states from a timer's request."""

    @functools.wraps(request_rerun)
    def request(requests: ScriptRequests, rerun_data: RerunData) -> bool:
        # None, not an empty message: otherwise it would overwrite the values of a pending click.
        return request_rerun(
            requests, replace(rerun_data, widget_states=None) if rerun_data.is_auto_rerun else rerun_data
        )

    return request


def keeping_unsent(clear: Callable[..., None]) -> Callable[..., None]:
    """`clear(queue, ...)` that keeps all messages when a fragment rerun begins."""

    @functools.wraps(clear)
    def clear_unless_fragment(
        queue: Any, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None
    ) -> None:
        if not retain_lifecycle_msgs or fragment_ids_this_run is None:
            clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)
        else:
            queue._delta_index_map = {}  # the rerun's messages must not be merged into those of the run before

    return clear_unless_fragment
