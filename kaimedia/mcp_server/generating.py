"""The tools that price and start generations."""

from __future__ import annotations

import hashlib
from typing import Self

from pydantic import Field

from kaimedia.api.generation import fingerprint
from kaimedia.api.reference_schema import MediaId
from kaimedia.api.schemas import Out
from kaimedia.domain import GenerationRequest, Modality, Task
from kaimedia.domain.api_token import TokenScope
from kaimedia.errors import InvalidRequest
from kaimedia.mcp_server.answers import TaskAnswer, task_answer
from kaimedia.mcp_server.call import Call
from kaimedia.mcp_server.continuing import continued
from kaimedia.mcp_server.requests import (
    AGAIN,
    ImageArguments,
    Key,
    Params,
    References,
    VideoArguments,
    Wish,
    model_of,
    request_of,
)
from kaimedia.mcp_server.tool import Arguments, FailedCall, ProblemOut, Reply, Tool
from kaimedia.models.next_steps import NextStep
from kaimedia.studio import LimitWarning, Quote

_PAID = (
    "Costs credits, unless the studio runs on its sandbox: call quote first. Returns at once with a task; then call "
    "wait_for_task. Give an idempotency_key to be able to repeat the call safely."
)


class QuoteAnswer(Out):
    """What a request would cost, in the provider's credits and US dollars; an end that is not known is null."""

    model: str
    provider: str
    is_free: bool = Field(description="True where nothing is charged; the amounts are then the model's list price.")
    credits_low: float | None
    credits_high: float | None
    usd_low: float | None
    usd_high: float | None
    balance_credits: float | None = Field(description="The last known balance.")
    missing_credits: float | None = Field(description="What the balance lacks; requests are refused above 0.")
    limits: list[str] = Field(description="Spending limits that it would exceed or come near.")
    would_be_refused: bool
    needs_limit: bool = Field(description="True if this token must get a daily or monthly spending limit first.")

    @classmethod
    def of(cls, quote: Quote, warnings: list[LimitWarning], *, needs_limit: bool) -> Self:
        """The quote of one request."""
        item, total = quote.items[0], quote.totals[0]
        is_over = any(each.is_exceeded or each.is_unknown for each in warnings)
        return cls(
            model=item.request.model,
            provider=item.provider,
            is_free=item.is_free,
            credits_low=item.cost.credits_low,
            credits_high=item.cost.credits_high,
            usd_low=item.cost.usd_low,
            usd_high=item.cost.usd_high,
            balance_credits=total.balance_credits,
            missing_credits=total.missing_credits,
            limits=[each.text for each in warnings],
            would_be_refused=needs_limit or is_over or (total.missing_credits or 0.0) > 0,
            needs_limit=needs_limit,
        )


class ActionArguments(Arguments):
    """The arguments of act_on_media."""

    media_id: MediaId = Field(description="The item to continue from.")
    action: NextStep = Field(description="One of the `actions` of get_media for this item.")
    prompt: str | None = Field(default=None, description="What to change or to happen; some keep the item's.")
    model: str | None = Field(default=None, description="A model that can do it; by default the best one.")
    aspect_ratio: str | None = None
    n_variants: int | None = None
    duration: int | None = Field(default=None, description="Seconds of a video, as the model offers.")
    references: References | None = None
    params: Params = Field(default_factory=dict)
    idempotency_key: Key | None = None
    again: bool = Field(default=False, description=AGAIN)


def quote(call: Call, wish: Wish) -> Reply:
    """What a generation would cost. Nothing is sent or stored."""
    request = request_of(call, wish, model_of(call, wish.model, None), wish.prompt)
    return _quoted(call, request)


def generate_image(call: Call, wish: ImageArguments) -> Reply:
    """Start generating images."""
    if known := _known(call, wish, wish.idempotency_key):
        return Reply(task_answer(call, known))
    request = request_of(call, wish, model_of(call, wish.model, Modality.IMAGE), wish.prompt)
    return _submitted(call, wish, request, wish.idempotency_key, is_again=wish.again)


