"""The model families, each with its own paths, checks and response shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kaimedia.sandbox.protocol.families import aleph, flux_kontext, gpt4o, market, runway, unified, veo
from kaimedia.sandbox.protocol.replies import Reply
from kaimedia.sandbox.task import Order, SandboxTask, TaskSnapshot


@dataclass(frozen=True, slots=True)
class WireFamily:
    """One wire shape: its paths and its functions.

    `order` raises `Refused`; `missing` is the reply for an unknown id. `reports_record_id` is True if create replies
    have `recordId` in addition to `taskId`. `extend` checks a request that continues a task of the family, which is
    None when there is none of that id. With `source_id`, which finds the id of that task in a create request, `order`
    takes the task as its second argument.
    """

    name: str
    create_path: str
    record_path: str
    order: Callable[..., Order]
    record: Callable[[SandboxTask, TaskSnapshot], dict[str, Any]]
    missing: Callable[[str], Reply]
    callback: Callable[[SandboxTask, TaskSnapshot], dict[str, Any]]
    result_folder: str
    result_has_extension: bool
    reports_record_id: bool = False
    source_id: Callable[[Mapping[str, Any]], str | None] | None = None
    has_cover: bool = False
    extend_path: str | None = None
    extend: Callable[[Mapping[str, Any], SandboxTask | None], Order] | None = None
    polls_per_s: int = 10
    polls_are_per_task: bool = False


FAMILIES: Mapping[str, WireFamily] = {
    family.name: family
    for family in (
        WireFamily(
            gpt4o.NAME, gpt4o.CREATE_PATH, gpt4o.RECORD_PATH, gpt4o.order, gpt4o.record, gpt4o.missing,
            gpt4o.callback, "images", result_has_extension=True, polls_per_s=3, polls_are_per_task=True,
        ),
        WireFamily(
            veo.NAME, veo.CREATE_PATH, veo.RECORD_PATH, veo.order, veo.record, veo.missing,
            veo.callback, "v", result_has_extension=True, extend_path=veo.EXTEND_PATH, extend=veo.extend,
        ),
        WireFamily(
            runway.NAME, runway.CREATE_PATH, runway.RECORD_PATH, runway.order, runway.record, runway.missing,
            runway.callback, "r", result_has_extension=False, extend_path=runway.EXTEND_PATH, extend=runway.extend,
            has_cover=True,
        ),
        WireFamily(
            market.NAME, market.CREATE_PATH, market.RECORD_PATH, market.order, market.record, market.missing,
            market.callback, "k", result_has_extension=False, reports_record_id=True, source_id=unified.source_id,
        ),
        WireFamily(
            aleph.NAME, aleph.CREATE_PATH, aleph.RECORD_PATH, aleph.order, aleph.record, aleph.missing,
            aleph.callback, "p", result_has_extension=True, has_cover=True,
        ),
        WireFamily(
            flux_kontext.NAME, flux_kontext.CREATE_PATH, flux_kontext.RECORD_PATH, flux_kontext.order,
            flux_kontext.record, flux_kontext.missing, flux_kontext.callback, "h", result_has_extension=True,
        ),
    )
}  # fmt: skip
