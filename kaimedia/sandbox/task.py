"""A task in the sandbox: its order and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from kaimedia.sandbox.faults.switches import Switch

Kind = Literal["image", "video"]
ImageFormat = Literal["png", "jpeg", "webp"]
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Order:
    """A valid create: what to draw and what it costs.

    `sizes` are (width, height) in pixels; with several, the one closest to the reference's aspect ratio is used.
    `param` is the request as received, returned in the record. `media_urls` are videos and sound, which must exist;
    with `follows_media`, the result is as long as the first of them. `upgrade_of` is the id of the task whose result
    this order makes again in a higher resolution. `mask_url` is a mask over the first of `reference_urls`: only what
    has the color `mask_changes` in it is drawn anew, and it must have that image's size and, with `mask_has_type`, its
    type.
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
    media_urls: tuple[str, ...] = ()
    follows_media: bool = False
    fails: bool = False  # accepted all the same
    upgrade_of: str = ""
    mask_url: str = ""
    mask_changes: Literal["white", "black"] = "black"
    mask_has_type: bool = False
    image_format: ImageFormat = "png"  # of an image's results


class Failing(StrEnum):
    """Ways to fail; each family has its own messages for them."""

    POLICY = "policy"
    GENERATION = "generation"
    INTERNAL = "internal"
    FLAG3 = "flag3"
    CODE_501 = "501"
    CODE_408 = "408"
    REFERENCE = "reference"
    MASK = "mask"
    DRAWING = "drawing"


class State(StrEnum):
    """A task's state; each family has its own names for them."""

    WAITING = "waiting"
    QUEUED = "queued"
    RUNNING = "running"
    FINISHING = "finishing"  # Veo's upscale pass: flag 1, no link yet
    SUCCESS = "success"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """True when the state will not change anymore."""
        return self in (State.SUCCESS, State.FAILED)


@dataclass(slots=True)
class SandboxTask:
    """An accepted order. Times are seconds since 1970, `total_s` simulated seconds.

    `ended_at` is set once, when the end was first reported or settled. `copy` counts earlier tasks with the same
    prompt, so that random faults are reproducible regardless of other tasks.
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
    polls_after_success: int = 0
    misnamed: int = 0  # records that named another task
    upgrades: dict[str, str] = field(default_factory=dict)  # resolution -> id of the task that makes it again
    downloads: dict[str, int] = field(default_factory=dict)

    @property
    def dice_key(self) -> str:
        """The key that seeds the random faults of this task."""
        return f"{self.order.prompt}|{self.copy}"

    def has(self, fault: str) -> bool:
        """True when this fault was on for the task when it was accepted."""
        return fault in self.switches


@dataclass(frozen=True, slots=True)
class TaskSnapshot:
    """A task at one point in time. `progress` is 0–1; `urls` is empty until success; times in whole milliseconds."""

    state: State
    progress: float
    created_ms: int
    ended_ms: int | None = None
    failing: Failing | None = None
    urls: tuple[str, ...] = ()
    cover_url: str = ""
    is_expired: bool = False
