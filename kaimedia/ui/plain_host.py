"""What the pages must do themselves on a host that runs them as a plain script, without our routes and limits."""

from __future__ import annotations

import streamlit as st
from streamlit import runtime as streamlit_runtime

from kaimedia import runtime
from kaimedia.domain.upload_caps import NOT_ADMITTED, UploadCaps, UploadRejection
from kaimedia.ui import framework, reads

LACKS = (
    "there is no REST API, no API documentation and no callbacks (tasks are polled)",
    "connections are not limited, and there is no content security policy",
    "system fonts are used",
    "each file that is opened is loaded into memory as a whole",
)
CAPS = UploadCaps()
admitted: set[str] = set()  # sessions


def begin() -> None:
    """Call at the start of each run: enforces our upload limits and accepts uploads only from sessions with access."""
    if _is_plain():
        framework.limit_uploads(_rejection)


def add_styles() -> None:
    """Add our styles, unless the page's HTML has them (`first_paint.py`): the browser would match each rule twice."""
    if not runtime.media_routes_are_mounted():
        st.html(f"<style>{reads.stylesheet()}</style>")


def note(is_admitted: bool) -> None:
    """Record whether this session passed the access check."""
    if not _is_plain() or (session_id := framework.current_session_id()) is None:
        return
    # A browser that reconnects runs the page again and is recorded again.
    admitted.difference_update([each for each in set(admitted) if not framework.is_connected(each)])
    if is_admitted:
        admitted.add(session_id)
    else:
        admitted.discard(session_id)


def _is_plain() -> bool:
    return streamlit_runtime.exists() and not runtime.media_routes_are_mounted()


def _rejection(session_id: str, size: int) -> UploadRejection | None:
    if session_id not in admitted:
        return NOT_ADMITTED
    held = framework.held_uploads()
    return CAPS.rejection(held.get(session_id, ()), sum(map(sum, held.values())), size)
