"""Apps whose engine leaves out its cleanup and the daily backup, which take longer than most tests.

`housekeeping_of` runs them; `tests/engine/` tests when the engine does.
"""

from __future__ import annotations

from typing import Any

import pytest

from kaimedia import open_engine
from kaimedia.jobs.engine import Engine


def leave_out_housekeeping(patch: pytest.MonkeyPatch) -> None:
    """For apps that are opened in this process."""

    def engine(*steps: Any, housekeeping: object, **options: Any) -> Engine:
        return Engine(*steps, **options)

    patch.setattr(open_engine, "Engine", engine)
