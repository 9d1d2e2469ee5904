"""The products, each with its own paths, checks and shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kaimedia.sandbox.families import gpt4o, market, runway, veo
from kaimedia.sandbox.task import Moment, Order, SandboxTask
from kaimedia.sandbox.wire import Reply


@dataclass(frozen=True, slots=True)
class Family:
    """One wire shape: where it listens and how it speaks.

    `order` raises `Refused`; `missing` answers for an unknown id. `tells_record_id` marks the create replies
    that carry `recordId` beside `taskId`.
    """

    name: str
    create_path: str
    record_path: str
    order: Callable[[Mapping[str, Any]], Order]
    record: Callable[[SandboxTask, Moment], dict[str, Any]]
    missing: Callable[[str], Reply]
    callback: Callable[[SandboxTask, Moment], dict[str, Any]]
    result_folder: str
    result_has_extension: bool
    tells_record_id: bool = False
    polls_per_s: int = 10
    polls_are_per_task: bool = False


FAMILIES: Mapping[str, Family] = {
    family.name: family
    for family in (
        Family(
            gpt4o.NAME, gpt4o.CREATE_PATH, gpt4o.RECORD_PATH, gpt4o.order, gpt4o.record, gpt4o.missing,
            gpt4o.callback, "images", result_has_extension=True, polls_per_s=3, polls_are_per_task=True,
        ),
        Family(
            veo.NAME, veo.CREATE_PATH, veo.RECORD_PATH, veo.order, veo.record, veo.missing,
            veo.callback, "v", result_has_extension=True,
        ),
        Family(
            runway.NAME, runway.CREATE_PATH, runway.RECORD_PATH, runway.order, runway.record, runway.missing,
            runway.callback, "r", result_has_extension=False,
        ),
        Family(
            market.NAME, market.CREATE_PATH, market.RECORD_PATH, market.order, market.record, market.missing,
            market.callback, "k", result_has_extension=False, tells_record_id=True,
        ),
    )
}  # fmt: skip
