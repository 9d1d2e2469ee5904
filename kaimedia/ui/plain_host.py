"""What the pages do themselves where a host runs them as a plain script, without our routes and limits."""

from __future__ import annotations

from streamlit import runtime

from kaimedia import bootstrap
from kaimedia.domain.upload_caps import NOT_ADMITTED, UploadCaps, UploadRefusal
from kaimedia.ui import framework

LACKS = (
    "no REST API, no API documentation, no callbacks from kie.ai (tasks are polled)",
    "no limit on connections, no browser policy for scripts and frames, the system's fonts",
    "files pass through memory: each one that is opened is loaded whole",
)
CAPS = UploadCaps()
admitted: set[str] = set()  # sessions


def begin() -> None:
    """At the beginning of each run: what is uploaded is kept within our limits, and for admitted sessions only."""
    if _is_plain():
        framework.limit_uploads(_refusal)


def note(is_admitted: bool) -> None:
    """Whether this session has passed the check that stands before every page, as of now."""
    if not _is_plain() or (session_id := framework.own_session_id()) is None:
        return
    # A browser that comes back runs the page again, and is noted again.
    admitted.difference_update([each for each in set(admitted) if not framework.is_connected(each)])
    if is_admitted:
        admitted.add(session_id)
    else:
        admitted.discard(session_id)


def _is_plain() -> bool:
    return runtime.exists() and not bootstrap.media_routes_are_mounted()


def _refusal(session_id: str, size: int) -> UploadRefusal | None:
    if session_id not in admitted:
        return NOT_ADMITTED
    held = framework.held_uploads()
    return CAPS.refusal(held.get(session_id, ()), sum(map(sum, held.values())), size)
