"""The provider's rate limits for one account."""

from __future__ import annotations

from dataclasses import dataclass

from kaimedia.kie.pace import Pacing


@dataclass(frozen=True, slots=True)
class Limits:
    """Creates per window, status reads per second, reads per second for one task.

    Source: kie.ai's getting started page, as of 2026-10: 20 new tasks per 10 s, 10 reads per second, 3 for one
    task. Our window is a little longer, because requests spaced correctly here may arrive closer together.
    """

    creates: int = 20
    window_s: float = 10.5
    reads_per_s: float = 10.0
    reads_per_task_s: float = 3.0

    def pacing(self) -> Pacing:
        """The same limits, enforced once more in this process's memory by the transport."""
        return Pacing(
            polls_per_s=self.reads_per_s,
            polls_per_task_s=self.reads_per_task_s,
            creates=self.creates,
            window_s=self.window_s - 0.5,
        )
