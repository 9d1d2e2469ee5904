"""Every state there is, page by page: `docs/screenshots.py` photographs them, the accessibility test checks them."""

from __future__ import annotations

from docs.snapshots import gallery_states, generate_states, other_states, viewer_states
from docs.snapshots.state import State

STATES: dict[str, tuple[State, ...]] = {
    "Generate": generate_states.STATES,
    "Gallery": gallery_states.STATES,
    "Viewer": viewer_states.STATES,
    "Settings and the door": other_states.STATES,
}
