"""What one account may do at the provider."""

from __future__ import annotations

from dataclasses import dataclass

from kaimedia.kie.pace import Pacing


@dataclass(frozen=True, slots=True)
class Limits:
    """Creates per window, status reads per second, reads per second for one task.

    Source: kie.ai's getting started page, state of 2026-10: 20 new tasks per 10 s, 10 reads per second, 3 for one
    task. Our window is a little longer, because what leaves in time may arrive late.
    """

    creates: int = 20
    window_s: float = 10.5
    reads_per_s: float = 10.0
    reads_per_task_s: float = 3.0

    def pacing(self) -> Pacing:
        """The same limits held once more in this process's memory, right at the wire."""
        return Pacing(
            looks_per_s=self.reads_per_s,
            looks_per_task_s=self.reads_per_task_s,
            creates=self.creates,
            window_s=self.window_s - 0.5,
        )
