"""Keeps a timer of the page before from blanking the page a callback has just switched to.

A fragment with `run_every` asks for its run from the browser. When such a request waits while `st.switch_page` draws
another page, Streamlit 1.67 serves it afterwards under the former page, and the browser, told of a page that is not
the one it shows, clears everything. Requests of that kind are dropped here; the next one names the right page.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner

# The page each session drew last as a whole; one pages manager lives as long as its session.
_drawn: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


def drop_them() -> None:
    """Make every session drop late requests; calling it again changes nothing."""
    if not hasattr(ScriptRunner._run_script, "__wrapped__"):
        ScriptRunner._run_script = _guarding(ScriptRunner._run_script)  # type: ignore[method-assign, assignment]


def _guarding(run_script: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    @functools.wraps(run_script)
    def run_unless_late(runner: Any, rerun_data: Any) -> None:
        pages = runner._pages_manager
        is_timer = rerun_data.is_auto_rerun and rerun_data.fragment_id_queue
        if is_timer and _drawn.get(pages, rerun_data.page_script_hash) != rerun_data.page_script_hash:
            return
        run_script(runner, rerun_data)
        _drawn[pages] = runner._get_script_run_ctx().page_script_hash

    return run_unless_late
