"""All states by page, used by `docs/screenshots.py` and the accessibility test.

The first of each page is checked in every test run, most others only with `--exhaustive`.
"""

from __future__ import annotations

from docs.snapshots import (
    compare_states,
    gallery_states,
    generate_states,
    other_states,
    spending_states,
    viewer_states,
)
from docs.snapshots.state import State

STATES: dict[str, tuple[State, ...]] = {
    "Generate": generate_states.STATES,
    "Gallery": gallery_states.STATES,
    "Viewer": viewer_states.STATES,
    "Settings and sign-in": other_states.STATES,
    "Comparing": compare_states.STATES,
    "Spending": spending_states.STATES,
}