def generate_video(call: Call, wish: VideoArguments) -> Reply:
    """Start generating a video."""
    if known := _known(call, wish, wish.idempotency_key):
        return Reply(task_answer(call, known))
    request = request_of(call, wish, model_of(call, wish.model, Modality.VIDEO), wish.prompt)
    return _submitted(call, wish, request, wish.idempotency_key, is_again=wish.again)


def act_on_media(call: Call, wish: ActionArguments) -> Reply:
    """Continue from an item of the gallery."""
    if known := _known(call, wish, wish.idempotency_key):
        return Reply(task_answer(call, known))
    item = call.studio.gallery.get(wish.media_id)
    request = continued(call, item, wish.action, wish, model=wish.model, prompt=wish.prompt)
    return _submitted(call, wish, request, wish.idempotency_key, is_again=wish.again)


def _known(call: Call, wish: Arguments, key: str | None) -> Task | None:
    """The task already submitted with this key, before anything else: its inputs may be deleted by now."""
    return call.studio.agents.find(call.agent_id, key, _fingerprint(wish)) if key else None


def _fingerprint(wish: Arguments) -> str:
    """What identifies the request under a key; the tool is part of it by its arguments."""
    arguments = fingerprint(wish, leave_out=("idempotency_key", "again"))
    return hashlib.sha256(f"{type(wish).__name__}:{arguments}".encode()).hexdigest()


def _submitted(call: Call, wish: Arguments, request: GenerationRequest, key: str | None, *, is_again: bool) -> Reply:
    found = call.studio.agents.submit(
        request,
        agent_id=call.agent_id,
        received_at=call.caller.received_at,
        key=key,
        body_sha256=_fingerprint(wish),
        is_again=is_again,
    )
    if found.repeats_s is not None:
        return Reply(FailedCall(error=_asking_back(found.task, found.repeats_s)))
    return Reply(task_answer(call, found.task))


def _asking_back(task: Task, seconds_ago: int) -> ProblemOut:
    return ProblemOut(
        code="repeated_request",
        message=f"The same request was sent {seconds_ago} s ago as task {task.task_id}. Nothing was sent again.",
        next_step=f"Call wait_for_task with task_id “{task.task_id}”, or send the request with `again: true` to pay "
        "again.",
        task_id=task.task_id,
        seconds_ago=seconds_ago,
    )


def _quoted(call: Call, request: GenerationRequest) -> Reply:
    studio, token_id = call.studio, call.token_id
    try:
        found = studio.quotes.of([request])
    except InvalidRequest as error:
        error.field = error.field.removeprefix("requests.0.")
        raise
    needs_limit = not found.items[0].is_free and not studio.agents.has_own_limit(token_id)
    warnings = studio.quotes.limits(found, token_id=token_id)
    return Reply(QuoteAnswer.of(found, warnings, needs_limit=needs_limit))


TOOLS: tuple[Tool[Wish] | Tool[ImageArguments] | Tool[VideoArguments] | Tool[ActionArguments], ...] = (
    Tool(
        "quote",
        "Price of a generation",
        "What a generation would cost with this model and these settings, and whether a spending limit allows it. "
        "Sends nothing and costs nothing.",
        Wish,
        QuoteAnswer,
        run=quote,
    ),
    Tool(
        "generate_image",
        "Generate images",
        f"Generate one or more images from a text, or from a text and images. {_PAID}",
        ImageArguments,
        TaskAnswer,
        TokenScope.GENERATE,
        run=generate_image,
    ),
    Tool(
        "generate_video",
        "Generate a video",
        f"Generate a video from a text, or from a text and images. Takes minutes. {_PAID}",
        VideoArguments,
        TaskAnswer,
        TokenScope.GENERATE,
        run=generate_video,
    ),
    Tool(
        "act_on_media",
        "Continue from an item",
        "Edit, vary, animate, extend, upscale and more: make something new from an image or video of the gallery; "
        f"the item stays as it is. get_media lists the actions of an item. {_PAID}",
        ActionArguments,
        TaskAnswer,
        TokenScope.GENERATE,
        run=act_on_media,
    ),
)
