"""GPT-4o image: the dedicated endpoints.

Source: docs.kie.ai, 4o Image API (old model pages), state of 2026-10.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kaimedia.sandbox.faults import response_variants
from kaimedia.sandbox.protocol import prices
from kaimedia.sandbox.protocol.families.failures import Failure, failure
from kaimedia.sandbox.protocol.families.fields import Fields
from kaimedia.sandbox.protocol.replies import Refused, Reply
from kaimedia.sandbox.task import Failing, Order, SandboxTask, State, TaskSnapshot

NAME = "gpt4o"
CREATE_PATH = "/api/v1/gpt4o-image/generate"
RECORD_PATH = "/api/v1/gpt4o-image/record-info"
_SIZES = {"1:1": (1024, 1024), "3:2": (1536, 1024), "2:3": (1024, 1536)}
_VARIANTS = (1, 2, 4)
_FAILURES = {
    Failing.POLICY: Failure(400, "Your content was flagged by OpenAI as violating content policies."),
    Failing.GENERATION: Failure(500, "Generation failed, please try again later.", flag=3),
}


def order(body: Mapping[str, Any]) -> Order:
    """Check a create request.

    Raises:
        Refused: 422, naming the field.
    """
    fields = Fields(body)
    size = fields.choice("size", tuple(_SIZES))
    prompt = fields.text("prompt")
    files = fields.urls("filesUrl", most=5) or tuple(filter(None, [fields.url("fileUrl")]))
    if not prompt.strip() and not files:
        raise Refused(422, "prompt and filesUrl cannot both be empty")
    variants = fields.whole("nVariants", _VARIANTS, default=1)
    fields.flags("isEnhance", "uploadCn", "enableFallback")
    fields.choice("fallbackModel", ("GPT_IMAGE_1", "FLUX_MAX"), default="FLUX_MAX")
    mask = fields.url("maskUrl")
    return Order(
        family=NAME,
        model="gpt4o-image",
        kind="image",
        prompt=prompt,
        sizes=(_SIZES[size],),
        credits=prices.GPT4O_PER_IMAGE * variants,
        param=body,
        variants=variants,
        reference_urls=files,
        mask_url=mask if len(files) == 1 else "",  # ignored beside several images
        mask_has_type=True,
        callback_url=fields.url("callBackUrl") or None,
    )


def record(task: SandboxTask, snapshot: TaskSnapshot) -> dict[str, Any]:
    """The record as `record-info` returns it."""
    is_running = not snapshot.state.is_over
    failed = failure(snapshot, _FAILURES) if snapshot.state is State.FAILED else None
    value = failed.flag if failed else int(snapshot.state is State.SUCCESS)
    return response_variants.present(
        {
            "taskId": task.task_id,
            "paramJson": json.dumps(dict(task.order.param), ensure_ascii=False),
            "createTime": response_variants.time(task, snapshot.created_ms),
            "completeTime": response_variants.time(task, snapshot.ended_ms),
            "response": response_variants.response(
                task, None if is_running or failed else response_variants.links(task, snapshot.urls)
            ),
            "successFlag": response_variants.flag(task, value, is_running=is_running),
            "status": _status(task, snapshot, value),
            "errorCode": failed.code if failed else None,
            "errorMessage": failed.message if failed else "",
            "progress": response_variants.progress(task, _progress(snapshot), is_running=is_running),
        }
    )


def _status(task: SandboxTask, snapshot: TaskSnapshot, value: int) -> str:
    running = dict.fromkeys((State.WAITING, State.QUEUED, State.RUNNING, State.FINISHING), "GENERATING")
    failed = "CREATE_TASK_FAILED" if value == 2 else "GENERATE_FAILED"
    return response_variants.word(task, snapshot, {**running, State.SUCCESS: "SUCCESS", State.FAILED: failed})


def _progress(snapshot: TaskSnapshot) -> str:
    if snapshot.state.is_over:
        return "1.00" if snapshot.state is State.SUCCESS else "0.00"
    return "0.00" if snapshot.progress < 0.25 else "0.37" if snapshot.progress < 0.6 else "0.85"


def missing(task_id: str) -> Reply:
    """The reply for an unknown id."""
    return Reply(422, "The record does not exist")


def callback(task: SandboxTask, snapshot: TaskSnapshot) -> dict[str, Any]:
    """The body of the callback; snake_case here, unlike the record."""
    if snapshot.state is State.FAILED:
        failed = failure(snapshot, _FAILURES)
        return {"code": failed.code or 500, "msg": failed.message, "data": {"taskId": task.task_id, "info": None}}
    data = {"taskId": task.task_id, "info": {"result_urls": list(snapshot.urls)}}
    return {"code": 200, "msg": "success", "data": data}
