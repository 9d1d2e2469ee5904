"""One task as the sandbox keeps it: what was ordered, and what is known of its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from kaimedia.sandbox.faults import Switch

Kind = Literal["image", "video"]
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Order:
    """A valid create: what to draw and what it costs.

    `sizes` are (width, height) in pixels; with several, the one nearest to the reference's shape is taken.
    `param` is the request as it came, told back in the record.
    """

    family: str
    model: str
    kind: Kind
    prompt: str
    sizes: tuple[Size, ...]
    credits: float
    param: Mapping[str, Any]
    variants: int = 1
    duration_s: int = 0
    resolution: str = ""
    reference_urls: tuple[str, ...] = ()
    callback_url: str | None = None


class Failing(StrEnum):
    """Ways to fail that each family words differently."""

    POLICY = "policy"
    GENERATION = "generation"
    INTERNAL = "internal"
    FLAG3 = "flag3"
    CODE_501 = "501"
    CODE_408 = "408"
    REFERENCE = "reference"
    DRAWING = "drawing"


class State(StrEnum):
    """Where a task stands; families spell it in their own way."""

    WAITING = "waiting"
    QUEUED = "queued"
    RUNNING = "running"
    FINISHING = "finishing"  # Veo's upscale pass: flag 1, no link yet
    SUCCESS = "success"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """True when nothing will change any more."""
        return self in (State.SUCCESS, State.FAILED)


@dataclass(slots=True)
class SandboxTask:
    """An accepted order. Times are seconds since 1970, `total_s` simulated seconds.

    `ended_at` is set once, when the end was first told or settled. `copy` counts tasks with the same prompt,
    so that dice fall alike whatever else runs.
    """

    task_id: str
    order: Order
    created_at: float
    total_s: float
    copy: int
    base_url: str
    switches: Mapping[str, Switch] = field(default_factory=dict)
    failing: Failing | None = None
    drawn_at: float | None = None
    ended_at: float | None = None
    end: State | None = None
    refunded: float = 0.0
    polls: int = 0
    looks_after_success: int = 0
    misnamed: int = 0  # records that named another task
    upscale_asked_at: float | None = None
    downloads: dict[str, int] = field(default_factory=dict)

    @property
    def dice_key(self) -> str:
        """What probabilities are rolled by."""
        return f"{self.order.prompt}|{self.copy}"

    def has(self, fault: str) -> bool:
        """True when this fault was switched on for the task at accept."""
        return fault in self.switches


@dataclass(frozen=True, slots=True)
class Moment:
    """A task at one moment. `progress` is 0–1; `urls` is empty until success; times in whole milliseconds."""

    state: State
    progress: float
    created_ms: int
    ended_ms: int | None = None
    failing: Failing | None = None
    urls: tuple[str, ...] = ()
    cover_url: str = ""
    is_expired: bool = False
